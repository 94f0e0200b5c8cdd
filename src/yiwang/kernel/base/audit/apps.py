from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "yiwang.kernel.base.audit"
    label = "audit"
    verbose_name = "审计"
