from django.apps import AppConfig


class HttpConfig(AppConfig):
    name = "yiwang.kernel.base.http"
    label = "http"
    verbose_name = "接口"
