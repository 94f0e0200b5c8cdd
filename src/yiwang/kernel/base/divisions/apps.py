from django.apps import AppConfig


class DivisionsConfig(AppConfig):
    name = "yiwang.kernel.base.divisions"
    label = "divisions"
    verbose_name = "行政区划"
