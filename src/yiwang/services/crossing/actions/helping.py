"""帮代办: an agent of a village or a window applies for a person under an authority on record."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now, today
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.files.models import FileStatus, StoredFile
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.errors import FieldProblem, InvalidInputError, NotFoundError, NotPermittedError
from yiwang.services.applications.actions.applications import Submission, submit_application
from yiwang.services.applications.actions.windows import windows_of
from yiwang.services.applications.models import Application
from yiwang.services.crossing.errors import HelpNotAuthorisedError, HelpTooLongError
from yiwang.services.crossing.models import HelpMandate
from yiwang.services.items.models import ImplementationItem

__all__ = ["apply_as_helper", "record_help", "revoke_help"]

LONGEST_DAYS = 180
"""How long an authority may last; the city's own figure, source unconfirmed."""


def record_help(
    *,
    actor: Actor,
    item_keys: Sequence[str],
    form: str,
    evidence_id: int,
    valid_to: date,
) -> HelpMandate:
    """登记帮代办授权: the person stands before the agent and lets them act, on paper or on record.

    The actor acts at a window for the person who stands there (``acting_for_id``).

    :raises NotPermittedError: the actor has no window.
    :raises NotFoundError: nobody stands there.
    :raises HelpTooLongError, InvalidInputError: the end, the form or the evidence do not fit.
    """
    if not windows_of(actor):
        audit.record_denied(actor, "case.window", "page", "help")
        raise NotPermittedError(permission="case.window")
    if actor.acting_for_id is None:
        raise NotFoundError
    day = today()
    if not day <= valid_to <= day + timedelta(days=LONGEST_DAYS):
        raise HelpTooLongError
    evidence = StoredFile.objects.filter(
        pk=evidence_id, uploaded_by_id=actor.account_id, status=FileStatus.OK
    ).first()
    if evidence is None or form not in HelpMandate.Form.values:
        raise InvalidInputError(problems=[_no_evidence()])
    with transaction.atomic():
        mandate = HelpMandate.objects.create(
            principal_id=actor.acting_for_id,
            agent_account_id=actor.account_id,
            agent_name=actor.name,
            organization=Organization.objects.get(pk=actor.organization_code),
            item_keys=sorted(set(item_keys)),
            form=form,
            evidence=evidence,
            valid_from=day,
            valid_to=valid_to,
            recorded_at=now(),
        )
        audit.record(
            actor,
            "help.record",
            "party",
            actor.acting_for_id,
            details={"mandate": mandate.pk, "items": mandate.item_keys, "form": form},
        )
        events.emit("help.recorded", mandate.pk, {"mandate": mandate.pk})
        return mandate


def revoke_help(*, actor: Actor, mandate_id: int) -> HelpMandate:
    """撤销帮代办授权: by the person, or by the agent to whom the person says so.

    :raises NotFoundError: not the actor's.
    """
    with transaction.atomic():
        mandate = (
            HelpMandate.objects.select_for_update()
            .filter(Q(agent_account_id=actor.account_id) | Q(principal_id=actor.party_id or 0))
            .filter(pk=mandate_id)
            .first()
        )
        if mandate is None:
            raise NotFoundError
        if mandate.revoked_at is None:
            mandate.revoked_at = now()
            mandate.save(update_fields=["revoked_at"])
            audit.record(actor, "help.revoke", "party", mandate.principal_id)
        return mandate


def apply_as_helper(*, actor: Actor, submission: Submission) -> Application:
    """帮代办申请: the agent applies for a person who is not there, under the authority on record.

    :raises HelpNotAuthorisedError: none is in force for this item; the refusal is audited.
    :raises NotPermittedError: the agent's window does not reach the item.
    """
    offer = (
        ImplementationItem.objects.select_related("item")
        .filter(code=submission.implementation_code, is_active=True)
        .first()
    )
    if offer is None:
        raise NotFoundError
    mandate = find_mandate(actor, submission.party_id, offer.item.key)
    if mandate is None:
        audit.record_denied(actor, "case.window", "party", str(submission.party_id))
        raise HelpNotAuthorisedError
    principal = mandate.principal
    helper = replace(
        actor,
        channel="VILLAGE",
        party_id=principal.operator_id or principal.pk,
        acting_for_id=principal.pk,
    )
    with transaction.atomic():
        before = Application.objects.filter(client_id=submission.client_id).exists()
        application = submit_application(actor=helper, submission=submission)
        if not before:
            case = application.case
            tell(
                case,
                kind="help.applied",
                title_zh=f"由{mandate.organization.name}代办员{mandate.agent_name}代办"
                f"（授权登记 {mandate.pk} 号）",
                title_en=f"Applied for by {mandate.agent_name} of {mandate.organization.name} "
                f"(authority {mandate.pk})",
                actor=actor,
                organization_name=mandate.organization.name,
            )
            audit.record(
                actor,
                "help.apply",
                "case",
                case.number,
                case_id=case.pk,
                details={"mandate": mandate.pk},
            )
        return application


def find_mandate(actor: Actor, party_id: int, item_key: str) -> HelpMandate | None:
    """Return the authority in force today under which the agent may help with an item."""
    day = today()
    rows = HelpMandate.objects.filter(
        Q(item_keys=[]) | Q(item_keys__contains=[item_key]),
        agent_account_id=actor.account_id,
        principal_id=party_id,
        valid_from__lte=day,
        valid_to__gte=day,
        revoked_at=None,
    )
    return rows.select_related("principal", "organization").order_by("-id").first()


def _no_evidence() -> FieldProblem:
    return FieldProblem(
        "evidence",
        "EVIDENCE_MISSING",
        "没有授权的凭据",
        "There is no evidence of the authority.",
        "请上传本人签名的授权书，或者当面录音录像",
        "Upload the signed paper, or a recording made in person.",
    )
