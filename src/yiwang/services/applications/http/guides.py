"""办事指南: an item put into words for a page, in the language of the page."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yiwang.kernel.registers.licences.actions.licences import usable_licences
from yiwang.services.applications.http.shown import either
from yiwang.services.applications.pages import titles_beside
from yiwang.services.items.catalogue import FoundItem, PlaceGroup
from yiwang.services.items.models import ImplementationItem

# More places than this are chosen on a page of their own.
MOST_PLACES = 8
# Key: Chinese and English title, Chinese and English words below it, icon, for whom.
LIFE_EVENTS: Mapping[str, tuple[str, str, str, str, str, str]] = {
    "BIRTH": (
        "生孩子",
        "Having a child",
        "登记、保险",
        "Registration, insurance",
        "baby",
        "PEOPLE",
    ),
    "RETIREMENT": (
        "养老",
        "Growing old",
        "优待证、补贴",
        "Cards, allowances",
        "armchair",
        "PEOPLE",
    ),
    "TRANSPORT": ("出行和道路", "Roads", "占道、挖路", "Using a road", "traffic-cone", "PEOPLE"),
    "HEALTH": ("卫生健康", "Health", "公共场所卫生", "Public places", "heart-pulse", "PEOPLE"),
    "START_BUSINESS": (
        "开办",
        "Starting up",
        "执照、登记",
        "Licence, registration",
        "store",
        "BUSINESS",
    ),
    "OPEN_SHOP": (
        "开店经营",
        "Running a shop",
        "食品、卫生",
        "Food, hygiene",
        "utensils",
        "BUSINESS",
    ),
    "CONSTRUCTION": (
        "施工",
        "Building works",
        "占道、围挡",
        "Road space, fences",
        "hard-hat",
        "BUSINESS",
    ),
}


def life_events() -> list[dict[str, Any]]:
    """Return the entries of the home page."""
    search = reverse("portal:search")
    return [
        {
            "label": either(words[0], words[1]),
            "text": either(words[2], words[3]),
            "icon": words[4],
            "for": words[5],
            "href": f"{search}?life_event={key}",
        }
        for key, words in LIFE_EVENTS.items()
    ]


def life_event_title(key: str) -> str:
    words = LIFE_EVENTS.get(key)
    return either(words[0], words[1]) if words else ""


def titles_of(codes: Iterable[str]) -> dict[str, str]:
    """Return the titles of implementation items by code, in one query, none for none."""
    wanted = list(codes)
    if not wanted:
        return {}
    rows = ImplementationItem.objects.filter(code__in=wanted, is_active=True)
    items = {
        code: either(zh, en) for code, zh, en in rows.values_list("code", "title_zh", "title_en")
    }
    return items | titles_beside(wanted)


def days_words(days: int | None) -> str:
    if days is None:
        return _("按法定期限")
    return _("当场办好") if days == 0 else _("%(days)s 个工作日") % {"days": days}


KINDS = {
    "ADMINISTRATIVE_LICENSING": ("行政许可", "Licensing"),
    "ADMINISTRATIVE_CONFIRMATION": ("行政确认", "Confirmation"),
    "PUBLIC_SERVICE": ("公共服务", "Public service"),
    "OTHER_POWER": ("其他行政权力", "Other"),
}


def entry_of(found: FoundItem, division: str = "") -> dict[str, Any]:
    """Return what a result list shows of an item: one entry, however many units offer it."""
    row = found.row
    if found.is_settled:
        href = reverse("portal:item", args=[row.code])
    else:
        href = reverse("portal:service", args=[row.item.key]) + _place_query(division)
    others = found.places - 1 if found.is_settled else found.places
    return {
        "title": either(row.title_zh, row.title_en),
        "href": href,
        "where": row.organization_name if found.is_settled else _places_words(found.places),
        "others": others if found.is_settled else 0,
        "others_href": reverse("portal:service", args=[row.item.key]) + _place_query(division),
        "is_instant": row.is_instant,
        "is_online": row.online_depth == "FULL",
        "days": days_words(row.promised_days),
        "kind": either(*KINDS[row.item_kind]),
    }


def _place_query(division: str) -> str:
    return f"?{urlencode({'division': division})}" if division else ""


def _places_words(count: int) -> str:
    return ngettext("%(count)s 个地方可办", "%(count)s 个地方可办", count) % {"count": count}


def chooser(groups: list[PlaceGroup], near: str) -> dict[str, Any]:
    """Return where an item can be done, the reader's own place first."""
    rows = [row for group in groups for row in group.rows]
    first = rows[0]
    mine = [row for row in rows if near and near.startswith(_significant(row.division_id))]
    others = [(group.county, [row for row in group.rows if row not in mine]) for group in groups]
    return {
        "section": "search",
        "title": either(first.title_zh, first.title_en),
        "trail": [(_("首页"), reverse("portal:home")), (_("找事项"), reverse("portal:search"))],
        "total": _places_words(len(rows)),
        "mine": [_place_entry(row) for row in mine],
        "groups": [
            {
                "name": county.name,
                "rows": [_place_entry(row) for row in rows],
                "is_near": near.startswith(_significant(county.code)),
            }
            for county, rows in others
            if rows
        ],
        # With one offer in each county a flat list is shorter than headings.
        "flat": [_place_entry(row) for _county, rows in others for row in rows]
        if all(len(group.rows) == 1 for group in groups)
        else [],
    }


def _significant(code: str) -> str:
    """Return a division code without the zeros that stand for everything below."""
    return code[:6] if code.endswith("000000") else code[:9] if code.endswith("000") else code


def _place_entry(row: ImplementationItem) -> dict[str, str]:
    return {
        "name": row.division.name,
        "unit": row.organization_name,
        "address": row.organization.address,
        "href": reverse("portal:item", args=[row.code]),
    }


def guide(row: ImplementationItem, party_id: int | None) -> dict[str, Any]:
    """Return the whole guide for a page; materials that the reader holds are ticked."""
    content = row.version.content
    held = {}
    if party_id is not None:
        held = {
            licence.type_key: licence
            for licence in usable_licences(party_id).select_related("type").order_by("id")
        }
    fee = content.get("fee", {})
    fee_words = (
        either(fee.get("description_zh", ""), fee.get("description_en", ""))
        if fee.get("charged")
        else _("不收费")
    )
    promised = content["limits"].get("promised")
    statutory = content["limits"]["statutory"]
    unit = row.organization
    days = days_words(row.promised_days)
    return {
        "section": "search",
        "row": row,
        "title": either(row.title_zh, row.title_en),
        "summary": _both(content, "summary"),
        "subject": _both(content, "subject"),
        "trail": [(_("首页"), reverse("portal:home")), (_("找事项"), reverse("portal:search"))],
        "tags": _tags(row, fee),
        "conditions": [either(one["zh"], one["en"]) for one in content.get("conditions", [])],
        "stops": _stops(content),
        "materials": [_material(raw, held) for raw in content.get("materials", [])],
        "procedure": content["procedure_zh"]
        if either("zh", "en") == "zh"
        else content["procedure_en"],
        "limits": [
            (_("承诺期限"), _limit_words(promised) if promised else "—"),
            (_("法定期限"), _limit_words(statutory)),
            (_("依据"), statutory["source"]),
        ],
        "legal_basis": content.get("legal_basis", []),
        "faqs": [
            {"q": either(one["q_zh"], one["q_en"]), "a": either(one["a_zh"], one["a_en"])}
            for one in content.get("faqs", [])
        ],
        "brief": [
            (_("多久办好"), days),
            (_("收费"), fee_words),
            (_("谁来办"), row.organization_name),
            (_("咨询电话"), unit.phone or "12345"),
            (_("窗口"), unit.address or _("各级政务服务大厅综合窗口")),
        ],
        "brief_large": [
            (_("多久办好"), days),
            (_("收费"), fee_words),
            (_("谁来办"), row.organization_name),
        ],
        "contact_phone": unit.phone or "12345",
        "days": days,
        "fee": fee_words,
        "start_url": reverse("portal:start", args=[row.code]),
        "other_places": _other_places(row),
        "can_start": row.version.process_id is not None,
    }


def _both(content: Mapping[str, Any], key: str) -> str:
    return either(content.get(f"{key}_zh", ""), content.get(f"{key}_en", ""))


def _tags(row: ImplementationItem, fee: Mapping[str, Any]) -> list[dict[str, str]]:
    tags = []
    if row.is_instant:
        tags.append({"label": _("当场办好"), "tone": "good"})
    if row.online_depth == "FULL":
        tags.append({"label": _("全程网办"), "tone": "primary"})
    if row.version.content.get("trips") == 0:
        tags.append({"label": _("不用跑"), "tone": "good"})
    tags.append({"label": _("收费") if fee.get("charged") else _("不收费"), "tone": ""})
    return tags


def _stops(content: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "title": either(option["title_zh"], option["title_en"]),
            "words": either(option["stop_zh"], option["stop_en"]),
        }
        for question in content.get("circumstances", [])
        for option in question.get("options", [])
        if "stop_zh" in option
    ]


def _material(raw: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    sources = raw["sources"]
    licence = held.get(raw.get("licence_type", ""))
    state, source, status = "upload", "", _("要准备")
    if "DATA" in sources:
        state, source, status = "held", _("数据共享"), _("免提交")
    elif licence is not None:
        title = either(licence.type.title_zh, licence.type.title_en)
        state, source, status = "held", title, _("您已有，免提交")
    elif "LICENCE" in sources:
        status = _("有电子证照的免提交")
    elif "PROMISE" in sources and "UPLOAD" not in sources:
        state, status = "promise", _("在线承诺")
    if not raw.get("required", True):
        status = _("选交")
    if raw.get("when"):
        status = _("部分情况要交") if state == "upload" else status
    return {
        "title": either(raw["title_zh"], raw["title_en"]),
        "note": either(raw.get("note_zh", ""), raw.get("note_en", "")),
        "state": state,
        "source": source,
        "status": status,
    }


def _limit_words(limit: Mapping[str, Any]) -> str:
    if limit["amount"] == 0:
        return _("当场")
    units = {
        "WORKING_DAY": _("%(n)s 个工作日"),
        "CALENDAR_DAY": _("%(n)s 个自然日"),
        "MONTH": _("%(n)s 个月"),
    }
    words = units.get(limit["unit"], "%(n)s") % {"n": limit["amount"]}
    return words if limit.get("confirmed", True) else f"{words}（{_('待核实')}）"


def _other_places(row: ImplementationItem) -> dict[str, Any]:
    """Return the other places when they fit in a short list, else the way to the whole list."""
    others = list(
        ImplementationItem.objects.filter(item_id=row.item_id, is_active=True)
        .exclude(pk=row.pk)
        .order_by("division_id")
        .values_list("code", "division__name")[: MOST_PLACES + 1]
    )
    is_short = len(others) <= MOST_PLACES
    return {
        "links": [
            {"href": reverse("portal:item", args=[code]), "label": name}
            for code, name in others
            if is_short
        ],
        "all_href": "" if is_short else reverse("portal:service", args=[row.item.key]),
    }
