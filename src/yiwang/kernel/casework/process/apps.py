from django.apps import AppConfig


class ProcessConfig(AppConfig):
    name = "yiwang.kernel.casework.process"
    label = "process"
    verbose_name = "流程"
