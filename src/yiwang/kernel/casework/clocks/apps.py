from django.apps import AppConfig


class ClocksConfig(AppConfig):
    name = "yiwang.kernel.casework.clocks"
    label = "clocks"
    verbose_name = "时限"

    def ready(self) -> None:
        from yiwang.kernel.casework.clocks import pumps  # noqa: F401 registers the expiry
