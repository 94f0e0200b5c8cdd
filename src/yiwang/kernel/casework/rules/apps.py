from django.apps import AppConfig


class RulesConfig(AppConfig):
    name = "yiwang.kernel.casework.rules"
    label = "rules"
    verbose_name = "规则"
