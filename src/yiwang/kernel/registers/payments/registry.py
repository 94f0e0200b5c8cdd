"""插件: collecting gateways, and who must act when a bill is paid."""

from collections.abc import Callable

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.registers.payments.contracts import PaymentGateway
from yiwang.kernel.registers.payments.models import Bill

OnPaid = Callable[[Bill, Actor], None]

DEFAULT_GATEWAY = "bank"

_gateways: dict[str, PaymentGateway] = {}
_on_paid: list[OnPaid] = []


def register_gateway(gateway: PaymentGateway) -> None:
    """Add a gateway under its key; a later one of the same key takes its place."""
    _gateways[gateway.key] = gateway


def get_gateway(key: str) -> PaymentGateway:
    """Return the gateway of a key."""
    return _gateways[key]


def gateways() -> list[PaymentGateway]:
    """List the gateways."""
    return list(_gateways.values())


def on_paid(callback: OnPaid) -> OnPaid:
    """Call ``callback(bill, actor)`` in the transaction of each payment, case and bill locked.

    What it raises undoes the payment's booking; the bank's notice is then repeated later.
    """
    if callback not in _on_paid:
        _on_paid.append(callback)
    return callback


def off_paid(callback: OnPaid) -> None:
    """Take a callback off again; for tests that bring their own."""
    _on_paid.remove(callback)


def tell_paid(bill: Bill, actor: Actor) -> None:
    """Call everybody who asked to be told of payments."""
    for callback in _on_paid:
        callback(bill, actor)
