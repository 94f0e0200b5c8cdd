from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "yiwang.kernel.ui"
    label = "ui"
    verbose_name = "界面"

    def ready(self) -> None:
        from yiwang.kernel.ui import checks  # noqa: F401  registers itself
