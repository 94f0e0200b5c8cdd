"""读取: where running cases rest, in a fixed number of queries for each batch."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.engine import get_process
from yiwang.kernel.casework.process.migrating.planning import (
    Migration,
    Resting,
    Seen,
    find_migration,
)
from yiwang.kernel.casework.process.models import ProcessDefinition, Task, TaskAct, Timer, Token

__all__ = ["Running", "migrations_to", "read_cases", "running_cases"]


@dataclass(frozen=True, slots=True)
class Running:
    """One running case: the version that it is on, and what is known of it."""

    case: Case
    definition_id: int
    version: str
    seen: Seen


def migrations_to(target: ProcessDefinition) -> dict[int, Migration | None]:
    """Return for each other version of the process its way to ``target``; None without one."""
    found: dict[int, Migration | None] = {}
    for old in ProcessDefinition.objects.filter(key=target.key).exclude(pk=target.pk):
        steps = find_migration(target.content, old.version)
        found[old.pk] = None if steps is None else _migration(old.pk, target, steps)
    return found


def _migration(
    old_id: int, target: ProcessDefinition, steps: Mapping[str, str | None]
) -> Migration:
    return Migration(get_process(old_id), get_process(target.pk), target.content, steps)


def running_cases(definition_ids: Collection[int], *, after_id: int, limit: int) -> list[int]:
    """Return the next cases, by key, that rest on one of the definitions."""
    rows = Token.objects.filter(
        status=Token.Status.ACTIVE, definition_id__in=definition_ids, case_id__gt=after_id
    )
    return list(rows.order_by("case_id").values_list("case_id", flat=True).distinct()[:limit])


def read_cases(case_ids: Collection[int]) -> list[Running]:
    """Return what is known of the cases that rest somewhere, by key. Six queries."""
    rows = Case.objects.select_related("organization", "division", "party")
    cases = rows.in_bulk(case_ids)
    tokens: dict[int, list[Token]] = defaultdict(list)
    resting = Token.objects.filter(case__in=case_ids, status=Token.Status.ACTIVE)
    for token in resting.select_related("definition").order_by("id"):
        tokens[token.case_id].append(token)
    active = [token.pk for listed in tokens.values() for token in listed]
    passed: dict[int, set[str]] = defaultdict(set)
    left = Token.objects.filter(case__in=case_ids, status=Token.Status.LEFT)
    for case_id, step in left.order_by().values_list("case_id", "step").distinct():
        passed[case_id].add(step)
    acts: dict[int, list[str]] = defaultdict(list)
    given = TaskAct.objects.filter(task__token__in=active, is_current=True).order_by("id")
    for token_id, act in given.values_list("task__token_id", "act"):
        acts[token_id].append(act)
    held = set(
        Task.objects.filter(
            token__in=active, status__in=Task.PENDING, assignee_id__isnull=False
        ).values_list("token_id", flat=True)
    )
    timers: dict[int, list[int]] = defaultdict(list)
    waiting = Timer.objects.filter(token__in=active, fired_at=None, cancelled_at=None)
    for token_id, position in waiting.order_by("id").values_list("token_id", "position"):
        timers[token_id].append(position)
    return [
        Running(
            cases[case_id],
            listed[0].definition_id,
            listed[0].definition.version,
            Seen(
                tuple(
                    Resting(
                        token.pk,
                        token.step,
                        token.entered_at,
                        token.branch,
                        token.back_to,
                        tuple(acts[token.pk]),
                        tuple(timers[token.pk]),
                        is_held=token.pk in held or bool(acts[token.pk]),
                    )
                    for token in listed
                ),
                frozenset(passed[case_id]),
            ),
        )
        for case_id, listed in sorted(tokens.items())
    ]
