"""延期: the decision limit, once, by whoever the law names, with a paper that tells the reason."""

from django.db import transaction

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import today
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.organizations.models import Organization, PostHolding
from yiwang.kernel.casework.cases.actions.cases import lock_case
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.facade import ApproverRank, extend_clock
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.papers.wording import written_day
from yiwang.services.applications import limits
from yiwang.services.applications.actions.intake import read_words
from yiwang.services.applications.facts import get_application
from yiwang.services.applications.handling import issue_for
from yiwang.services.applications.promises import UNITS_ZH

__all__ = ["extend_decision", "rank_of"]


def rank_of(actor: Actor, case: Case) -> ApproverRank:
    """批准人层级: what the actor's seats say; the head of a unit above counts for those below."""
    day = today()
    seats = PostHolding.objects.filter(
        account_id=actor.account_id, valid_from__lte=day, post__is_leader=True
    ).exclude(valid_to__lt=day)
    ranks = [ApproverRank.OFFICE_HEAD]
    for path, kind in seats.values_list("post__organization__path", "post__organization__kind"):
        if not case.org_path.startswith(path):
            continue
        is_government = kind == Organization.Kind.GOVERNMENT
        ranks.append(ApproverRank.GOVERNMENT_HEAD if is_government else ApproverRank.ORGAN_HEAD)
    return max(ranks, key=list(ApproverRank).index)


def extend_decision(*, actor: Actor, case_id: int, amount: int, reason: str) -> Clock:
    """延长办理期限: once, before it ends, by the head whom its source names, who says why.

    The same extension sent again gives the first answer. The promise is not extended: it was the
    unit's own. Source: 行政许可法 第四十二条第一款 (2019).

    :raises NotPermittedError: the actor decides no cases of this unit and place.
    :raises ClockNotRunningError, ExtensionRefusedError, ExtensionRankError: see ``clocks``.
    """
    reason = read_words("reason", reason)
    with transaction.atomic():
        case = lock_case(case_id)
        access.require(
            actor, "case.decide", org_path=case.org_path, division_path=case.division_path
        )
        repeated = Clock.objects.filter(
            case=case,
            kind=limits.DECISION,
            stopped_at=None,
            extended_amount=amount,
            extension_reason=reason,
        ).first()
        if repeated is not None and amount > 0:
            return repeated
        rank = rank_of(actor, case)
        clock = extend_clock(
            case=case,
            kind=limits.DECISION,
            amount=amount,
            reason=reason,
            approver=actor.name,
            approver_rank=rank,
        )
        get_application(case)
        issue_for(
            case,
            actor,
            Paper.Kind.EXTENSION,
            reason=reason,
            source=clock.extension_source,
            approver=f"{case.organization.name}负责人",
            days=f"{amount}{UNITS_ZH[clock.unit]}",
            until=written_day(clock.due_at),
        )
        audit.record(
            actor,
            "clock.extend",
            "case",
            case.number,
            case_id=case.pk,
            details={"amount": amount, "rank": rank.value},
        )
        events.emit("case.extended", case.number, {"case": case.pk, "amount": amount})
        return clock
