from django.apps import AppConfig


class ItemsConfig(AppConfig):
    name = "yiwang.services.items"
    label = "items"
    verbose_name = "政务服务事项"

    def ready(self) -> None:
        from yiwang.services.items import reactions  # noqa: F401 registers the consumer
        from yiwang.services.items.actions import (  # noqa: F401 register pack sections
            items,
            overlays,
        )
