"""Any valid pack goes in and comes out as it was; what is planned is exactly what differs."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as how

from tests.anytown import CITY, felling, write_pack
from tests.made_packs import KEY, Files, packs
from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.packs.actions.packs import apply_pack, plan_pack, put_object
from yiwang.kernel.packs.canonical import format_yaml, write_yaml
from yiwang.kernel.packs.check import check_pack, known_names
from yiwang.kernel.packs.errors import PackBrokenError, PackMissingError, PackOlderError
from yiwang.kernel.packs.exporting import export_pack, read_archive
from yiwang.kernel.packs.reading import read_files, read_pack
from yiwang.services.items.models import ItemVersion

SLOW = how(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def city(settings, tmp_path, db):
    settings.PACKS_DIR = tmp_path
    write_pack(tmp_path, "anytown", CITY)
    apply_pack(actor=SYSTEM, path=tmp_path / "anytown")
    return tmp_path


def objects(files: Files) -> dict[tuple[str, str], str]:
    """Return what a pack says, by section and key, in a text that keeps the order of keys."""
    content = read_files(files)
    said: dict[tuple[str, str], Any] = {
        (section, key): value
        for section, values in content.sections.items()
        for key, value in values.items()
    }
    said["pack", "pack.yaml"] = content.manifest
    return {where: json.dumps(value, ensure_ascii=False) for where, value in said.items()}


@SLOW
@given(files=packs())
def test_a_pack_comes_out_as_it_went_in(city, tmp_path_factory, files):
    folder = write_pack(city, KEY, files)
    findings = [str(f) for f in check_pack(folder, known_names()) if f.severity == "error"]
    assert findings == []
    out = tmp_path_factory.mktemp("out")
    with transaction.atomic():
        apply_pack(actor=SYSTEM, path=folder)
        assert plan_pack(read_pack(folder)) == []
        export_pack(key=KEY, folder=out)
        transaction.set_rollback(True)
    written = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*.yaml")}
    assert written == files
    formatted = {path: format_yaml(path, content) for path, content in files.items()}
    assert objects(formatted) == objects(files)


@SLOW
@given(first=packs(), second=packs())
def test_what_is_planned_is_exactly_what_differs(city, first, second):
    with transaction.atomic():
        apply_pack(actor=SYSTEM, path=write_pack(city, KEY, first))
        apply_pack(actor=SYSTEM, path=write_pack(city, KEY, second))
        planned = plan_pack(read_files(first))
        told = {(c.section, c.key): c.kind for c in planned if c.section != "files"}
        # Going back leaves nothing to do, and the version that stood before stands again.
        apply_pack(actor=SYSTEM, path=write_pack(city, KEY, first))
        assert plan_pack(read_files(first)) == []
        item = ItemVersion.objects.get(item__key="tree_felling", is_current=True)
        assert item.content == read_files(first).sections["items"]["tree_felling"]
        transaction.set_rollback(True)
    wanted, running = objects(first), objects(second)
    expected = dict.fromkeys(wanted.keys() - running.keys(), "add")
    expected |= dict.fromkeys(running.keys() - wanted.keys(), "remove")
    expected |= {
        where: "change"
        for where in wanted.keys() & running.keys()
        if wanted[where] != running[where]
    }
    assert told == expected
    assert (planned == []) == (first == second)
    for change in planned:
        if change.kind == "change" and change.section != "files":
            assert change.values


def test_an_order_that_is_seen_is_a_change_and_a_comment_is_told_as_such(city):
    apply_pack(actor=SYSTEM, path=write_pack(city, KEY, felling()))
    form = felling()["forms/tree_felling.yaml"].splitlines(keepends=True)
    form[-1], form[-2] = form[-2], form[-1]
    (change,) = plan_pack(read_pack(write_pack(city, KEY, felling(forms="".join(form)))))
    assert (change.kind, change.section) == ("change", "forms")
    (value,) = change.values
    assert value.path.endswith("properties")
    assert value.before == ["owner", "trees", "road"]
    apply_pack(actor=SYSTEM, path=city / KEY)
    version = ItemVersion.objects.get(item__key="tree_felling", is_current=True)
    fields = version.form.content["pages"][0]["schema"]["properties"]
    assert list(fields) == ["owner", "road", "trees"]
    commented = felling(
        forms="".join(form), rules="# 说明\n" + felling()["rules/tree_felling_intake.yaml"]
    )
    (change,) = plan_pack(read_pack(write_pack(city, KEY, commented)))
    assert (change.kind, change.section) == ("change", "files")


def test_an_object_edited_in_the_desk_is_stored_in_canonical_form(city, tmp_path_factory):
    folder = write_pack(city, KEY, felling())
    apply_pack(actor=SYSTEM, path=folder)
    before = read_pack(folder).files
    table = dict(read_pack(folder).sections["rules"]["tree_felling_intake"])
    table["title_zh"] = "收件核对：第二版"
    _release, changes = put_object(actor=SYSTEM, pack=KEY, section="rules", content=table)
    assert [(c.section, c.key) for c in changes] == [("rules", "tree_felling_intake")]
    assert [(v.path, v.after) for v in changes[0].values] == [("title_zh", "收件核对：第二版")]
    out = tmp_path_factory.mktemp("out")
    export_pack(key=KEY, folder=out)
    after = read_pack(out).files
    changed = "rules/tree_felling_intake.yaml"
    assert {path for path in after if after[path] != before[path]} == {changed}
    assert after[changed] == write_yaml(table) == format_yaml(changed, after[changed])
    with pytest.raises(PackBrokenError):
        put_object(actor=SYSTEM, pack=KEY, section="rules", content={**table, "rules": []})
    with pytest.raises(PackMissingError):
        put_object(actor=SYSTEM, pack="nothing", section="rules", content=table)
    assert plan_pack(read_pack(out)) == []


def test_a_lower_version_is_refused_unless_it_is_meant(city):
    newer = {**felling(), "pack.yaml": felling()["pack.yaml"].replace("1.0.0", "1.10.0")}
    apply_pack(actor=SYSTEM, path=write_pack(city, KEY, newer))
    older = {**felling(), "pack.yaml": felling()["pack.yaml"].replace("1.0.0", "1.9.0")}
    folder = write_pack(city, KEY, older)
    with pytest.raises(PackOlderError) as refused:
        apply_pack(actor=SYSTEM, path=folder)
    assert "1.10.0" in refused.value.zh
    release, _changes = apply_pack(actor=SYSTEM, path=folder, allow_older=True)
    assert release.version == "1.9.0"


# the command


def said(capsys) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_diff_compares_folders_environments_and_what_runs(city, capsys, tmp_path_factory):
    folder = write_pack(city, KEY, felling())
    call_command("pack", "apply", KEY, "--json")
    (applied,) = said(capsys)
    assert (applied["pack"], applied["version"], len(applied["changes"])) == (KEY, "1.0.0", 10)
    call_command("pack", "diff", KEY)
    assert "没有不同" in capsys.readouterr().out
    archive = tmp_path_factory.mktemp("out") / "city.zip"
    call_command("pack", "export", "--all", str(archive))
    assert read_archive(archive)[KEY].files == read_pack(folder).files
    item = felling()["items/tree_felling.yaml"].replace("amount: 5,", "amount: 4,")
    write_pack(city, KEY, felling(items=item))
    capsys.readouterr()
    with pytest.raises(CommandError):
        call_command("pack", "diff", KEY)
    told = capsys.readouterr().out
    assert "~ items/tree_felling" in told
    assert "~ limits.promised.amount: 5 → 4" in told
    call_command("pack", "apply", KEY)
    capsys.readouterr()
    with pytest.raises(CommandError):
        call_command("pack", "diff", str(archive), "running", "--json")
    (line,) = said(capsys)
    assert (line["pack"], line["kind"], line["key"]) == (KEY, "change", "tree_felling")
    with pytest.raises(CommandError) as wrong:
        call_command("pack", "diff", "nothing")
    assert wrong.value.returncode == 2


def test_fmt_writes_the_canonical_form_and_check_only_says(city, capsys):
    folder = write_pack(city, KEY, felling())
    before = read_pack(folder)
    with pytest.raises(CommandError) as refused:
        call_command("pack", "fmt", "--check", KEY)
    assert refused.value.returncode == 1
    assert read_pack(folder).files == before.files
    call_command("pack", "fmt", KEY)
    assert read_pack(folder).sections == before.sections
    capsys.readouterr()
    call_command("pack", "fmt", "--check", KEY)
    assert capsys.readouterr().out == ""


def test_a_finding_names_the_pack_in_words_and_in_json(city, capsys):
    write_pack(city, KEY, felling(process="key: tree_felling\nsteps: [\n"))
    with pytest.raises(CommandError):
        call_command("pack", "check", KEY)
    assert f"{KEY}/process/tree_felling.yaml:2" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("pack", "apply", KEY, "--json")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (lines[0]["pack"], lines[0]["file"]) == (KEY, "process/tree_felling.yaml")
    assert lines[-1]["code"] == "PACK_BROKEN"
