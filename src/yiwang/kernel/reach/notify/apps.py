import os
from importlib import import_module

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "yiwang.kernel.reach.notify"
    label = "notify"
    verbose_name = "消息通知"

    def ready(self) -> None:
        """Register gateways, consumer, worker tasks and checks."""
        from yiwang.kernel.base.identity.facade import register_sender
        from yiwang.kernel.reach.notify.actions.messages import send_code
        from yiwang.kernel.reach.notify.gateways.http_sms import HttpSms
        from yiwang.kernel.reach.notify.registry import register_gateway

        register_gateway(HttpSms("sms"))
        if os.environ.get("YIWANG_SMS2_URL"):
            register_gateway(HttpSms("sms2"))
        register_sender(send_code)
        for module in ("checks", "consumers", "pumps"):
            import_module(f"yiwang.kernel.reach.notify.{module}")
