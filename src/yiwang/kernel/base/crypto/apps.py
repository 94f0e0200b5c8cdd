from django.apps import AppConfig


class CryptoConfig(AppConfig):
    name = "yiwang.kernel.base.crypto"
    label = "crypto"
    verbose_name = "密码"
