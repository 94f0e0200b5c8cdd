"""Overlays: a place says what differs there; a pack that is off is inert, its history readable."""

import json
from collections.abc import Mapping

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tests.anytown import CITY, COUNTY, felling, write_pack
from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.packs import registry
from yiwang.kernel.packs.actions.packs import (
    apply_pack,
    current_release,
    in_order,
    plan_pack,
    switch_pack,
)
from yiwang.kernel.packs.check import check_pack, known_names
from yiwang.kernel.packs.errors import (
    PackBrokenError,
    PackMissingError,
    PackNeededError,
    PackOffError,
)
from yiwang.kernel.packs.exporting import export_pack
from yiwang.kernel.packs.models import PackRelease
from yiwang.kernel.packs.reading import read_pack
from yiwang.kernel.reach.notify.models import Binding
from yiwang.services.items.errors import OverlayConflictError
from yiwang.services.items.models import ImplementationItem, ItemOverlay, ItemVersion, ServiceItem

KEY = "tree.felling"
LOCAL = "tree.local"
OTHER = "990002000000"


def local(
    *, key: str = LOCAL, division: str = COUNTY, item: str = "", version: str = "1.0.0"
) -> dict[str, str]:
    """Return the files of an overlay over the sample pack."""
    story = felling()["stories/happy.yaml"]
    said = item or "limits: {promised: {amount: 3, valid_from: 2026-10-01}}\ntrips: 1\n"
    return {
        "pack.yaml": f"""\
key: {key}
version: {version}
title_zh: 甲县的树
title_en: Trees of this county
summary_zh: 甲县自己的承诺
summary_en: What this county promises
requires: {{platform: ">=0.1", packs: [{KEY}]}}
overlay: {{of: {KEY}, division: "{division}"}}
owner: {division}.forestry
covers: []
standards: []
""",
        "items/tree_felling.yaml": f"key: tree_felling\n{said}",
        "stories/happy.yaml": story,
    }


@pytest.fixture
def packs(settings, tmp_path, db):
    """City, pack and overlay in a folder; all in force."""
    settings.PACKS_DIR = tmp_path
    folders = [
        write_pack(tmp_path, "anytown", CITY),
        write_pack(tmp_path, KEY, felling()),
        write_pack(tmp_path, LOCAL, local()),
    ]
    for folder in in_order(folders):
        apply_pack(actor=SYSTEM, path=folder)
    return tmp_path


def offer(division: str) -> ImplementationItem:
    return ImplementationItem.objects.get(item__key="tree_felling", division_id=division)


# overlays


def test_the_place_has_its_own_promise_and_the_rest_is_the_citys(packs):
    here, elsewhere = offer(COUNTY), offer(OTHER)
    assert (here.promised_days, elsewhere.promised_days) == (3, 5)
    own, common = here.version.content, elsewhere.version.content
    assert own["limits"]["statutory"] == common["limits"]["statutory"]
    assert own["limits"]["promised"]["unit"] == common["limits"]["promised"]["unit"]
    assert (own["trips"], common["trips"]) == (1, 0)
    assert here.version.process_id == elsewhere.version.process_id
    assert here.version.place_id == COUNTY
    assert ItemVersion.objects.get(is_current=True) == elsewhere.version
    # Search knows the row of the overlay as well as the other.
    assert not ImplementationItem.objects.filter(search=None).exists()


def test_what_the_city_changes_reaches_the_place_unless_it_says_otherwise(packs):
    before = offer(COUNTY).version
    item = felling()["items/tree_felling.yaml"].replace("amount: 5,", "amount: 9,")
    write_pack(packs, KEY, felling(items=item.replace("online_depth: FULL", "online_depth: APPLY")))
    apply_pack(actor=SYSTEM, path=packs / KEY)
    here, elsewhere = offer(COUNTY), offer(OTHER)
    assert (here.promised_days, elsewhere.promised_days) == (3, 9)
    assert here.online_depth == elsewhere.online_depth == "APPLY"
    # A case that began before stays on what held then.
    assert before.content["online_depth"] == "FULL"
    assert here.version != before


def test_a_towns_overlay_lies_over_its_countys(packs):
    town = "990001001000"
    item = felling()["items/tree_felling.yaml"].replace("level: COUNTY}", "level: COUNTY}")
    assert item
    write_pack(packs, "tree.town", local(key="tree.town", division=town, item="trips: 2\n"))
    apply_pack(actor=SYSTEM, path=packs / "tree.town")
    row = ItemVersion.objects.get(place_id=town)
    assert (row.content["trips"], row.content["limits"]["promised"]["amount"]) == (2, 3)
    # The county's own units are not of the town.
    assert offer(COUNTY).version.place_id == COUNTY


def test_an_overlay_is_planned_exported_and_taken_away_like_any_pack(packs, tmp_path_factory):
    assert plan_pack(read_pack(packs / LOCAL)) == []
    out = tmp_path_factory.mktemp("out") / LOCAL
    export_pack(key=LOCAL, folder=out)
    assert read_pack(out).files == read_pack(packs / LOCAL).files
    changed = local(item="trips: 1\n")
    write_pack(packs, LOCAL, changed)
    (change,) = plan_pack(read_pack(packs / LOCAL))
    assert (change.kind, change.section, change.key) == ("change", "overlays", "tree_felling")
    assert [(v.kind, v.path) for v in change.values] == [("remove", "limits")]
    apply_pack(actor=SYSTEM, path=packs / LOCAL)
    assert offer(COUNTY).promised_days == 5
    del changed["items/tree_felling.yaml"]
    write_pack(packs, LOCAL, changed)
    apply_pack(actor=SYSTEM, path=packs / LOCAL)
    assert offer(COUNTY).version == offer(OTHER).version
    assert not ItemOverlay.objects.exists()


@pytest.mark.parametrize(
    ("item", "code", "line"),
    [
        ("limits: {promised: {amount: 21}}\n", "PROMISE_LATER_THAN_LAW", 2),
        ("trips: 1\nlimits: {statutory: {amount: 2}}\n", "KEY_MISSING", 3),
        ("legal_basis: []\n", "KEY_UNKNOWN", 2),
        ("materials:\n  - {key: moon_rock, note_zh: 石头, note_en: Rock}\n", "NAME_UNKNOWN", 3),
        ("fee: {charged: false}\n", "KEY_UNKNOWN", 2),
        ("faqs:\n  - {q_zh: 问}\n", "KEY_MISSING", 3),
    ],
)
def test_an_overlay_cannot_change_what_is_law(packs, item, code, line):
    write_pack(packs, LOCAL, local(item=item))
    findings = check_pack(packs / LOCAL, known_names())
    assert (code, "items/tree_felling.yaml", line, LOCAL) in {
        (f.code, f.file, f.line, f.pack) for f in findings
    }
    with pytest.raises(PackBrokenError):
        apply_pack(actor=SYSTEM, path=packs / LOCAL)
    assert offer(COUNTY).promised_days == 3


def test_an_overlay_names_its_ground_and_its_place(packs):
    files = local(division="999999000000")
    files["pack.yaml"] = files["pack.yaml"].replace(f"packs: [{KEY}]", "packs: []")
    files["items/tree_felling.yaml"] = "key: tree_climbing\ntrips: 1\n"
    write_pack(packs, LOCAL, files)
    found = {(f.code, f.path) for f in check_pack(packs / LOCAL, known_names())}
    assert {
        ("OVERLAY_NOT_REQUIRED", "overlay.of"),
        ("NAME_UNKNOWN", "overlay.division"),
        ("NAME_UNKNOWN", "key"),
    } <= found


def test_two_packs_cannot_lie_over_one_item_at_one_place(packs):
    write_pack(packs, "tree.again", local(key="tree.again"))
    with pytest.raises(OverlayConflictError) as refused:
        apply_pack(actor=SYSTEM, path=packs / "tree.again")
    assert LOCAL in refused.value.zh
    assert current_release("tree.again") is None
    # While one is off the other may; then it is the first that has to wait.
    switch_pack(actor=SYSTEM, key=LOCAL, on=False)
    apply_pack(actor=SYSTEM, path=packs / "tree.again")
    with pytest.raises(OverlayConflictError):
        switch_pack(actor=SYSTEM, key=LOCAL, on=True)
    assert current_release(LOCAL).is_enabled is False


# off and on


def test_a_pack_that_is_off_is_inert_over_http_and_its_history_stays(packs):
    client = Client()
    code = offer(OTHER).code
    assert client.get(f"/api/v1/items/{code}").status_code == 200
    switch_pack(actor=SYSTEM, key=LOCAL, on=False)
    switch_pack(actor=SYSTEM, key=KEY, on=False)
    answer = client.get(f"/api/v1/items/{code}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert client.get("/api/v1/items", {"q": "树"}).json() == []
    assert client.get(f"/items/{code}/").status_code == 404
    assert not ServiceItem.objects.filter(key="tree_felling", is_active=True).exists()
    assert ItemVersion.objects.filter(item__key="tree_felling").count() == 2
    assert plan_pack(read_pack(packs / KEY)) == []
    switch_pack(actor=SYSTEM, key=KEY, on=True)
    assert client.get(f"/api/v1/items/{code}").status_code == 200
    assert offer(COUNTY).promised_days == 5
    switch_pack(actor=SYSTEM, key=LOCAL, on=True)
    assert offer(COUNTY).promised_days == 3


def test_what_has_no_switch_of_its_own_is_taken_away_and_brought_back(packs, monkeypatch):
    seen: list[tuple[set[str], frozenset[str]]] = []

    def keep(context: object, objects: Mapping[str, object], removed: frozenset[str]) -> None:
        seen.append((set(objects), removed))

    monkeypatch.setitem(registry._handlers, "stories", (2000, keep))
    switch_pack(actor=SYSTEM, key=LOCAL, on=False)
    switch_pack(actor=SYSTEM, key=LOCAL, on=True)
    assert seen == [(set(), frozenset({"happy"})), ({"happy"}, frozenset())]


def test_what_a_pack_tells_everybody_stops_and_who_began_is_told_as_before(packs):
    notice = felling()["notices/tree_felling.yaml"].replace(
        "event: step.pay,", "event: step.pay, for_all: true,"
    )
    write_pack(packs, KEY, felling(notices=notice))
    apply_pack(actor=SYSTEM, path=packs / KEY)
    bound = Binding.objects.filter(pack_key=KEY)
    assert bound.get().for_all is True
    switch_pack(actor=SYSTEM, key=LOCAL, on=False)
    switch_pack(actor=SYSTEM, key=KEY, on=False)
    assert bound.get().for_all is False
    switch_pack(actor=SYSTEM, key=KEY, on=True)
    assert bound.get().for_all is True


def test_switching_is_told_once_and_repeating_it_changes_nothing(packs):
    for _ in range(2):
        switch_pack(actor=SYSTEM, key=LOCAL, on=False)
    assert AuditEntry.objects.filter(action="pack.switch_off", object_id=LOCAL).count() == 1
    event = OutboxEvent.objects.get(type="pack.switched")
    assert event.data["on"] is False
    with pytest.raises(PackMissingError):
        switch_pack(actor=SYSTEM, key="nothing", on=False)


def test_what_others_need_cannot_go_and_nothing_stands_on_what_is_off(packs):
    with pytest.raises(PackNeededError) as refused:
        switch_pack(actor=SYSTEM, key=KEY, on=False)
    assert refused.value.details["packs"] == [LOCAL]
    switch_pack(actor=SYSTEM, key=LOCAL, on=False)
    switch_pack(actor=SYSTEM, key=KEY, on=False)
    with pytest.raises(PackOffError):
        switch_pack(actor=SYSTEM, key=LOCAL, on=True)
    write_pack(packs, LOCAL, local(version="1.1.0"))
    with pytest.raises(PackOffError):
        apply_pack(actor=SYSTEM, path=packs / LOCAL)


def test_a_pack_that_is_off_stays_off_when_it_is_applied_anew(packs):
    switch_pack(actor=SYSTEM, key=LOCAL, on=False)
    switch_pack(actor=SYSTEM, key=KEY, on=False)
    changed = felling()["items/tree_felling.yaml"].replace("trips: 0", "trips: 1")
    write_pack(packs, KEY, felling(items=changed))
    release, changes = apply_pack(actor=SYSTEM, path=packs / KEY)
    assert (release.is_enabled, len(changes)) == (False, 1)
    assert not ImplementationItem.objects.filter(is_active=True).exists()
    switch_pack(actor=SYSTEM, key=KEY, on=True)
    assert offer(OTHER).version.content["trips"] == 1


def test_the_command_switches_and_lists(packs, capsys):
    call_command("pack", "off", LOCAL)
    with pytest.raises(CommandError, match="nothing"):
        call_command("pack", "check", "nothing")
    with pytest.raises(CommandError, match="no such pack"):
        call_command("pack", "off", "nothing")
    capsys.readouterr()
    call_command("pack", "list", "--json")
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {one["pack"]: one["on"] for one in listed} == {
        "anytown": True,
        KEY: True,
        LOCAL: False,
    }
    call_command("pack", "on", LOCAL)
    assert PackRelease.objects.get(key=LOCAL, is_current=True).is_enabled
