"""What notify and its gateways exchange."""

from typing import Protocol


class SmsGateway(Protocol):
    """短信网关. ``send`` may raise TransportError."""

    key: str

    def check_config(self) -> list[str]:
        """Return what is wrong with the settings, in words; empty when it can work."""

    def send(self, *, to: str, template: str, body: str, client_id: str) -> str:
        """Hand over a message and return the gateway's reference; a repeated client id is one."""

    def is_from_gateway(self, *, raw: bytes, signature: str) -> bool:
        """Tell whether a receipt was signed by this gateway."""
