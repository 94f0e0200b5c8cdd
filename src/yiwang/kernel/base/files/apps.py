from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "yiwang.kernel.base.files"
    label = "files"
    verbose_name = "文件"

    def ready(self) -> None:
        from yiwang.kernel.base.files import pumps  # noqa: F401 registers the sweep
