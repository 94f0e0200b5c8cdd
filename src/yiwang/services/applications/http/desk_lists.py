"""待办的五个页签: what waits, what may be claimed, what one did, was shown, and asked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.process.engine import get_process
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.worklist import facade as worklist
from yiwang.services.applications.http import desk_shown as words
from yiwang.services.applications.http.desk_parts import case_line
from yiwang.services.applications.inbox import InboxFilter

PAST = ("done", "copies", "delegated")
"""Tabs whose rows do not wait for the official: no piles, no filters."""
TABS = ("", "pool", *PAST)
PAGE_SIZE = 20


def tabs(wanted: InboxFilter) -> list[dict[str, Any]]:
    """Return the tabs with the chosen one marked."""
    titles = {
        "": _("待我办"),
        "pool": _("可抢办"),
        "done": _("我已办"),
        "copies": _("抄送我"),
        "delegated": _("我委派"),
    }
    root = reverse("desk:inbox")
    return [
        {"label": title, "href": f"{root}?tab={key}" if key else root, "now": key == wanted.tab}
        for key, title in titles.items()
    ]


def past_context(
    actor: Actor, wanted: InboxFilter, after: int | None, *, current_id: int | None
) -> dict[str, Any]:
    """Return one page of what the official did, was shown or asked, newest first."""
    rows, following = {
        "done": _done,
        "copies": _copies,
        "delegated": _delegated,
    }[wanted.tab](actor, after)
    empty = {
        "done": (_("还没有办过"), _("您办理过的待办会出现在这里，最近的在前。")),
        "copies": (_("还没有人抄送您"), _("同事抄送或传阅给您的办件会出现在这里。")),
        "delegated": (_("还没有委派过"), _("您请同事答复的待办会出现在这里，答复了会注明。")),
    }[wanted.tab]
    root = reverse("desk:inbox")
    return {
        "rows": [row | {"is_current": row["task_id"] == current_id} for row in rows],
        "is_past": True,
        "wanted": wanted,
        "count": "",
        "next_href": f"?{urlencode({'tab': wanted.tab, 'after': following})}" if following else "",
        "first_href": f"?tab={wanted.tab}" if after is not None else "",
        "inbox_url": root,
        "empty_title": empty[0],
        "empty_text": empty[1],
    }


Rows = tuple[list[dict[str, Any]], int | None]


def _done(actor: Actor, after: int | None) -> Rows:
    found = worklist.done_by(actor, before_id=after)
    rows = [_row(one.task, "done", _act_words(one.task, one.act), one.at) for one in found]
    return _page(rows, [one.pk for one in found])


def _act_words(task: Task, act: str) -> str:
    chosen = words.act_of(get_process(task.token.definition_id), task.step, act)
    return words.either(chosen.title_zh, chosen.title_en) if chosen else words.verb_title(act)


def _copies(actor: Actor, after: int | None) -> Rows:
    found = worklist.copies_for(actor, before_id=after)
    rows = [
        _row(one.task, "copies", f"{one.get_kind_display()} · {one.by_name}", one.at)
        | {"is_unread": one.read_at is None}
        for one in found
    ]
    return _page(rows, [one.pk for one in found])


def _delegated(actor: Actor, after: int | None) -> Rows:
    found = worklist.delegated_by(actor, before_id=after)
    rows = [
        _row(one.task, "delegated", f"{one.delegate_name} · {one.get_status_display()}", one.at)
        for one in found
    ]
    return _page(rows, [one.pk for one in found])


def _page(rows: list[dict[str, Any]], keys: Sequence[int]) -> Rows:
    more = len(rows) > PAGE_SIZE
    return rows[:PAGE_SIZE], keys[PAGE_SIZE - 1] if more else None


def _row(task: Task, tab: str, said: str, at: datetime) -> dict[str, Any]:
    line = case_line(task)
    return {
        "task_id": task.pk,
        "title": line["title"],
        "meta": f"{line['step']} · {line['party']} · {said}",
        "href": reverse("desk:task", args=[task.pk]) + f"?tab={tab}",
        "lamp": "",
        "when": words.moment(at),
        "is_unread": False,
    }
