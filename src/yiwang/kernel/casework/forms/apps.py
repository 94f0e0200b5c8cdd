from django.apps import AppConfig


class FormsConfig(AppConfig):
    name = "yiwang.kernel.casework.forms"
    label = "forms"
    verbose_name = "表单"

    def ready(self) -> None:
        from yiwang.kernel.casework.forms import pumps  # noqa: F401 registers the clean-up
