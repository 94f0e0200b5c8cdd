from django.apps import AppConfig


class SealsConfig(AppConfig):
    name = "yiwang.kernel.trust.seals"
    label = "seals"
    verbose_name = "电子印章"
