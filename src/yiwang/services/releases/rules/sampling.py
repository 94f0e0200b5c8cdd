"""抽查: a draw that nobody can foresee without the key, and that anybody with it can repeat."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

_PLACES = Decimal("0.00000001")


def draw_of(digest: bytes) -> Decimal:
    """Return the number from 0 to below 1 that a keyed digest of a case number stands for."""
    number = Decimal(int.from_bytes(digest[:8])) / 2**64
    return number.quantize(_PLACES, ROUND_FLOOR)


def is_drawn(draw: Decimal, share: Decimal) -> bool:
    """Return whether a draw falls into the share (0 to 1) that is reviewed."""
    return draw < share


def must_stop(verdicts: list[bool], *, errors_allowed: int) -> bool:
    """Return whether the last reviews (True: an error was found) are more than the limit."""
    return sum(verdicts) > errors_allowed
