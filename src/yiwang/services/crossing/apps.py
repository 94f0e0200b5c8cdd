from django.apps import AppConfig


class CrossingConfig(AppConfig):
    name = "yiwang.services.crossing"
    label = "crossing"
    verbose_name = "跨域通办"
