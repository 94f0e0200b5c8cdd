from django.apps import AppConfig


class PacksConfig(AppConfig):
    name = "yiwang.kernel.packs"
    label = "packs"
    verbose_name = "场景包"
