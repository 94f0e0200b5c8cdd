"""试算: the last real decisions of a table, decided again under its draft. Nothing else changes."""

from datetime import date
from typing import Any

from django.db import transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now, today
from yiwang.kernel.casework.process.models import Task, TaskAct, Token
from yiwang.kernel.casework.process.registry import get_case_kind
from yiwang.kernel.casework.rules.errors import RulesError
from yiwang.kernel.casework.rules.models import RuleDefinition
from yiwang.kernel.casework.rules.tables import Table
from yiwang.kernel.casework.rules.yaml_tables import compile_table
from yiwang.kernel.errors import NotFoundError
from yiwang.services.applications.models import Application
from yiwang.services.applications.rules.traces import mask_trace
from yiwang.services.releases.access import require_table
from yiwang.services.releases.errors import DraftChangedError, DraftClosedError, TableFaultyError
from yiwang.services.releases.models import Replay, RuleDraft

__all__ = ["MOST", "advance_replay", "start_replay"]

MOST = 1000
"""Decisions that a replay looks at, the newest ones."""
BATCH = 50
"""Decisions of one step: about a second, so that a page can show how far it is."""


def start_replay(*, actor: Actor, draft_id: int, revision: int) -> Replay:
    """试算: choose the last decisions; one that was begun for this revision is the answer.

    :raises NotFoundError, NotPermittedError: it is not the actor's table to edit.
    :raises DraftClosedError, DraftChangedError: the page is older than the draft.
    :raises TableFaultyError: the draft cannot decide anything.
    """
    draft = _draft(actor, draft_id)
    if draft.revision != revision:
        raise DraftChangedError
    _compiled(draft)
    with transaction.atomic():
        replay, is_new = Replay.objects.get_or_create(
            draft=draft,
            revision=draft.revision,
            defaults={"tokens": _last_decisions(draft.key), "started_at": now()},
        )
        if is_new:
            audit.record(
                actor,
                "rule.replay",
                "rule",
                draft.key,
                details={"draft": draft.pk, "decisions": replay.total},
            )
            if not replay.tokens:
                replay.finished_at = now()
                replay.save(update_fields=["finished_at"])
    return replay


def advance_replay(*, actor: Actor, replay_id: int) -> Replay:
    """试算下一批: decide the next batch again; a finished replay stays as it is.

    :raises NotFoundError, NotPermittedError: it is not the actor's table to edit.
    :raises DraftClosedError, DraftChangedError: the draft was changed meanwhile.
    """
    with transaction.atomic():
        replay = Replay.objects.select_for_update().filter(pk=replay_id).first()
        if replay is None:
            raise NotFoundError
        draft = _draft(actor, replay.draft_id)
        if draft.revision != replay.revision:
            raise DraftChangedError
        if replay.finished_at is not None:
            return replay
        keys = replay.tokens[replay.done : replay.done + BATCH]
        tokens = {
            token.pk: token
            for token in Token.objects.filter(pk__in=keys).select_related(
                "case__division", "case__party__operator", "case__organization"
            )
        }
        under = _Draft(_compiled(draft), draft.key)
        for key in keys:
            token = tokens.get(key)
            if token is None:
                replay.incomparable += 1
                continue
            before, after = under.again(token)
            if before is None or after is None:
                replay.incomparable += 1
            elif before["outputs"] == after["outputs"]:
                replay.same += 1
            else:
                replay.differences = [*replay.differences, _difference(token, before, after)]
        replay.done += len(keys)
        if replay.done >= replay.total:
            replay.finished_at = now()
        replay.save()
        return replay


def _draft(actor: Actor, draft_id: int) -> RuleDraft:
    draft = RuleDraft.objects.filter(pk=draft_id).first()
    if draft is None:
        raise NotFoundError
    require_table(actor, draft.key)
    if draft.status != RuleDraft.Status.OPEN:
        raise DraftClosedError
    return draft


def _compiled(draft: RuleDraft) -> Table:
    try:
        return compile_table(draft.content, version=f"草稿 {draft.revision}")
    except RulesError as error:
        raise TableFaultyError(findings=[error.reason.zh]) from error


def _last_decisions(key: str) -> list[int]:
    """Return the tokens of the last decisions by any version of the table, newest first."""
    rows = Token.objects.filter(outputs__trace__table=key).order_by("-id")
    return list(rows.values_list("id", flat=True)[:MOST])


class _Draft:
    """A draft beside the versions that decided, each compiled once."""

    def __init__(self, table: Table, key: str) -> None:
        self.table = table
        self._versions = {
            row.pk: compile_table(row.content) for row in RuleDefinition.objects.filter(key=key)
        }

    def again(self, token: Token) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """Return what was decided and what the draft decides on the same facts.

        The facts are read anew. Where even the version that decided then gives something else on
        them, they have changed since, and nothing can be said: (None, None).
        """
        trace = token.outputs["trace"]
        facts = _facts_at(token)
        on = date.fromisoformat(trace["on"]) if trace.get("on") else today()
        running = self._of(token)
        if running is None:
            return None, None
        try:
            then = running.decide(facts, on=on).record()
            now_ = self.table.decide(facts, on=on).record()
        except RulesError:
            return None, None
        if (
            mask_trace(then["outputs"], {}) != trace["outputs"]
            or then["matched"] != trace["matched"]
        ):
            return None, None
        return then, now_

    def _of(self, token: Token) -> Table | None:
        application = (
            Application.objects.select_related("item_version").filter(pk=token.case_id).first()
        )
        if application is None:
            return None
        for definition in application.item_version.rules.values():
            if definition in self._versions:
                return self._versions[definition]
        return None


def _facts_at(token: Token) -> dict[str, Any]:
    """Return the facts of a case with the acts and decisions there were before this decision."""
    case = token.case
    facts = get_case_kind(case.kind).facts(case)
    acts = TaskAct.objects.filter(
        task__case=case,
        task__status=Task.Status.DONE,
        is_current=True,
        at__lte=token.entered_at,
    ).order_by("id")
    facts["acts"] = {
        step: {**given, "act": act, "opinion": opinion}
        for step, act, opinion, given in acts.values_list("task__step", "act", "opinion", "input")
    }
    earlier = Token.objects.filter(case=case, pk__lt=token.pk).exclude(outputs={}).order_by("id")
    facts["decisions"] = dict(earlier.values_list("step", "outputs"))
    facts["input"] = {}
    return facts


def _difference(token: Token, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {
        "case": token.case.number,
        "at": token.entered_at.isoformat(),
        "rules_before": before["matched"],
        "rules_after": after["matched"],
        "before": mask_trace(before["outputs"], {}),
        "after": mask_trace(after["outputs"], {}),
    }
