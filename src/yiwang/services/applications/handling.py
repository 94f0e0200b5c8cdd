"""办理基础: what several effects of a process have in common."""

from decimal import Decimal, InvalidOperation
from typing import Any

from yiwang.kernel import acts
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.actions.cases import conclude_case
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.papers.actions.papers import issue_paper
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.papers.wording import word_paper
from yiwang.kernel.casework.process.registry import EffectContext
from yiwang.kernel.casework.rules import feel
from yiwang.services.applications import limits
from yiwang.services.applications.errors import FeeUnknownError
from yiwang.services.applications.facts import get_application
from yiwang.services.applications.models import Application


def issue(context: EffectContext, kind: str, **words: Any) -> Paper:
    """Issue a paper of a case in the words of its item's pack, to the applicant."""
    return issue_for(context.case, context.actor, kind, **words)


def issue_for(
    case: Case,
    actor: Actor,
    kind: str,
    *,
    addressee: Party | None = None,
    addressee_name: str = "",
    is_public: bool = True,
    **words: Any,
) -> Paper:
    """Issue a paper of a case; to the applicant unless another addressee is named."""
    application = get_application(case)
    content = application.item_version.content
    wording = word_paper(
        kind,
        title=case.title,
        received_at=application.received_at,
        is_licensing=content["base"]["item_kind"] == "ADMINISTRATIVE_LICENSING",
        template=content.get("papers", {}).get(kind),
        applicant=case.party.name,
        **words,
    )
    return issue_paper(
        case=case,
        kind=kind,
        organization=case.organization,
        wording=wording,
        actor=actor,
        wants_electronic=application.delivery == "ELECTRONIC",
        consent=(application.received_at, "APPLICATION"),
        addressee=addressee,
        addressee_name=addressee_name,
        is_public=is_public,
    )


def decide(application: Application, decision: str, reason: str) -> None:
    """作出决定: the decision clocks stop; where the result is to be brought, that limit begins."""
    case = application.case
    limits.stop_decision_clocks(case)
    application.decision = decision
    application.decision_reason = reason
    application.decided_at = now()
    acts.change(application, "decision", "decision_reason", "decided_at", "is_automatic")
    if application.delivery != "ELECTRONIC" and decision != "DECLINED":
        limits.start_delivery_clock(case, application.decided_at)


def conclude_as(case: Case, outcome: str) -> None:
    """办结: what is still owed after the decision (delivery, the check of a promise) runs on."""
    if case.status == Case.Status.CONCLUDED:
        return
    limits.cancel_clocks(case, keep=limits.AFTER_THE_DECISION)
    conclude_case(case=case, outcome=outcome)
    events.emit("case.concluded", case.number, {"case": case.pk, "outcome": outcome})


def number(context: EffectContext, expression: str) -> Decimal:
    """Return what an expression of a pack works out.

    :raises FeeUnknownError: the facts give no number.
    """
    try:
        value = Decimal(str(feel.compile(expression)(context.facts())))
    except InvalidOperation as error:
        raise FeeUnknownError from error
    if not value.is_finite():
        raise FeeUnknownError
    return value
