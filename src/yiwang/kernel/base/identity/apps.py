from typing import Any

from django.apps import AppConfig
from django.conf import settings

# What allauth must know of our account follows from the model, not from an installation: it has a
# user name and no e-mail address, and its second factors are sealed by our own keys.
_ALLAUTH: dict[str, Any] = {
    "ACCOUNT_USER_MODEL_EMAIL_FIELD": None,
    "ACCOUNT_LOGIN_METHODS": {"username"},
    "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*", "password2*"],
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "MFA_ADAPTER": "yiwang.kernel.base.identity.second_factor.SealingAdapter",
    "MFA_SUPPORTED_TYPES": ["totp"],
    "MFA_TOTP_ISSUER": "Yiwang",
}


class IdentityConfig(AppConfig):
    name = "yiwang.kernel.base.identity"
    label = "identity"
    verbose_name = "身份认证"

    def ready(self) -> None:
        for name, value in _ALLAUTH.items():
            if not hasattr(settings, name):
                setattr(settings, name, value)
        # Here and not above: both need the models.
        from yiwang.kernel.base.identity.realname import HttpPopulation
        from yiwang.kernel.base.parties.facade import register_source

        register_source(HttpPopulation())
