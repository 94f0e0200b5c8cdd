"""送达规则: what proves each way of service, and which periods of the receiver run from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yiwang.kernel.casework.papers.errors import PaperServiceError
from yiwang.kernel.casework.papers.models import Paper, PaperService

MOST_CHARACTERS = 200
MOST_WITNESSES = 10
Method = PaperService.Method

STARTS: Mapping[str, tuple[str, ...]] = {
    Paper.Kind.NON_ACCEPTANCE: ("review", "litigation"),
    Paper.Kind.REFUSAL: ("review", "litigation"),
    Paper.Kind.ANNULMENT: ("review", "litigation"),
    Paper.Kind.HEARING_RIGHT: ("hearing_request",),
}
"""The receiver's own periods, by the keys of the law's parameters (clocks.rules.statutes)."""

RESULTS = frozenset({Paper.Kind.GRANT, Paper.Kind.REFUSAL})
"""Papers whose service ends the limit for delivery (行政许可法 44)."""


@dataclass(frozen=True, slots=True)
class WayOfService:
    """送达方式: what its proof must and may say, its clause, and whether it counts at once."""

    needed: tuple[str, ...]
    optional: tuple[str, ...]
    source: str
    counts_at_once: bool = True
    needs_file_or: str = ""


WAYS: Mapping[str, WayOfService] = {
    Method.IN_PERSON: WayOfService(("signed_by",), ("relation",), "民事诉讼法 88 (2023)"),
    Method.ELECTRONIC: WayOfService(
        ("address", "consent_at", "consent_how"), (), "民事诉讼法 90 (2023)"
    ),
    Method.POST: WayOfService(
        ("carrier", "tracking_no"),
        ("address",),
        "民事诉讼法 91 (2023)",
        counts_at_once=False,
    ),
    Method.LEFT: WayOfService(
        ("place", "reason"),
        ("witnesses",),
        "民事诉讼法 89 (2023)",
        needs_file_or="witnesses",
    ),
    Method.PUBLIC_NOTICE: WayOfService(
        ("where", "reason"), ("address",), "民事诉讼法 95 (2023)", counts_at_once=False
    ),
}


def read_proof(method: str, given: Mapping[str, Any], files: Sequence[int]) -> dict[str, Any]:
    """Return the proof of a service, each part without blanks around it.

    Left in place needs witnesses or a photograph of it. Source: 民事诉讼法 89-91, 95 (2023).

    :raises PaperServiceError: the way is none of the law's, or a part is missing or too long.
    """
    way = WAYS.get(method)
    if way is None:
        raise PaperServiceError(field="method")
    unknown = sorted(given.keys() - {*way.needed, *way.optional})
    if unknown:
        raise PaperServiceError(field=unknown[0])
    proof: dict[str, Any] = {}
    for name in (*way.needed, *way.optional):
        value = given.get(name, "")
        if name == "witnesses":
            proof[name] = _names(value)
            continue
        text = str(value).strip()
        if len(text) > MOST_CHARACTERS or (name in way.needed and not text):
            raise PaperServiceError(field=name)
        if text:
            proof[name] = text
    if way.needs_file_or and not files and not proof[way.needs_file_or]:
        raise PaperServiceError(field=way.needs_file_or)
    return proof


def _names(value: Any) -> list[str]:
    rows = value if isinstance(value, list) else str(value).replace("、", "\n").splitlines()
    names = [str(row).strip() for row in rows if str(row).strip()]
    if len(names) > MOST_WITNESSES or any(len(name) > MOST_CHARACTERS for name in names):
        raise PaperServiceError(field="witnesses")
    return names
