"""待办的生成: which tasks a step opens when a token comes to rest in it, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from yiwang.kernel import acts
from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.organizations.selectors import find_competent_unit
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.process import staffing
from yiwang.kernel.casework.process.errors import HandlerUnfitError, ProcessTooWideError
from yiwang.kernel.casework.process.models import Task, TaskAct, Token
from yiwang.kernel.casework.process.rules.definition import Signing, Step
from yiwang.kernel.casework.process.staffing import Seat

if TYPE_CHECKING:
    from yiwang.kernel.casework.process.engine import Move

__all__ = ["new_task", "open_tasks", "unit_of"]

MAX_SIGNERS = 500


@dataclass(frozen=True, slots=True)
class _Signer:
    instance: str
    seat: Seat
    turn: int = 0
    weight: int = 1


def open_tasks(move: Move, step: Step, token: Token) -> None:
    """Open the task of a step, or one for each unit or post that signs it.

    :raises NoCompetentUnitError: no unit is competent for the place.
    :raises HandlerUnfitError: the chosen handler cannot act there.
    """
    signing = step.signing
    if signing is None or signing.count:
        seat = _assigned(move, step, _seat(move, step.role, unit_of(move, step)))
        task = new_task(move, step, token, seat, signers=step.signers)
        # The key was taken together with the token's.
        task.pk, move.task_key = move.task_key, None
        acts.append(task)
        tell_fallback(move, task)
        return
    signers = list(_signers(move, step, signing))
    if len(signers) > MAX_SIGNERS:
        raise ProcessTooWideError(limit=MAX_SIGNERS)
    first = min(one.turn for one in signers)
    tasks = []
    for one in signers:
        task = new_task(move, step, token, one.seat, instance=one.instance, turn=one.turn)
        task.weight = one.weight
        task.is_joint = True
        if one.turn != first:
            task.status = Task.Status.WAITING
        tasks.append(task)
    acts.append(*tasks)
    for task in tasks:
        tell_fallback(move, task)


def unit_of(move: Move, step: Step) -> Organization:
    """Return the unit that is competent for the step in the place of the case."""
    if step.unit is None:
        return move.case.organization
    return find_competent_unit(step.unit["function"], step.unit["level"], move.case.division)


def new_task(
    move: Move,
    step: Step,
    token: Token,
    seat: Seat,
    *,
    signers: int = 1,
    instance: str = "",
    turn: int = 0,
) -> Task:
    """Return a task, not yet written."""
    case = move.case
    return Task(
        case=case,
        token=token,
        step=step.key,
        title_zh=step.title_zh,
        title_en=step.title_en,
        role=seat.role,
        organization=seat.unit,
        org_path=seat.unit.path,
        division_path=case.division_path,
        assignee_id=seat.assignee_id,
        signers=signers,
        status=Task.Status.OPEN,
        case_number=case.number,
        case_title=case.title,
        party_name=case.party.name,
        opened_at=move.at,
        limit_at=move.limit_of(step),
        due_at=case.due_at,
        instance=instance,
        turn=turn,
        fallback_role=seat.fallback_role,
    )


def tell_fallback(move: Move, task: Task) -> None:
    """Say on the timeline and in the audit that nobody holds the role of a task."""
    if not task.fallback_role:
        return
    is_with_head = task.assignee_id is not None
    tell(
        move.case,
        kind="task.fallback",
        title_zh=f"{task.title_zh}：{task.organization.short_name}无人在岗，"
        + ("转由负责人办理" if is_with_head else "等待安排人员"),
        title_en=f"{task.title_en}: nobody is in post"
        + (", it goes to the head" if is_with_head else ", somebody must be appointed"),
        actor=SYSTEM,
        organization_name=task.organization.name,
        details={"role": task.fallback_role},
        is_public=False,
    )
    audit.record(
        SYSTEM,
        "process.fallback" if is_with_head else "process.unstaffed",
        "token",
        task.token_id,
        case_id=move.case.pk,
        details={"step": task.step, "role": task.fallback_role, "assignee": task.assignee_id},
    )


def _seat(move: Move, role: str, unit: Organization) -> Seat:
    return staffing.find_seat(role, unit, move.case.division_path)


def _signers(move: Move, step: Step, signing: Signing) -> Iterator[_Signer]:
    """Yield who signs, in the order of the definition."""
    is_ordered = signing.mode == "IN_ORDER"
    for number, place in enumerate(signing.units):
        unit = find_competent_unit(place.function, place.level, move.case.division)
        yield _Signer(
            place.key,
            _seat(move, place.role or step.role, unit),
            number if is_ordered else 0,
            signing.weights.get(place.key, 1),
        )
    unit = unit_of(move, step)
    for number, post in enumerate(signing.posts):
        yield _Signer(
            post,
            _seat_of_post(move, step, unit, post),
            number if is_ordered else 0,
            signing.weights.get(post, 1),
        )


def _seat_of_post(move: Move, step: Step, unit: Organization, post: str) -> Seat:
    """Return the seat of whoever holds a post of the unit; without one it falls back."""
    grants = Grant.objects.filter(post_key=f"{unit.code}.{post}")
    for role in (step.role, *sorted(set(grants.values_list("role", flat=True)))):
        able = staffing.holders(role, unit, move.case.division_path)
        found = grants.filter(role=role, account_id__in=able).order_by("account_id").first()
        if found is not None:
            return Seat(unit, role, found.account_id)
    return replace(_seat(move, step.role, unit), fallback_role=post)


def _assigned(move: Move, step: Step, seat: Seat) -> Seat:
    """Return the seat with the one official it goes to; none where the pool takes it."""
    if move.handler_id is not None:
        return _chosen_handler(move, seat)
    if seat.fallback_role or step.assign.by == "pool":
        return seat
    acts.flush()
    able = staffing.holders(seat.role, seat.unit, move.case.division_path)
    assignee: int | None = None
    match step.assign.by:
        case "load":
            assignee = staffing.least_loaded(able)
        case "last_handler":
            assignee = _last_handler(move, step)
        case "rule":
            assignee = _by_rule(move, step, seat, able)
    return replace(seat, assignee_id=assignee if assignee in able else None)


def _chosen_handler(move: Move, seat: Seat) -> Seat:
    chosen, move.handler_id = move.handler_id, None
    if chosen not in staffing.holders(seat.role, seat.unit, move.case.division_path):
        raise HandlerUnfitError(handler=chosen)
    return replace(seat, assignee_id=chosen, fallback_role="")


def _last_handler(move: Move, step: Step) -> int | None:
    """Return who last acted in the step, or in the one that the definition names."""
    rows = TaskAct.objects.filter(
        task__case=move.case, task__step=step.assign.step or step.key, is_current=True
    )
    return rows.order_by("-id").values_list("account_id", flat=True).first()


def _by_rule(move: Move, step: Step, seat: Seat, able: list[int]) -> int | None:
    """Ask a rule of the item for the post; it answers ``post``."""
    outputs, _trace = move.kind.decide(move.case, step.assign.rule, move.facts())
    post = outputs.get("post")
    grants = Grant.objects.filter(
        post_key__in=[f"{seat.unit.code}.{post}", post or ""], account_id__in=able
    )
    found = sorted(set(grants.values_list("account_id", flat=True)))
    return staffing.least_loaded(found) if found else None
