from django.apps import AppConfig


class PacksConfig(AppConfig):
    name = "yiwang.kernel.packs"
    label = "packs"
    verbose_name = "场景包"

    def ready(self) -> None:
        from yiwang.kernel.packs import sections  # noqa: F401 registers the kernel's sections
