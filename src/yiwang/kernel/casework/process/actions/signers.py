"""加签与减签: somebody more signs a step, or somebody less."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.organizations.models import Organization, Post
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.process import opening, staffing
from yiwang.kernel.casework.process.access import take_turn
from yiwang.kernel.casework.process.actions import frame, signing
from yiwang.kernel.casework.process.actions.frame import Held
from yiwang.kernel.casework.process.errors import (
    ProcessTooWideError,
    SignerNotRemovableError,
    SignerUnfitError,
)
from yiwang.kernel.casework.process.models import Task, Token
from yiwang.kernel.casework.process.rules.inputs import read_reason
from yiwang.kernel.casework.process.staffing import Seat
from yiwang.kernel.errors import NotFoundError

__all__ = ["AFTER", "BEFORE", "PARALLEL", "Signer", "add_signer", "remove_signer"]

BEFORE = "before"
PARALLEL = "parallel"
AFTER = "after"


@dataclass(frozen=True, slots=True)
class Signer:
    """加签对象: an official by account, or a unit by code with the role that signs there."""

    account_id: int | None = None
    unit_code: str = ""
    role: str = ""

    @property
    def instance(self) -> str:
        return f"+{self.unit_code or self.account_id}"


def add_signer(
    *,
    actor: Actor,
    task_id: int,
    signer: Signer,
    position: str,
    opinion: str,
    seen_version: int | None = None,
) -> Task:
    """加签: let somebody more sign the step; returns the new signer's task.

    ``before`` asks for advice: it comes first, and its act counts no vote. ``parallel`` signs
    beside the actor, ``after`` when the actor has: both count like every other signer, so that
    a step without ``signing`` is left only by the act that all of them choose.

    :raises VerbNotAllowedError: the step adds nobody.
    :raises SignerUnfitError: unknown, not in post, a signer already, or no such position.
    """
    reason = read_reason(opinion)
    if position not in (BEFORE, PARALLEL, AFTER):
        raise SignerUnfitError(positions=[BEFORE, PARALLEL, AFTER])
    with transaction.atomic():
        held = frame.hold(actor, task_id)
        known = _pending(held).filter(instance=signer.instance).first()
        if known is not None and known.added_by_id == actor.account_id:
            return known
        frame.take_up(held)
        frame.require_verb(held.step, "add_signer")
        frame.require_fresh(held.task, seen_version)
        seat = _seat(held, signer)
        if known is not None or _signs_already(held, seat):
            raise SignerUnfitError
        if Task.objects.filter(token=held.token).count() >= opening.MAX_SIGNERS:
            raise ProcessTooWideError(limit=opening.MAX_SIGNERS)
        added = _open(held, signer, seat, position)
        name = _name_of(seat)
        _tell(held, "add_signer", f"加签{name}", f"{name} was added as a signer", reason, added)
        return added


def remove_signer(
    *,
    actor: Actor,
    task_id: int,
    signer_task_id: int,
    opinion: str,
    seen_version: int | None = None,
) -> Task:
    """减签: let one who has not acted yet sign no more; returns the task of the one removed.

    Where the others have agreed already, the step is left by what they chose.

    :raises VerbNotAllowedError: the step removes nobody.
    :raises SignerNotRemovableError: it is the actor's own, was done, or is the last one.
    """
    reason = read_reason(opinion)
    with transaction.atomic():
        held = frame.hold(actor, task_id)
        other = Task.objects.filter(pk=signer_task_id, token=held.token).first()
        if other is None:
            raise NotFoundError
        if other.closing == Task.Closing.REMOVED:
            return other
        _entitle(held)
        frame.require_verb(held.step, "remove_signer")
        frame.require_fresh(held.task, seen_version)
        _require_removable(held, other)
        Task.objects.filter(pk=other.pk).update(
            status=Task.Status.CANCELLED, done_at=held.move.at, closing=Task.Closing.REMOVED
        )
        signing.open_next_turn(held.token)
        frame.touch(held.token)
        other.refresh_from_db()
        _tell(held, "remove_signer", "减签一位签办人", "a signer was removed", reason, other)
        settled = signing.standing_result(held.token, held.step)
        if settled:
            signing.finish_step(held, settled)
        return other


def _pending(held: Held) -> QuerySet[Task]:
    return Task.objects.filter(token=held.token, status__in=Task.PENDING)


def _entitle(held: Held) -> None:
    """Let those remove a signer whose task it is, now or in turn, and those who signed already."""
    if held.task.status in (Task.Status.OPEN, Task.Status.WAITING):
        held.actor = take_turn(held.actor, held.task)
        return
    signed = held.task.acts.filter(account_id=held.actor.account_id, is_current=True)
    if held.token.status != Token.Status.ACTIVE or not signed.exists():
        frame.take_up(held)


def _require_removable(held: Held, other: Task) -> None:
    counting = Task.objects.filter(token=held.token, weight__gt=0)
    left = counting.exclude(status=Task.Status.CANCELLED).exclude(pk=other.pk)
    has_signed = other.acts.filter(is_current=True).exists()
    if (
        other.pk == held.task.pk
        or other.status not in Task.PENDING
        or has_signed
        or not left.exists()
    ):
        raise SignerNotRemovableError


def _seat(held: Held, signer: Signer) -> Seat:
    """Return where the new signer's task lies.

    :raises SignerUnfitError: nobody there may act today.
    """
    place = held.case.division_path
    if signer.unit_code:
        unit = Organization.objects.filter(code=signer.unit_code, is_active=True).first()
        role = signer.role or held.step.role
        if unit is None or not staffing.holders(role, unit, place):
            raise SignerUnfitError
        return Seat(unit, role)
    seats = staffing.seats_of_account(signer.account_id or 0)
    # A seat in the role of the step tells most about why this person is asked.
    for grant in sorted(seats, key=lambda one: one.role != held.step.role):
        post = Post.objects.filter(key=grant.post_key).values("organization")
        unit = Organization.objects.filter(
            Exists(post.filter(organization=OuterRef("pk"))) | Q(path=grant.org_path)
        ).first()
        if unit is not None and grant.account_id in staffing.holders(grant.role, unit, place):
            return Seat(unit, grant.role, grant.account_id)
    raise SignerUnfitError


def _signs_already(held: Held, seat: Seat) -> bool:
    """Say whether the person or the unit is among the signers already."""
    if seat.assignee_id is None:
        pool = Task.objects.filter(token=held.token, role=seat.role, organization=seat.unit)
        return pool.filter(assignee_id=None).exclude(status=Task.Status.CANCELLED).exists()
    rows = Task.objects.filter(token=held.token).exclude(status=Task.Status.CANCELLED)
    if rows.filter(assignee_id=seat.assignee_id).exists():
        return True
    return seat.assignee_id == held.actor.account_id


def _open(held: Held, signer: Signer, seat: Seat, position: str) -> Task:
    task, token = held.task, held.token
    turn = task.turn
    rows = Task.objects.filter(token=token)
    if position == BEFORE:
        rows.filter(turn__gte=turn).update(turn=F("turn") + 1)
        rows.filter(status=Task.Status.OPEN).update(status=Task.Status.WAITING)
    elif position == AFTER:
        rows.filter(turn__gt=turn).update(turn=F("turn") + 1)
        turn += 1
    rows.update(is_joint=True, version=F("version") + 1)
    added = opening.new_task(held.move, held.step, token, seat, instance=signer.instance, turn=turn)
    added.is_joint = True
    added.added_by_id = held.actor.account_id
    added.weight = 0 if position == BEFORE else 1
    added.status = Task.Status.WAITING if position == AFTER else Task.Status.OPEN
    added.save(force_insert=True)
    return added


def _name_of(seat: Seat) -> str:
    return seat.unit.short_name if seat.assignee_id is None else f"{seat.unit.short_name}一人"


def _tell(held: Held, verb: str, zh: str, en: str, reason: str, other: Task) -> None:
    tell(
        held.case,
        kind=f"task.{verb}",
        title_zh=f"{held.task.title_zh}：{zh}",
        title_en=f"{held.task.title_en}: {en}",
        actor=held.actor,
        organization_name=held.task.organization.name,
        details={"opinion": reason},
        is_public=False,
    )
    audit.record(
        held.actor,
        f"process.{verb}",
        "task",
        held.task.pk,
        case_id=held.case.pk,
        details={
            "step": held.step.key,
            "signer_task": other.pk,
            "signer": other.assignee_id,
            "unit": other.organization_id,
        },
    )
    events.emit(
        "case.signer_added" if verb == "add_signer" else "case.signer_removed",
        held.case.number,
        {"case": held.case.pk, "task": other.pk},
    )
