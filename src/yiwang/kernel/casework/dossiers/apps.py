from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "yiwang.kernel.casework.dossiers"
    label = "dossiers"
    verbose_name = "项目"
