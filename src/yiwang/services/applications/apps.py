from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "yiwang.services.applications"
    label = "applications"
    verbose_name = "申请与综合窗口"
