from importlib import import_module

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "yiwang.kernel.registers.payments"
    label = "payments"
    verbose_name = "非税支付"

    def ready(self) -> None:
        """Register the shipped gateway, what the worker does, and the start-up check."""
        from yiwang.kernel.registers.payments.gateways.http_bank import HttpBank
        from yiwang.kernel.registers.payments.registry import register_gateway

        register_gateway(HttpBank())
        import_module("yiwang.kernel.registers.payments.pumps")
        import_module("yiwang.kernel.registers.payments.checks")
