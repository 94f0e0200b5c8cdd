"""事项接口: public, read only."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from yiwang.services.items.models import ImplementationItem
from yiwang.services.items.selectors import ItemFilter, get_implementation, search_items

router = Router(tags=["items"])


class ItemOut(Schema):
    """One item as one unit offers it."""

    code: str
    title_zh: str
    title_en: str
    organization: str
    organization_name: str
    division: str
    level: str
    item_kind: str
    is_instant: bool
    promised_days: int | None


class GuideOut(ItemOut):
    """办事指南: every element of the implementation list."""

    version: str
    elements: dict[str, Any]


class SearchIn(Schema):
    q: str = ""
    life_event: str = ""
    organization: str = ""
    division: str = ""
    audience: str = ""
    limit: int = 20
    offset: int = 0


def _out(row: ImplementationItem) -> dict[str, Any]:
    return {
        "code": row.code,
        "title_zh": row.title_zh,
        "title_en": row.title_en,
        "organization": row.organization_id,
        "organization_name": row.organization_name,
        "division": row.division_id,
        "level": row.level,
        "item_kind": row.item_kind,
        "is_instant": row.is_instant,
        "promised_days": row.promised_days,
    }


@router.get("", response=list[ItemOut], summary="检索事项 Search items")
def list_items(request: HttpRequest, wanted: Query[SearchIn]) -> list[dict[str, Any]]:
    rows = search_items(
        ItemFilter(
            wanted.q, wanted.life_event, wanted.organization, wanted.division, wanted.audience
        ),
        limit=max(1, min(wanted.limit, 50)),
        offset=max(0, wanted.offset),
    )
    return [_out(row) for row in rows]


@router.get("/{code}", response=GuideOut, summary="办事指南 Guide of one item")
def get_item(request: HttpRequest, code: str) -> dict[str, Any]:
    row = get_implementation(code)
    return _out(row) | {"version": row.version.version, "elements": row.version.content}
