from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "yiwang.kernel.casework.cases"
    label = "cases"
    verbose_name = "办件"
