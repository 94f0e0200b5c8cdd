from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "yiwang.kernel.base.parties"
    label = "parties"
    verbose_name = "自然人与法人"
