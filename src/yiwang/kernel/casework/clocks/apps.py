from django.apps import AppConfig


class ClocksConfig(AppConfig):
    name = "yiwang.kernel.casework.clocks"
    label = "clocks"
    verbose_name = "时限"
