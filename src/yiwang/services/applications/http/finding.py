"""找事项: home, search, browsing by department and place, guides; for anyone, signed in or not."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.identity.http.actors import actor_of
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.errors import NotFoundError
from yiwang.services.applications.http import guides, mine
from yiwang.services.applications.matters import matters_of
from yiwang.services.items.catalogue import (
    county_tree,
    find_items,
    places_of,
    units_by_county,
)
from yiwang.services.items.selectors import ItemFilter, get_implementation

PAGE_SIZE = 20
LIVE_SIZE = 8


def _citizen(request: HttpRequest) -> Actor | None:
    """Return who is signed in as a citizen or for an enterprise, if anyone."""
    actor = actor_of(request)
    return actor if actor is not None and not actor.is_official else None


def _residence(actor: Actor | None) -> str:
    """Return the code of the place where the person lives, or of their business's operator."""
    if actor is None or actor.acting_for_id is None:
        return ""
    row = (
        Party.objects.filter(pk=actor.acting_for_id)
        .values_list("residence_division_id", "operator__residence_division_id")
        .first()
    )
    return next((code for code in row or () if code), "")


def _given(request: HttpRequest, name: str) -> str:
    """Return a word of the address; PostgreSQL has no text with a null character in it."""
    return request.GET.get(name, "").replace("\0", "")[:100]


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """首页: one large search, life events, and what is the person's own now."""
    actor = _citizen(request)
    matters = matters_of(actor) if actor is not None else []
    events = guides.life_events()
    return render(
        request,
        "applications/home.html",
        {
            "section": "home",
            "mine": mine.matter_cards(matters),
            "people": [event for event in events if event["for"] == "PEOPLE"],
            "business": [event for event in events if event["for"] == "BUSINESS"],
            "popular": [_("个体工商户"), _("老年人优待证"), _("生育登记")],
        },
    )


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """找事项: by word, life event, unit and place; one entry for each thing that can be done."""
    wanted = ItemFilter(
        words=_given(request, "q"),
        life_event=_given(request, "life_event"),
        organization=_given(request, "organization"),
        division=_given(request, "division"),
        audience=_given(request, "audience"),
    )
    near = _residence(_citizen(request))
    if request.GET.get("live"):
        found = find_items(wanted, near=near, limit=LIVE_SIZE) if wanted.words.strip() else []
        entries = [guides.entry_of(one, wanted.division) for one in found]
        return render(request, "applications/search_live.html", {"rows": entries})
    started = _given(request, "start")
    start = int(started) if started.isdecimal() and len(started) < 6 else 0
    found = find_items(wanted, near=near, limit=PAGE_SIZE + 1, offset=start)
    return render(
        request,
        "applications/search.html",
        {
            "section": "search",
            "wanted": wanted,
            "title": _search_title(wanted),
            "tabs": _browse_tabs(),
            "trail": [(_("首页"), reverse("portal:home")), (_("找事项"), reverse("portal:search"))],
            "rows": [guides.entry_of(one, wanted.division) for one in found[:PAGE_SIZE]],
            "next_href": _with(request, start=str(start + PAGE_SIZE))
            if len(found) > PAGE_SIZE
            else "",
            "previous_href": _with(request, start=str(max(0, start - PAGE_SIZE))) if start else "",
            "places": _place_choices(wanted.division),
            "audiences": [
                {
                    "label": label,
                    "href": _with(request, audience=key, start=""),
                    "current": wanted.audience == key,
                }
                for key, label in (
                    ("", _("都看")),
                    ("PERSON", _("个人")),
                    ("ENTERPRISE", _("企业商户")),
                )
            ],
            "kept": [
                (key, value)
                for key in ("q", "life_event", "organization", "audience")
                if (value := _given(request, key))
            ],
            "is_narrowed": any((wanted.division, wanted.audience, wanted.organization)),
            "all_href": _with(request, division="", audience="", organization="", start=""),
        },
    )


def _with(request: HttpRequest, **changed: str) -> str:
    query = request.GET.copy()
    for key, value in changed.items():
        query.pop(key, None)
        if value:
            query[key] = value
    return f"{reverse('portal:search')}?{query.urlencode()}" if query else reverse("portal:search")


def _search_title(wanted: ItemFilter) -> str:
    """Return the name of a life event or of a unit when the page is about one."""
    if wanted.life_event:
        return guides.life_event_title(wanted.life_event)
    if wanted.organization:
        name = Organization.objects.filter(pk=wanted.organization).values_list("name", flat=True)
        return name.first() or ""
    return ""


def _place_choices(chosen: str) -> list[tuple[str, str]]:
    rows = Division.objects.filter(level=Division.Level.COUNTY).order_by("code")
    choices = [("", _("全市")), *((one.code, one.name) for one in rows)]
    if chosen and chosen not in dict(choices):
        # A town from the page of places: shown, though the short list has only counties.
        name = Division.objects.filter(code=chosen).values_list("name", flat=True).first()
        choices += [(chosen, name)] if name else []
    return choices


@require_GET
def departments(request: HttpRequest) -> HttpResponse:
    """按部门找: every unit that offers something, below its county."""
    url = reverse("portal:search")
    near = _residence(_citizen(request))
    counties = [
        {
            "key": one.place.code,
            "name": one.place.name,
            "units": [_unit_entry(unit, url) for unit in one.own],
            "towns": [_unit_entry(unit, url) for unit in one.towns],
            "is_near": near.startswith(one.place.code[:6]),
        }
        for one in units_by_county()
    ]
    counties.sort(key=lambda county: not county["is_near"])
    return render(
        request,
        "applications/departments.html",
        {"section": "search", "tabs": _browse_tabs(), "counties": counties},
    )


def _unit_entry(unit: Any, url: str) -> dict[str, Any]:
    return {
        "name": unit.short_name or unit.name,
        "full": unit.name,
        "items": unit.items,
        "href": f"{url}?organization={unit.code}",
    }


@require_GET
def places(request: HttpRequest) -> HttpResponse:
    """按地方找: counties, functional zones and their towns."""
    url = reverse("portal:search")
    near = _residence(_citizen(request))
    counties = [
        {
            "key": county.code,
            "name": county.name,
            "href": f"{url}?division={county.code}",
            "towns": [
                {
                    "name": town.name,
                    "href": f"{url}?division={town.code}",
                    "is_near": town.code == near,
                }
                for town in towns
            ],
            "is_near": near.startswith(county.code[:6]),
        }
        for county, towns in county_tree()
    ]
    counties.sort(key=lambda county: not county["is_near"])
    return render(
        request,
        "applications/places.html",
        {"section": "search", "tabs": _browse_tabs(), "counties": counties},
    )


def _browse_tabs() -> list[dict[str, str]]:
    return [
        {"key": "words", "label": _("按名称找"), "href": reverse("portal:search")},
        {"key": "departments", "label": _("按部门找"), "href": reverse("portal:departments")},
        {"key": "places", "label": _("按地方找"), "href": reverse("portal:places")},
    ]


@require_GET
def service(request: HttpRequest, key: str) -> HttpResponse:
    """选地方: where an item can be done; with one place only, its guide at once."""
    division = _given(request, "division")
    groups = places_of(key, division=division) or places_of(key)
    if not groups:
        raise NotFoundError
    if len(groups) == 1 and len(groups[0].rows) == 1:
        return redirect("portal:item", groups[0].rows[0].code)
    near = _residence(_citizen(request))
    return render(request, "applications/service.html", guides.chooser(groups, near))


@require_GET
def item(request: HttpRequest, code: str) -> HttpResponse:
    """办事指南: can I, what do I need, how long, what does it cost, where."""
    row = get_implementation(code)
    actor = _citizen(request)
    party_id = actor.acting_for_id if actor is not None else None
    return render(request, "applications/item.html", guides.guide(row, party_id))
