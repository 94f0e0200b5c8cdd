"""项目查询: how much approval time each stage and the whole have used; three queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from yiwang.kernel.base.calendars import LOCAL_ZONE, calendar_for, now
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.facade import Basis
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.dossiers.models import Dossier, DossierCase
from yiwang.kernel.casework.dossiers.rules.approval_time import Span, TimeUsed, time_used


@dataclass(frozen=True, slots=True)
class StageReading:
    """One stage: its words, its limit with source, its cases and the days they used."""

    key: str
    title_zh: str
    title_en: str
    source: str
    confirmed: bool
    time: TimeUsed
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class DossierReading:
    """A dossier: every stage, and the whole against the total that was promised for it."""

    dossier: Dossier
    stages: tuple[StageReading, ...]
    time: TimeUsed
    source: str


def read_dossier(dossier: Dossier, *, at: datetime | None = None) -> DossierReading:
    """Read stages and whole from the clocks of the cases; what was withdrawn used its days too."""
    at = at or now()
    filed = list(
        DossierCase.objects.filter(dossier=dossier)
        .select_related("case__organization")
        .order_by("id")
    )
    clocks = (
        Clock.objects.filter(
            case__in=[row.case_id for row in filed],
            kind="decision",
            basis=Basis.STATUTORY.value,
        )
        .prefetch_related("exclusions")
        .order_by("id")
    )
    spans: dict[int, list[Span]] = {}
    for clock in clocks:
        spans.setdefault(clock.case_id, []).append(_span(clock, at))
    calendar = calendar_for(dossier.division_id[:4])
    stages = []
    content = dossier.kind.content
    for raw in content["stages"]:
        cases = tuple(row.case for row in filed if row.stage == raw["key"])
        stages.append(
            StageReading(
                raw["key"],
                raw["title_zh"],
                raw["title_en"],
                raw["limit"]["source"],
                raw["limit"]["confirmed"],
                time_used(_all(spans, cases), raw["limit"]["amount"], calendar),
                cases,
            )
        )
    whole = content["total"]
    everything = _all(spans, [row.case for row in filed])
    return DossierReading(
        dossier, tuple(stages), time_used(everything, whole["amount"], calendar), whole["source"]
    )


def _all(spans: dict[int, list[Span]], cases: Iterable[Case]) -> list[Span]:
    return [span for case in cases for span in spans.get(case.pk, [])]


def _span(clock: Clock, at: datetime) -> Span:
    end = max(clock.stopped_at or at, clock.started_at)
    return Span(
        _day(clock.started_at),
        _day(end),
        tuple(
            # What stands still takes out everything up to the present day and that day too.
            (_day(row.begins_at), _day(row.ends_at) if row.ends_at else date.max)
            for row in clock.exclusions.all()
        ),
    )


def _day(moment: datetime) -> date:
    return moment.astimezone(LOCAL_ZONE).date()
