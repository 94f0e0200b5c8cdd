"""Packs: planned and applied as a whole or not at all, and given back byte for byte."""

import threading
from pathlib import Path

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from tests.anytown import CITY, felling, write_pack
from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.forms.models import FormDefinition
from yiwang.kernel.casework.process.models import ProcessDefinition
from yiwang.kernel.casework.rules.models import RuleDefinition
from yiwang.kernel.packs import registry
from yiwang.kernel.packs.actions.packs import (
    apply_pack,
    current_release,
    in_order,
    plan_pack,
)
from yiwang.kernel.packs.comparing import pack_digest
from yiwang.kernel.packs.errors import PackBrokenError, PackConflictError, PackMissingError
from yiwang.kernel.packs.exporting import export_pack
from yiwang.kernel.packs.models import PackFile, PackRelease
from yiwang.kernel.packs.reading import PackContent, read_files, read_pack
from yiwang.kernel.packs.registry import SectionContext
from yiwang.kernel.packs.versions import object_version
from yiwang.kernel.registers.licences.models import LicenceType
from yiwang.services.items.actions.items import refresh_offers
from yiwang.services.items.models import ImplementationItem, ItemVersion, ServiceItem

KEY = "tree.felling"


@pytest.fixture
def packs(settings, tmp_path):
    """The packs' folder of this test, with the city and the pack in it; nothing is applied."""
    settings.PACKS_DIR = tmp_path
    write_pack(tmp_path, "anytown", CITY)
    write_pack(tmp_path, KEY, felling())
    return tmp_path


@pytest.fixture
def applied(packs, db):
    """Both packs in force."""
    for folder in in_order([packs / KEY, packs / "anytown"]):
        apply_pack(actor=SYSTEM, path=folder)
    return packs


def in_force():
    """Return every version in force, and how often something was said to have happened."""
    tables = (FormDefinition, ProcessDefinition, RuleDefinition, LicenceType, ItemVersion)
    return (
        [list(t.objects.filter(is_current=True).values_list("pk", "version")) for t in tables],
        list(PackRelease.objects.values_list("key", "digest", "is_current").order_by("pk")),
        PackFile.objects.count(),
        AuditEntry.objects.count(),
        OutboxEvent.objects.count(),
    )


def test_a_pack_comes_after_those_that_it_requires(packs, db):
    assert [p.name for p in in_order([packs / KEY, packs / "anytown"])] == ["anytown", KEY]
    with pytest.raises(PackMissingError) as refused:
        in_order([packs / KEY])
    assert KEY in refused.value.zh
    circle = CITY | {"pack.yaml": CITY["pack.yaml"].replace("packs: []", f"packs: [{KEY}]")}
    write_pack(packs, "anytown", circle)
    with pytest.raises(PackMissingError):
        in_order([packs / KEY, packs / "anytown"])


def test_the_plan_lists_what_applying_changes_and_applying_leaves_nothing_to_plan(packs, db):
    apply_pack(actor=SYSTEM, path=packs / "anytown")
    planned = plan_pack(read_pack(packs / KEY))
    assert {(c.kind, c.section, c.key) for c in planned if c.section != "stories"} == {
        ("add", "items", "tree_felling"),
        ("add", "forms", "tree_felling"),
        ("add", "process", "tree_felling"),
        ("add", "rules", "tree_felling_intake"),
        ("add", "licences", "felling_licence"),
        ("add", "notices", "tree_pay"),
    }
    assert not PackRelease.objects.filter(key=KEY).exists()
    _release, changes = apply_pack(actor=SYSTEM, path=packs / KEY)
    assert changes == planned
    assert plan_pack(read_pack(packs / KEY)) == []


def test_applying_puts_everything_in_force_and_says_so_once(applied):
    item = ServiceItem.objects.get(key="tree_felling")
    assert (item.pack_key, item.is_active) == (KEY, True)
    offers = ImplementationItem.objects.filter(item=item, is_active=True).order_by("code")
    assert [offer.organization_name for offer in offers] == ["甲县林业局", "乙县林业局"]
    version = ItemVersion.objects.get(item=item, is_current=True)
    assert version.form == FormDefinition.objects.get(key="tree_felling", is_current=True)
    assert version.rules == {"intake": RuleDefinition.objects.get(is_current=True).pk}
    assert AuditEntry.objects.filter(action="pack.apply", object_id=KEY).count() == 1
    assert OutboxEvent.objects.filter(type="pack.applied", subject=KEY).count() == 1


@pytest.mark.proves(
    "B16", "目录更新：同一版本再次应用不产生任何变化，改动一处只更新这一处和依赖它的事项"
)
def test_applying_twice_changes_nothing_and_a_changed_form_only_what_stands_on_it(applied):
    before = in_force()
    release, changes = apply_pack(actor=SYSTEM, path=applied / KEY)
    assert (release, changes) == (current_release(KEY), [])
    assert in_force() == before

    process, rule = ProcessDefinition.objects.get(), RuleDefinition.objects.get()
    old = ItemVersion.objects.get()
    form = felling()["forms/tree_felling.yaml"].replace("minimum: 1", "minimum: 2")
    write_pack(applied, KEY, felling(forms=form))
    _release, changes = apply_pack(actor=SYSTEM, path=applied / KEY)
    assert [(c.kind, c.section, c.key) for c in changes] == [("change", "forms", "tree_felling")]
    assert ProcessDefinition.objects.get() == process
    assert RuleDefinition.objects.get() == rule
    new = ItemVersion.objects.get(is_current=True)
    assert new.pk != old.pk
    # Running cases stay on the version that they began with: it is still whole.
    old.refresh_from_db()
    assert (old.is_current, old.form.content["pages"][0]["schema"]["properties"]["trees"]) == (
        False,
        {"type": "integer", "title": "株数", "x-title-en": "Trees", "minimum": 1},
    )
    assert set(ImplementationItem.objects.values_list("version", flat=True)) == {new.pk}
    # Back again: the first version is in force once more, no third one is made.
    write_pack(applied, KEY, felling())
    apply_pack(actor=SYSTEM, path=applied / KEY)
    assert ItemVersion.objects.get(is_current=True) == old
    assert ItemVersion.objects.count() == 2


def test_what_a_pack_gives_up_is_no_longer_offered_and_its_history_stays(applied):
    old = ServiceItem.objects.get(key="tree_felling")
    renamed = {
        path: text.replace("key: tree_felling\n", "key: tree_cutting\n").replace(
            "item: tree_felling\n", "item: tree_cutting\n"
        )
        for path, text in felling().items()
        if path.startswith(("items/", "stories/"))
    }
    write_pack(applied, KEY, felling() | renamed)
    _release, changes = apply_pack(actor=SYSTEM, path=applied / KEY)
    items = {(c.kind, c.key) for c in changes if c.section == "items"}
    assert items == {("add", "tree_cutting"), ("remove", "tree_felling")}
    old.refresh_from_db()
    assert old.is_active is False
    assert not ImplementationItem.objects.filter(item=old, is_active=True).exists()
    assert ItemVersion.objects.filter(item=old).exists()
    assert ImplementationItem.objects.filter(item__key="tree_cutting", is_active=True).count() == 2


def test_units_that_become_competent_later_offer_the_item(applied):
    assert refresh_offers() == 0
    more = CITY["divisions.csv"] + "990003000000,丙县,COUNTY,990000000000,1,GB/T 2260,\n"
    places = CITY["organizations.yaml"].replace(
        "patterns:", '  "990003000000": {full: 丙县, paper: 丙}\npatterns:'
    )
    write_pack(applied, "anytown", CITY | {"divisions.csv": more, "organizations.yaml": places})
    apply_pack(actor=SYSTEM, path=applied / "anytown")
    assert refresh_offers() == 1
    offered = ImplementationItem.objects.filter(is_active=True).values_list(
        "organization_name", flat=True
    )
    assert set(offered) == {"甲县林业局", "乙县林业局", "丙县林业局"}
    Organization.objects.filter(name="乙县林业局").update(is_active=False)
    assert refresh_offers() == 1
    assert ImplementationItem.objects.filter(is_active=True).count() == 2
    assert refresh_offers() == 0


# what is refused


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (felling(process="key: tree_felling\nsteps: [\n"), "NOT_YAML"),
        (felling() | {"items/more.yaml": "key: x\nunknown: 1\n"}, "KEY_UNKNOWN"),
        (felling() | {"tools/run.py": "print()"}, "FILE_UNKNOWN"),
        (
            felling(
                forms=felling()["forms/tree_felling.yaml"].replace(
                    "circumstances.near_road = true", "circumstances.near_road = ("
                )
            ),
            "",
        ),
    ],
)
def test_a_broken_pack_changes_nothing_and_says_where(applied, files, code):
    before = in_force()
    write_pack(applied, KEY, files)
    with pytest.raises(PackBrokenError) as refused:
        apply_pack(actor=SYSTEM, path=applied / KEY)
    findings = refused.value.details["findings"]
    assert all(finding["file"] and finding["line"] and finding["mend_en"] for finding in findings)
    assert not code or code in {finding["code"] for finding in findings}
    assert in_force() == before


def test_a_pack_whose_requirement_is_not_applied_is_refused(packs, db):
    before = in_force()
    with pytest.raises(PackMissingError) as refused:
        apply_pack(actor=SYSTEM, path=packs / KEY)
    assert "anytown" in refused.value.zh
    assert in_force() == before


def test_a_part_that_cannot_be_applied_takes_everything_back(applied, monkeypatch):
    before = in_force()
    form = felling()["forms/tree_felling.yaml"].replace("minimum: 1", "minimum: 3")
    write_pack(applied, KEY, felling(forms=form))
    # The last part of all fails when all others have been put in force.
    monkeypatch.setitem(registry._handlers, "stories", (2000, _raise))
    with pytest.raises(ZeroDivisionError):
        apply_pack(actor=SYSTEM, path=applied / KEY)
    assert in_force() == before


def _raise(context: SectionContext, objects: object, removed: object) -> None:
    raise ZeroDivisionError


def test_two_packs_cannot_have_one_key(applied):
    other = {
        path: text.replace("key: tree.felling", "key: tree.other")
        for path, text in felling().items()
    }
    write_pack(applied, "tree.other", other)
    before = in_force()
    with pytest.raises(PackConflictError) as refused:
        apply_pack(actor=SYSTEM, path=applied / "tree.other")
    assert {"section": "items", "key": "tree_felling", "pack": KEY} in refused.value.details[
        "taken"
    ]
    assert in_force() == before


@pytest.mark.django_db(transaction=True)
def test_two_who_apply_at_once_make_one_release(packs):
    apply_pack(actor=SYSTEM, path=packs / "anytown")
    start = threading.Barrier(2)
    seen = []

    def apply() -> None:
        try:
            start.wait(10)
            seen.append(len(apply_pack(actor=SYSTEM, path=packs / KEY)[1]))
        finally:
            connection.close()

    threads = [threading.Thread(target=apply) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(seen) == [0, 10]
    assert PackRelease.objects.filter(key=KEY).count() == 1


# and back


def test_export_gives_the_bytes_back(applied, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    # Comments, blank lines and the order of keys are part of what somebody wrote.
    odd = "# 注释\n\n" + felling()["rules/tree_felling_intake.yaml"].replace("\n", "\r\n")
    write_pack(applied, KEY, felling(rules=odd))
    apply_pack(actor=SYSTEM, path=applied / KEY)
    written = export_pack(key=KEY, folder=out)
    assert {path.relative_to(out).as_posix() for path in written} == set(felling())
    for name in felling():
        assert (out / name).read_bytes() == (applied / KEY / name).read_bytes()
    assert current_release(KEY).digest == pack_digest(read_pack(out).files)
    with pytest.raises(PackMissingError):
        export_pack(key="nothing", folder=out)


def test_hidden_files_are_no_part_of_a_pack(packs):
    before = read_pack(packs / KEY)
    for name in (".git/config", ".DS_Store", "items/.swp"):
        path = packs / KEY / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    assert read_pack(packs / KEY) == before


_names = st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,2}\.(png|txt|bin)", fullmatch=True)


@pytest.mark.django_db
@how(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(_names, st.binary(max_size=64), max_size=5))
def test_whatever_bytes_are_stored_come_back_as_they_were(files, tmp_path_factory):
    together = {"pack.yaml": felling()["pack.yaml"].encode(), **files}
    # A name cannot be a file and a folder at once.
    folders = {
        "/".join(name.split("/")[:n]) for name in files for n in range(1, name.count("/") + 1)
    }
    together = {name: data for name, data in together.items() if name not in folders}
    content: PackContent = read_files(together)
    with transaction.atomic():
        release = PackRelease.objects.create(
            key=content.key,
            version=content.version,
            digest=pack_digest(together),
            manifest=content.manifest,
            applied_at="2026-01-01T00:00:00Z",
            applied_by_id=0,
        )
        PackFile.objects.bulk_create(
            PackFile(release=release, path=name, content=data) for name, data in together.items()
        )
        out = Path(tmp_path_factory.mktemp("out"))
        export_pack(key=content.key, folder=out)
        assert read_pack(out).files == together
        assert plan_pack(read_pack(out)) == []
        transaction.set_rollback(True)


@given(
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=6),
    st.randoms(use_true_random=False),
)
def test_the_version_of_an_object_is_its_content_and_the_order_of_its_keys(content, chance):
    shuffled = list(content.items())
    chance.shuffle(shuffled)
    same = shuffled == list(content.items())
    assert (object_version("1.0.0", dict(shuffled)) == object_version("1.0.0", content)) is same
    assert object_version("1.0.1", content) != object_version("1.0.0", content)
    changed = {**content, "another": 1}
    assert object_version("1.0.0", changed) != object_version("1.0.0", content)


@given(st.dictionaries(st.sampled_from("abcd"), st.binary(max_size=8)))
def test_two_packs_of_one_digest_have_the_same_files(files):
    digest = pack_digest(files)
    assert pack_digest(dict(reversed(files.items()))) == digest
    for name in files:
        assert pack_digest({**files, name: files[name] + b"x"}) != digest
        assert pack_digest({key: data for key, data in files.items() if key != name}) != digest
