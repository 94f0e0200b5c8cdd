"""规则起草与放行: change a table at the desk, and put it in force by a second person."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.rules.models import RuleDefinition
from yiwang.kernel.errors import NotFoundError
from yiwang.kernel.packs.actions.packs import put_object
from yiwang.services.releases.access import OwnedPack, require_table
from yiwang.services.releases.errors import (
    DraftChangedError,
    DraftClosedError,
    NothingChangedError,
    ReplayMissingError,
    SamePersonError,
    TableFaultyError,
    TableMovedError,
)
from yiwang.services.releases.models import Replay, RuleDraft
from yiwang.services.releases.rules.diffing import compare
from yiwang.services.releases.tables import findings_of, open_table, table_in_force

__all__ = ["begin_draft", "discard_draft", "release_draft", "save_draft"]


def begin_draft(*, actor: Actor, key: str) -> RuleDraft:
    """起草: copy the version in force; a draft that is open already is the answer.

    :raises NotFoundError, NotPermittedError: it is not the actor's table to edit.
    """
    require_table(actor, key)
    definition = table_in_force(key)
    try:
        with transaction.atomic():
            open_one = RuleDraft.objects.filter(key=key, status=RuleDraft.Status.OPEN).first()
            if open_one is not None:
                return open_one
            draft = RuleDraft.objects.create(
                key=key,
                base_version=definition.version,
                content=definition.content,
                status=RuleDraft.Status.OPEN,
                editors=[actor.account_id],
                drafted_by_id=actor.account_id,
                drafted_by_name=actor.name,
                drafted_at=now(),
                changed_at=now(),
            )
            _record(actor, "rule.draft", draft)
            return draft
    except IntegrityError:
        # Two pressed the button at once: the first one's draft is the one.
        return RuleDraft.objects.get(key=key, status=RuleDraft.Status.OPEN)


def save_draft(
    *,
    actor: Actor,
    draft_id: int,
    revision: int,
    content: Mapping[str, Any],
    reason: str = "",
) -> RuleDraft:
    """保存草稿: faults are kept with it and shown; only a release asks for none.

    Saving what is there already changes nothing. ``revision`` is the one that the page showed.

    :raises NotFoundError, NotPermittedError: it is not the actor's table to edit.
    :raises DraftClosedError, DraftChangedError: the page is older than the draft.
    """
    with transaction.atomic():
        draft, _ = _lock(actor, draft_id)
        words = reason.replace("\0", "").strip()[:2000]
        if draft.content == content and draft.reason == words:
            return draft
        if draft.revision != revision:
            raise DraftChangedError
        if draft.content != content:
            draft.revision += 1
            draft.content = content
        draft.reason = words
        draft.changed_at = now()
        if actor.account_id not in draft.editors:
            draft.editors = [*draft.editors, actor.account_id]
        draft.save()
        _record(actor, "rule.edit", draft)
        return draft


def discard_draft(*, actor: Actor, draft_id: int) -> RuleDraft:
    """作废草稿: it stays readable. Discarding it again changes nothing.

    :raises NotFoundError, NotPermittedError: it is not the actor's table to edit.
    :raises DraftClosedError: it was released.
    """
    with transaction.atomic():
        draft = RuleDraft.objects.filter(pk=draft_id).first()
        if draft is not None and draft.status == RuleDraft.Status.DISCARDED:
            require_table(actor, draft.key)
            return draft
        draft, _ = _lock(actor, draft_id)
        _close(actor, draft, RuleDraft.Status.DISCARDED)
        _record(actor, "rule.discard", draft)
        return draft


def release_draft(*, actor: Actor, draft_id: int, revision: int) -> RuleDefinition:
    """放行: make the draft the version in force, of its table, its items and its pack.

    Running cases stay on the version they began with. Releasing what is released already gives
    the version that it became.

    :raises NotFoundError, NotPermittedError: it is not the actor's table to edit.
    :raises SamePersonError: the actor drafted or edited it.
    :raises DraftClosedError, DraftChangedError, TableMovedError: the page is older than the store.
    :raises NothingChangedError, TableFaultyError, ReplayMissingError: it is not fit for release.
    """
    done = RuleDraft.objects.filter(pk=draft_id, status=RuleDraft.Status.RELEASED).first()
    if done is not None and done.closed_by_id == actor.account_id:
        return RuleDefinition.objects.get(key=done.key, version=done.released_version)
    with transaction.atomic():
        draft, pack = _lock(actor, draft_id)
        if actor.account_id in draft.editors:
            audit.record_denied(actor, "rule.release", "rule", draft.key)
            raise SamePersonError
        if draft.revision != revision:
            raise DraftChangedError
        current = table_in_force(draft.key)
        if current.version != draft.base_version:
            raise TableMovedError
        if not compare(current.content, draft.content).changed:
            raise NothingChangedError
        faults = findings_of(open_table(pack.release, draft.key), draft.content)
        if any(one.level == "error" for one in faults):
            raise TableFaultyError(findings=[one.path for one in faults if one.level == "error"])
        replayed = Replay.objects.filter(
            draft=draft, revision=draft.revision, finished_at__isnull=False
        )
        if not replayed.exists():
            raise ReplayMissingError
        # Applies the pack with the table in it: its items stand on the new version at once.
        written, _ = put_object(
            actor=actor, pack=pack.release.key, section="rules", content=draft.content
        )
        definition = table_in_force(draft.key)
        draft.released_version = definition.version
        _close(actor, draft, RuleDraft.Status.RELEASED)
        _record(actor, "rule.release", draft, digest=written.digest)
        events.emit("rule.released", draft.key, {"key": draft.key, "version": definition.version})
        return definition


def _lock(actor: Actor, draft_id: int) -> tuple[RuleDraft, OwnedPack]:
    draft = RuleDraft.objects.select_for_update().filter(pk=draft_id).first()
    if draft is None:
        raise NotFoundError
    pack = require_table(actor, draft.key)
    if draft.status != RuleDraft.Status.OPEN:
        raise DraftClosedError
    return draft, pack


def _close(actor: Actor, draft: RuleDraft, status: RuleDraft.Status) -> None:
    draft.status = status
    draft.closed_by_id = actor.account_id
    draft.closed_by_name = actor.name
    draft.closed_at = now()
    draft.save()


def _record(actor: Actor, action: str, draft: RuleDraft, **more: Any) -> None:
    details = {"draft": draft.pk, "revision": draft.revision, "base": draft.base_version}
    audit.record(actor, action, "rule", draft.key, details=details | more)
