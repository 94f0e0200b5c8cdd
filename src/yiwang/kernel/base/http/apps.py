from importlib import import_module

from django.apps import AppConfig


class HttpConfig(AppConfig):
    name = "yiwang.kernel.base.http"
    label = "http"
    verbose_name = "接口"

    def ready(self) -> None:
        """Register what the worker does for this app."""
        import_module("yiwang.kernel.base.http.pumps")
