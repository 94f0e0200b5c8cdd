from django.apps import AppConfig


class ItemsConfig(AppConfig):
    name = "yiwang.services.items"
    label = "items"
    verbose_name = "政务服务事项"
