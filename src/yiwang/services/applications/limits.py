"""时限: the clocks of an application, started from the item's elements."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from yiwang.kernel.base.calendars import LOCAL_ZONE
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.facade import (
    CORRECTION_NOTICE,
    ApproverRank,
    Basis,
    Extension,
    Limit,
    OwedBy,
    Unit,
    limit_on,
    start_clock,
    stop_all_clocks,
    stop_clock,
)
from yiwang.kernel.casework.clocks.models import Clock

CORRECTION = "correction_notice"
DECISION = "decision"
DELIVERY = "delivery"
POST_CHECK = "post_check"
DEFERRED = "deferred_material"
HEARING_REQUEST = "hearing_request"
AFTER_THE_DECISION = frozenset({DELIVERY, POST_CHECK})


def calendar_key(case: Case) -> str:
    """Return the working calendar of the place: that of its city."""
    return case.division_id[:4]


def limit_of(raw: Mapping[str, Any], basis: Basis) -> Limit:
    """Return a limit as the item's elements state it."""
    extension = raw.get("extension")
    return Limit(
        amount=raw["amount"],
        unit=Unit(raw["unit"]),
        source=raw["source"],
        edition=str(raw.get("edition", "")),
        valid_from=date.fromisoformat(raw["valid_from"]) if "valid_from" in raw else None,
        confirmed=raw.get("confirmed", True),
        basis=basis,
        extension=Extension(
            extension["amount"], ApproverRank(extension["approver"]), extension["source"]
        )
        if extension
        else None,
    )


def has_no_clock_yet(case: Case) -> None:
    """Remember of a case opened in this act that there is nothing to stop.

    What is decided on the spot has no limits: nobody asks the database for clocks to stop.
    """
    case._no_clock_yet = True  # type: ignore[attr-defined]


def _has_no_clock_yet(case: Case) -> bool:
    return getattr(case, "_no_clock_yet", False)


def start_correction_clock(case: Case, received_at: datetime) -> None:
    """Five working days to ask for correction, else accepted (行政许可法 第三十二条)."""
    case._no_clock_yet = False  # type: ignore[attr-defined]
    start_clock(
        case=case,
        kind=CORRECTION,
        limit=CORRECTION_NOTICE,
        started_at=received_at,
        calendar_key=calendar_key(case),
    )


def stop_correction_clock(case: Case) -> None:
    if not _has_no_clock_yet(case):
        stop_clock(case=case, kind=CORRECTION)


def promised_limit(limits: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what is promised once a case was not decided on the spot."""
    promised = limits.get("promised")
    if promised is None or promised["amount"] > 0:
        return promised
    return {**promised, **promised["otherwise"]} if "otherwise" in promised else promised


def start_decision_clocks(case: Case, limits: Mapping[str, Any], accepted_at: datetime) -> datetime:
    """Start the statutory and the promised clock side by side; return the promised end."""
    case._no_clock_yet = False  # type: ignore[attr-defined]
    stated = {Basis.STATUTORY: limits["statutory"], Basis.PROMISED: promised_limit(limits)}
    return min(
        start_clock(
            case=case,
            kind=DECISION,
            limit=limit_of(raw, basis),
            started_at=accepted_at,
            calendar_key=calendar_key(case),
        ).due_at
        for basis, raw in stated.items()
        if raw is not None
    )


def stop_decision_clocks(case: Case) -> None:
    """Stop both decision clocks: the decision is made, in time or not."""
    if not _has_no_clock_yet(case):
        stop_clock(case=case, kind=DECISION)


def start_delivery_clock(case: Case, decided_at: datetime) -> None:
    """Ten working days to bring the result to the person (行政许可法 第四十四条).

    Who takes it electronically has it at once.
    """
    case._no_clock_yet = False  # type: ignore[attr-defined]
    start_clock(
        case=case,
        kind=DELIVERY,
        limit=limit_on(DELIVERY, decided_at.astimezone(LOCAL_ZONE).date()),
        started_at=decided_at,
        calendar_key=calendar_key(case),
    )


def start_item_clock(
    case: Case, kind: str, raw: Mapping[str, Any], *, owed_by: OwedBy = OwedBy.ORGAN
) -> Clock:
    """Start a clock that the item's elements state, from now."""
    case._no_clock_yet = False  # type: ignore[attr-defined]
    return start_clock(
        case=case,
        kind=kind,
        limit=replace(limit_of(raw, Basis.STATUTORY), owed_by=owed_by),
        calendar_key=calendar_key(case),
    )


def start_law_clock(case: Case, kind: str, *, started_at: datetime) -> Clock:
    """Start a clock whose limit the law sets for every item, by its edition of that day."""
    case._no_clock_yet = False  # type: ignore[attr-defined]
    return start_clock(
        case=case,
        kind=kind,
        limit=limit_on(kind, started_at.astimezone(LOCAL_ZONE).date()),
        started_at=started_at,
        calendar_key=calendar_key(case),
    )


def cancel_clocks(case: Case, *, keep: frozenset[str] = frozenset()) -> None:
    """Stop whatever still runs: the case ended, the duties fell away but for those in ``keep``."""
    if not _has_no_clock_yet(case):
        stop_all_clocks(case=case, keep=keep)
