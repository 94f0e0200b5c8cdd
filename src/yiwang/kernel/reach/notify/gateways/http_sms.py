"""短信网关: one that speaks signed JSON over HTTP; the sandbox process speaks the same.

``YIWANG_SMS_URL`` and ``YIWANG_SMS_KEY`` name a real one; without them it is the sandbox. A second
one for fail-over is ``YIWANG_SMS2_URL`` with ``YIWANG_SMS2_KEY``.
"""

import os

from django.conf import settings

from yiwang.kernel.base.http import outbound
from yiwang.kernel.base.http.outbound import TransportError
from yiwang.kernel.base.http.sandboxing import SandboxConfigurationError, is_signed, shared_key

CALLBACK_PATH = "/hooks/sms-receipt"


class HttpSms:
    """A gateway under the key ``sms`` (or ``sms2``)."""

    def __init__(self, key: str) -> None:
        self.key = key

    def check_config(self) -> list[str]:
        """Return what is missing."""
        name = self.key.upper()
        findings = []
        if not outbound.address_of(self.key).startswith(("http://", "https://")):
            findings.append(f"YIWANG_{name}_URL 未设置 / is not set")
        if os.environ.get(f"YIWANG_{name}_URL") and not os.environ.get(f"YIWANG_{name}_KEY"):
            findings.append(f"YIWANG_{name}_KEY 未设置 / is not set")
        return findings

    def send(self, *, to: str, template: str, body: str, client_id: str) -> str:
        """Hand over a message."""
        answer = outbound.post(
            self.key,
            outbound.address_of(self.key) + "/sms/send",
            {
                "to": to,
                "template": template,
                "body": body,
                "client_id": client_id,
                "callback_url": f"{settings.PUBLIC_URL}{CALLBACK_PATH}/{self.key}",
            },
            self._shared_key(),
        )
        ref = answer.get("provider_ref")
        if not isinstance(ref, str) or not ref:
            raise TransportError(self.key, "BAD_ANSWER", permanent=False)
        return ref

    def is_from_gateway(self, *, raw: bytes, signature: str) -> bool:
        """Check the signature over the exact bytes."""
        return is_signed(self._shared_key(), raw, signature)

    def _shared_key(self) -> bytes:
        try:
            return shared_key(self.key)
        except SandboxConfigurationError as error:
            raise TransportError(self.key, "NOT_CONFIGURED", permanent=True) from error
