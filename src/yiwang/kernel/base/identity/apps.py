from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "yiwang.kernel.base.identity"
    label = "identity"
    verbose_name = "身份认证"
