from importlib import import_module

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "yiwang.kernel.base.events"
    label = "events"
    verbose_name = "事件"

    def ready(self) -> None:
        """Register the dispatcher and what forgets old events.

        Publishing registers itself where the worker imports it: the web processes never need the
        client of the stream, which is large.
        """
        import_module("yiwang.kernel.base.events.dispatch")
        import_module("yiwang.kernel.base.events.retention")
