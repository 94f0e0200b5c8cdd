from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """Wiring: the commands that need every net at once."""

    name = "yiwang.project"
    label = "project"
    verbose_name = "平台"
