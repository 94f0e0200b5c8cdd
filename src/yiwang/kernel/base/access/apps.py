from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "yiwang.kernel.base.access"
    label = "access"
    verbose_name = "权限"
