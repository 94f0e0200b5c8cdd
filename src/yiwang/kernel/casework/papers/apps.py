from django.apps import AppConfig


class PapersConfig(AppConfig):
    name = "yiwang.kernel.casework.papers"
    label = "papers"
    verbose_name = "文书"
