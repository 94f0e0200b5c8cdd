"""Cards, tiles, tables, navigation inside a page."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from yiwang.kernel.ui import formats
from yiwang.kernel.ui.tags.registry import one_of, register, render
from yiwang.kernel.ui.tags.states import lamp

CELL_KINDS = ("text", "number", "money", "date", "moment", "lamp", "tag")


@register.simple_block_tag
def card(
    content: str,
    title: str = "",
    icon: str = "",
    level: int = 2,
    action_label: str = "",
    action_href: str = "",
    flush: bool = False,
    id: str = "",
) -> SafeString:
    """A framed part of a page. level: of its heading; flush: no padding (tables, rows)."""
    return render(
        "card",
        content=content,
        title=title,
        icon=icon,
        level=one_of("level", str(level), ("2", "3", "4")),
        action_label=action_label,
        action_href=action_href,
        flush=flush,
        id=id,
    )


@register.inclusion_tag("ui/components/tile.html")
def tile(label: str, href: str, icon: str, text: str = "") -> dict[str, Any]:
    """A life event (人生大事) or a large entry: icon and word. Put tiles in ``class="tiles"``."""
    return {"label": label, "href": href, "icon": icon, "text": text}


@register.inclusion_tag("ui/components/definitions.html")
def definitions(items: Iterable[Any], two_columns: bool = False) -> dict[str, Any]:
    """Terms and values. items: (term, value) pairs or mappings with term, value, note."""
    listed = [
        item if isinstance(item, Mapping) else {"term": item[0], "value": item[1]} for item in items
    ]
    return {"items": listed, "two_columns": two_columns}


def look_up(row: Any, key: str) -> Any:
    return row.get(key) if isinstance(row, Mapping) else getattr(row, key, None)


def cell(row: Any, column: Mapping[str, Any]) -> dict[str, Any]:
    kind = one_of("kind", column.get("kind", "text"), CELL_KINDS)
    value = look_up(row, column["key"])
    if kind == "money":
        value = formats.money(value)
    elif kind == "date":
        value = formats.day(value)
    elif kind == "moment":
        value = formats.moment(value)
    elif kind == "number" and value is not None:
        value = f"{value:,}"
    elif kind == "lamp" and value:
        value = lamp(value)
    return {
        "label": column["label"],
        "kind": "date" if kind == "moment" else kind,
        "value": "" if value is None else value,
        "href": look_up(row, column["href"]) if column.get("href") else "",
    }


@register.inclusion_tag("ui/components/data_table.html")
def data_table(
    columns: Sequence[Mapping[str, Any]],
    rows: Iterable[Any],
    caption: str = "",
    cards: bool = True,
    empty_title: str = "",
    empty_text: str = "",
) -> dict[str, Any]:
    """A table that turns into cards on a phone (unless ``cards=False``: it scrolls).

    columns: mappings with key, label, kind (text, number, money, date, moment, lamp, tag) and
    href (key of the row's address); the first column heads its row. rows: mappings or objects.
    """
    return {
        "columns": columns,
        "rows": [[cell(row, column) for column in columns] for row in rows],
        "caption": caption,
        "cards": cards,
        "empty_title": empty_title or _("还没有记录"),
        "empty_text": empty_text,
    }


@register.inclusion_tag("ui/components/list_row.html")
def list_row(
    title: str,
    href: str,
    meta: str = "",
    state: str = "",
    state_label: str = "",
    when: str = "",
    current: bool = False,
    unread: bool = False,
) -> dict[str, Any]:
    """A row of an inbox, in ``<ul class="rows" data-list>``; j/k move, Enter opens.

    state: lamp; when: due date in words; current: the one that is open beside.
    """
    return {
        "title": title,
        "href": href,
        "meta": meta,
        "state": state,
        "state_label": state_label,
        "when": when,
        "current": current,
        "unread": unread,
    }


@register.inclusion_tag("ui/components/pager.html")
def pager(next_href: str = "", previous_href: str = "", note: str = "") -> dict[str, Any]:
    """Keyset paging: to newer and older, no page numbers. Shows nothing when both are empty."""
    return {"next_href": next_href, "previous_href": previous_href, "note": note}


@register.inclusion_tag("ui/components/tabs.html")
def tabs(items: Iterable[Any], current: str, label: str = "") -> dict[str, Any]:
    """Parts of one page, each with its address. items: mappings with key, label, href, count."""
    return {"items": list(items), "current": current, "label": label or _("页内导航")}


@register.inclusion_tag("ui/components/breadcrumbs.html")
def breadcrumbs(items: Iterable[Any]) -> dict[str, Any]:
    """Where this page stands. items: (label, href) pairs, from the home page to the parent."""
    return {"items": list(items)}
