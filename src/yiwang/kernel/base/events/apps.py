from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "yiwang.kernel.base.events"
    label = "events"
    verbose_name = "事件"
