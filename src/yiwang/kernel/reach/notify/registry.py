"""插件: SMS gateways in the order in which they are tried, and which pack a case belongs to."""

from collections.abc import Callable

from yiwang.kernel.reach.notify.contracts import SmsGateway

PackOfCase = Callable[[int], str]

_gateways: dict[str, SmsGateway] = {}
_pack_of: dict[str, PackOfCase] = {}


def register_gateway(gateway: SmsGateway) -> None:
    """Add a gateway behind the others; one of the same key takes its place."""
    _gateways[gateway.key] = gateway


def forget_gateway(key: str) -> None:
    """Take a gateway off again; for tests that bring their own."""
    del _gateways[key]


def get_gateway(key: str) -> SmsGateway:
    """Return the gateway of a key."""
    return _gateways[key]


def gateways() -> list[SmsGateway]:
    """List the gateways, the preferred one first."""
    return list(_gateways.values())


def register_pack_of_case(kind: str, find: PackOfCase) -> None:
    """Say how the pack of a case of this kind is found by the case's id ("" when it has none)."""
    _pack_of[kind] = find


def pack_of_case(kind: str, case_id: int) -> str:
    """Return the key of the pack that a case belongs to, "" when unknown."""
    find = _pack_of.get(kind)
    return find(case_id) if find else ""
