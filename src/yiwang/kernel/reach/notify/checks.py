"""Deployment checks of notify."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Warning, register

from yiwang.kernel.reach.notify import registry


@register(deploy=True)
def check_gateways(app_configs: Sequence[Any] | None, **options: Any) -> list[CheckMessage]:
    """Tell of every gateway that could not work; the rest of the platform still starts."""
    return [
        Warning(f"短信网关 {gateway.key}：{finding}", id="notify.W001")
        for gateway in registry.gateways()
        for finding in gateway.check_config()
    ]
