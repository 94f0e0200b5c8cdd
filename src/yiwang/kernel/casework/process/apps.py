from django.apps import AppConfig


class ProcessConfig(AppConfig):
    name = "yiwang.kernel.casework.process"
    label = "process"
    verbose_name = "流程"

    def ready(self) -> None:
        from yiwang.kernel.casework.process import pumps  # noqa: F401 registers the timers
