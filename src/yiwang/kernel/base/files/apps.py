from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "yiwang.kernel.base.files"
    label = "files"
    verbose_name = "文件"
