"""授权代办: give another person the authority to act, and take it back."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.facade import require_assurance
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.parties.errors import (
    RepresentationError,
    RepresentativeUnknownError,
    field_problem,
)
from yiwang.kernel.base.parties.models import Party, Representation
from yiwang.kernel.base.parties.rules import names
from yiwang.kernel.base.parties.rules.errors import InvalidCodeError
from yiwang.kernel.errors import FieldProblem, InvalidInputError, NotFoundError, StaleError


@transaction.atomic
def authorise_representative(
    *,
    principal: Party,
    agent_name: str,
    agent_citizen_id_no: str,
    valid_from: date,
    actor: Actor,
    valid_to: date | None = None,
    item_keys: Sequence[str] = (),
    kind: str = Representation.Kind.PROXY,
    evidence: str = "本人在线授权",
) -> Representation:
    """Authorise (授权代办) a verified person to act for ``principal``; both days are included.

    Without ``item_keys`` the authority is for every matter. Only the principal itself, or the
    operator of a principal business, may give it: an authority held is never passed on. Other
    kinds than PROXY rest on a document and are recorded by the system.

    :raises NotFoundError: the actor is not the principal.
    :raises AssuranceTooLowError: the actor's real name is not verified.
    :raises InvalidInputError: name or number is malformed.
    :raises RepresentativeUnknownError: nobody of this name and number is verified here.
    :raises RepresentationError: to oneself, a reversed or past period, or twice.
    """
    if actor.kind != "SYSTEM":
        if not is_principal(actor, principal) or kind != Representation.Kind.PROXY:
            raise NotFoundError
        require_assurance(actor, 2)
    agent = _verified(agent_name, agent_citizen_id_no)
    if agent.pk in (principal.pk, principal.operator_id):
        raise RepresentationError("不能授权给自己", "One cannot authorise oneself.")
    if valid_to is not None and valid_to < max(valid_from, calendars.today()):
        raise RepresentationError(
            "终止日期不能早于起始日期，也不能早于今天",
            "The last day lies before the first, or before today.",
        )
    # One lock per principal: a double click must not give the same authority twice.
    Party.objects.select_for_update().get(pk=principal.pk)
    wanted = sorted(set(item_keys))
    same = Representation.objects.filter(
        principal=principal, agent=agent, kind=kind, item_keys=wanted, revoked_at=None
    ).in_force_on(max(valid_from, calendars.today()))
    if same.exists():
        raise RepresentationError(
            "已经授权给这个人，无需重复授权",
            "This person has the same authority already.",
            mend_zh="要改期限，请先撤销原授权",
            mend_en="To change the period, revoke the present one first.",
        )
    representation = Representation.objects.create(
        principal=principal,
        agent=agent,
        kind=kind,
        item_keys=wanted,
        valid_from=valid_from,
        valid_to=valid_to,
        evidence=evidence,
        created_at=calendars.now(),
    )
    audit.record(
        actor,
        "party.authorise",
        "representation",
        representation.pk,
        details={"principal": principal.pk, "agent": agent.pk, "items": wanted},
    )
    return representation


@transaction.atomic
def revoke_representation(*, representation_id: int, actor: Actor) -> Representation:
    """Revoke (撤销授权) at once: by the principal, or by the agent who no longer wants it.

    :raises NotFoundError: absent, or not the actor's to revoke.
    :raises StaleError: revoked already.
    """
    representation = (
        Representation.objects.select_for_update(of=("self",))
        .select_related("principal")
        .filter(pk=representation_id)
        .first()
    )
    if representation is None or not (
        actor.kind == "SYSTEM"
        or is_principal(actor, representation.principal)
        or actor.party_id == representation.agent_id
    ):
        raise NotFoundError
    if representation.revoked_at is not None:
        raise StaleError("这项授权已经撤销", "This authority has been revoked already.")
    representation.revoked_at = calendars.now()
    representation.save(update_fields=["revoked_at"])
    audit.record(actor, "party.revoke_authority", "representation", representation.pk)
    return representation


def is_principal(actor: Actor, party: Party) -> bool:
    """Say whether the person behind ``actor`` is the party itself or operates it."""
    return actor.party_id is not None and actor.party_id in (party.pk, party.operator_id)


def _verified(name: str, citizen_id_no: str) -> Party:
    problems: list[FieldProblem] = []
    agent = None
    try:
        name = names.parse(name)
    except InvalidCodeError as fault:
        problems.append(field_problem("agent_name", fault.error))
    try:
        agent = Party.objects.with_citizen_id_no(citizen_id_no).first()
    except InvalidCodeError as fault:
        problems.append(field_problem("agent_citizen_id_no", fault.error))
    if problems:
        raise InvalidInputError(problems=problems)
    if agent is None or agent.name != name or agent.died_on is not None:
        raise RepresentativeUnknownError
    return agent
