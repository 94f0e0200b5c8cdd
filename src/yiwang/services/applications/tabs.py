"""两个窗口填一份表: what two pages typed into one draft is merged field by field; nothing is lost.

Every page carries a mark of its own and the revision that it was drawn from; the draft remembers
for each answer which page wrote it and when. An answer that another page wrote in between is kept
when this page did not touch it, and shown to the person when both changed it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.forms.actions.drafts import access_draft, save_draft
from yiwang.kernel.casework.forms.errors import DraftConflictError
from yiwang.kernel.casework.forms.models import Draft

__all__ = ["REPLACED", "Merge", "PageMark", "fingerprint", "save_typed"]

WRITTEN = "written"
REPLACED = "replaced"
# Two pages of one person rarely save in the same millisecond; each try reads anew.
TRIES = 5


@dataclass(frozen=True, slots=True)
class PageMark:
    """Which page sends: its mark, the revision it was drawn from, and what it showed then.

    ``drawn`` maps ``section.key`` to the fingerprint of the answer; empty for single fields that
    are saved as they are typed, which the person has touched by definition.
    """

    tab: str = ""
    revision: int = 0
    drawn: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merge:
    """The draft after saving; ``clashes`` maps ``section.key`` to what the other page had."""

    draft: Draft
    clashes: Mapping[str, Any]


def fingerprint(value: Any) -> str:
    """Return a short mark of an answer; an empty one is the same however it is written."""
    plain = None if value in ("", [], {}) else value
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def save_typed(
    *, actor: Actor, draft: Draft, changes: Mapping[str, Mapping[str, Any]], mark: PageMark
) -> Merge:
    """Save what one page typed beside what other pages wrote since it was drawn.

    :raises DraftSubmittedError: another page submitted it already.
    :raises DraftConflictError: other pages keep saving at the same moments.
    """
    for attempt in range(TRIES):
        kept, clashes = _merge(draft, changes, mark)
        try:
            saved = save_draft(
                actor=actor, client_id=draft.client_id, changes=kept, revision=draft.revision
            )
        except DraftConflictError:
            if attempt == TRIES - 1:
                raise
            draft = access_draft(actor, draft.client_id)
        else:
            saved.form = draft.form
            return Merge(saved, clashes)
    raise DraftConflictError


def _merge(
    draft: Draft, changes: Mapping[str, Mapping[str, Any]], mark: PageMark
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    written = draft.data.get(WRITTEN, {})
    kept: dict[str, dict[str, Any]] = {WRITTEN: {}, REPLACED: {}}
    if mark.drawn:
        # A whole page was sent: what it overwrites from now on is what the person has seen.
        kept[REPLACED] = dict.fromkeys(draft.data.get(REPLACED, {}))
    clashes: dict[str, Any] = {}
    for section, answers in changes.items():
        kept[section] = {}
        for key, typed in answers.items():
            name = f"{section}.{key}"
            stored = draft.data.get(section, {}).get(key)
            if fingerprint(stored) == fingerprint(typed):
                continue
            if _is_newer_elsewhere(written.get(name), mark):
                drawn = mark.drawn.get(name)
                if drawn == fingerprint(typed):
                    continue
                if drawn != fingerprint(stored):
                    clashes[name] = kept[REPLACED][name] = stored
            kept[section][key] = typed
            kept[WRITTEN][name] = [mark.tab, draft.revision + 1]
        if not kept[section]:
            del kept[section]
    return kept, clashes


def _is_newer_elsewhere(written: Any, mark: PageMark) -> bool:
    if not written or not mark.tab:
        return False
    tab, revision = written
    return bool(tab != mark.tab and revision > mark.revision)
