"""迁移动作: running cases go over to the version in force, each in a transaction of its own.

A run may be broken off and begun again: a case that went over rests on the new version and is not
looked at any more. Clocks, papers and what people did are not touched; what a case passed before
stays written as it was, under the version that it was on then.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from django.db import DatabaseError, transaction
from django.db.models import F

from yiwang.kernel import acts
from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import calendar_for
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import lock_case, tell
from yiwang.kernel.casework.process import opening, staffing
from yiwang.kernel.casework.process.engine import Move, get_process, timer_due
from yiwang.kernel.casework.process.migrating.errors import (
    MigrationTargetError,
    MigrationUndeclaredError,
)
from yiwang.kernel.casework.process.migrating.planning import (
    CasePlan,
    Migration,
    MovedToken,
    Problem,
    plan_case,
)
from yiwang.kernel.casework.process.migrating.reading import (
    Running,
    migrations_to,
    read_cases,
    running_cases,
)
from yiwang.kernel.casework.process.migrating.report import Blocked, Report
from yiwang.kernel.casework.process.models import ProcessDefinition, Task, Timer, Token
from yiwang.kernel.errors import DomainError, NotPermittedError

logger = logging.getLogger(__name__)

__all__ = ["migrate_cases", "plan_migration"]

PERMISSION = "pack.apply"
BATCH = 200


def plan_migration(*, key: str, batch_size: int = BATCH) -> Report:
    """试算: say what would happen to every running case of the process; nothing is written.

    :raises MigrationTargetError: no version of the process is in force.
    :raises MigrationUndeclaredError: the one in force declares no map.
    """
    target = _target(key)
    migrations = migrations_to(target)
    report = Report(key, target.version, is_dry_run=True)
    for running in _each(migrations, batch_size):
        _note(report, running, _plan(running, migrations, target))
    return report


def migrate_cases(
    *,
    actor: Actor,
    key: str,
    batch_size: int = BATCH,
    on_batch: Callable[[Report], None] | None = None,
) -> Report:
    """迁移在办件: let every running case of the process go over that can.

    Each case is looked at again under its lock, so what the dry run said may have changed. One that
    fails is logged and reported, and holds up no other. ``on_batch`` hears of the state after each
    batch.

    :raises MigrationTargetError, MigrationUndeclaredError: as ``plan_migration``.
    :raises NotPermittedError: the actor may not apply packs where a case is handled.
    """
    target = _target(key)
    migrations = migrations_to(target)
    report = Report(key, target.version, is_dry_run=False)
    for number, running in enumerate(_each(migrations, batch_size), start=1):
        _move_case(report, actor, running, migrations, target)
        if on_batch is not None and number % batch_size == 0:
            on_batch(report)
    return report


def _target(key: str) -> ProcessDefinition:
    target = ProcessDefinition.objects.filter(key=key, is_current=True).first()
    if target is None:
        raise MigrationTargetError(key=key)
    if not target.content.get("migrates"):
        raise MigrationUndeclaredError(key=key, version=target.version)
    return target


def _each(migrations: Mapping[int, Migration | None], batch_size: int) -> Iterator[Running]:
    last_id = 0
    while case_ids := running_cases(migrations, after_id=last_id, limit=batch_size):
        last_id = case_ids[-1]
        yield from read_cases(case_ids)


def _note(report: Report, running: Running, plan: CasePlan) -> None:
    if plan.problems:
        report.blocked.append(Blocked(running.case.number, running.version, plan.problems))
    else:
        report.movable[running.version] += 1


def _plan(
    running: Running, migrations: Mapping[int, Migration | None], target: ProcessDefinition
) -> CasePlan:
    """Return what would happen to a case; what only the database knows is asked last."""
    migration = migrations[running.definition_id]
    if migration is None:
        return CasePlan((), (_UNDECLARED,))
    plan = plan_case(migration, running.seen)
    move = Move(case=running.case, definition_id=target.pk, actor=SYSTEM)
    problems: list[Problem] = []
    for token in plan.tokens:
        problems += _new_timers_due(move, token)
        problems += _nobody_competent(move, token)
    return CasePlan((), tuple(problems)) if problems else plan


def _new_timers_due(move: Move, moved: MovedToken) -> Iterator[Problem]:
    token = Token(pk=moved.token_id, entered_at=moved.entered_at)
    for position in moved.added:
        if _timer(move, token, moved.step, position).due_at <= move.at:
            yield Problem(
                "TIMER_DUE",
                moved.old,
                "新版本在这一步加了定时，按这件的时间已经到了，一迁移就会触发",
                "The new version adds a timer that would fire at once for this case.",
                "让这些办件留在旧版本，或者从 entered 起算",
                "Leave such cases on the old version, or count from entered.",
            )


def _nobody_competent(move: Move, moved: MovedToken) -> Iterator[Problem]:
    step = move.process.steps[moved.step]
    if moved.is_reseated and step.kind == "task":
        try:
            opening.unit_of(move, step)
        except DomainError as error:
            yield _failed(moved.old, error)


def _failed(step: str, error: DomainError) -> Problem:
    return Problem(error.code, step, error.zh, error.en, *error.mend)


def _move_case(
    report: Report,
    actor: Actor,
    running: Running,
    migrations: Mapping[int, Migration | None],
    target: ProcessDefinition,
) -> None:
    try:
        plan = _move_locked(actor, running.case.pk, migrations, target)
    except NotPermittedError:
        raise
    except DomainError as error:
        plan = CasePlan((), (_failed("", error),))
    except DatabaseError:
        logger.exception("case_not_migrated", extra={"case": running.case.pk})
        plan = CasePlan((), (_BROKEN,))
    if plan is not None:
        _note(report, running, plan)


def _move_locked(
    actor: Actor,
    case_id: int,
    migrations: Mapping[int, Migration | None],
    target: ProcessDefinition,
) -> CasePlan | None:
    """Move one case if it can be; None where it ended or went over since the batch was read."""
    with transaction.atomic():
        case = lock_case(case_id)
        if actor != SYSTEM:
            access.require(
                actor, PERMISSION, org_path=case.org_path, division_path=case.division_path
            )
        for found in read_cases([case_id]):
            if found.definition_id in migrations:
                running = replace(found, case=case)
                plan = _plan(running, migrations, target)
                if not plan.problems:
                    _carry_over(actor, running, plan, target)
                return plan
    return None


def _carry_over(actor: Actor, seen: Running, plan: CasePlan, target: ProcessDefinition) -> None:
    case = seen.case
    old = get_process(seen.definition_id)
    move = Move(case=case, definition_id=target.pk, actor=actor)
    for moved in plan.tokens:
        _carry_token(move, moved)
        step = move.process.steps[moved.step]
        if step.phase and case.phase == old.steps[moved.old].phase != step.phase:
            case.phase = step.phase
            acts.change(case, "phase")
    steps = [[moved.old, moved.step] for moved in plan.tokens]
    details = {"from": seen.version, "to": target.version, "steps": steps}
    audit.record(actor, "process.migrate", "case", case.pk, case_id=case.pk, details=details)
    tell(
        case,
        kind="process.migrated",
        title_zh=f"办理流程改用新版本 {target.version}",
        title_en=f"Handled by version {target.version} of the process from now on",
        actor=actor,
        details=details,
        is_public=False,
    )
    events.emit("process.migrated", case.number, {"case": case.pk, **details})


def _carry_token(move: Move, moved: MovedToken) -> None:
    step = move.process.steps[moved.step]
    Token.objects.filter(pk=moved.token_id).update(
        definition_id=move.definition_id,
        step=moved.step,
        branch=moved.branch,
        back_to=moved.back_to,
        # What came before happened under another version: it cannot be recalled from this one.
        cause_id=None,
    )
    token = Token.objects.get(pk=moved.token_id)
    timers = Timer.objects.filter(token=token, fired_at=None, cancelled_at=None)
    for timer in list(timers):
        if timer.position != moved.timers[timer.position]:
            Timer.objects.filter(pk=timer.pk).update(position=moved.timers[timer.position])
    Timer.objects.bulk_create(_timer(move, token, moved.step, position) for position in moved.added)
    tasks = Task.objects.filter(token=token)
    tasks.update(
        step=step.key, title_zh=step.title_zh, title_en=step.title_en, version=F("version") + 1
    )
    pending = tasks.filter(status__in=Task.PENDING)
    if step.signing is None:
        pending.update(signers=step.signers)
    if moved.is_reseated and step.kind == "task":
        seat = staffing.find_seat(step.role, opening.unit_of(move, step), move.case.division_path)
        pending.update(
            role=seat.role,
            organization=seat.unit,
            org_path=seat.unit.path,
            assignee_id=seat.assignee_id,
            fallback_role=seat.fallback_role,
        )


def _timer(move: Move, token: Token, step: str, position: int) -> Timer:
    """Return a timer that only the new version has, counted from when the case came there."""
    rule = move.process.steps[step].timers[position]
    started_at = token.entered_at
    if rule.counted_from != "entered":
        started_at = move.kind.moment(move.case, rule.counted_from) or started_at
    key = move.kind.calendar_key(move.case)
    calendar = calendar_for(key)
    return Timer(
        token=token,
        case=move.case,
        position=position,
        started_at=started_at,
        due_at=timer_due(started_at, rule.amount, rule.unit, calendar),
        calendar_key=key,
        calendar_edition=calendar.edition,
    )


_UNDECLARED = Problem(
    "UNDECLARED",
    "",
    "新版本的 migrates 没有提到这件所在的版本",
    "The migrates of the new version does not name the version of this case.",
    "在 migrates 里加一条 from",
    "Add an entry with this from to migrates.",
)
_BROKEN = Problem(
    "NOT_MOVED",
    "",
    "迁移时数据库出错，这件没有变动",
    "The database failed while it was moved; the case is as it was.",
    "看日志 case_not_migrated，然后再运行一次",
    "See case_not_migrated in the logs, then run again.",
)
