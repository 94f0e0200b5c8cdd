from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "yiwang.kernel.registers.payments"
    label = "payments"
    verbose_name = "非税支付"
