from importlib import import_module

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "yiwang.kernel.base.events"
    label = "events"
    verbose_name = "事件"

    def ready(self) -> None:
        """Register the two pumps that empty the outbox."""
        import_module("yiwang.kernel.base.events.dispatch")
        import_module("yiwang.kernel.base.events.publishing")
