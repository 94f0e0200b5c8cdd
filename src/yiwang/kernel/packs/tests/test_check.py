"""The check of packs: a sound pack passes, and each fault is named by file, line and mend."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from yiwang.kernel.packs.check import check_pack, known_names
from yiwang.kernel.packs.tests.sample import FILES, KNOWN, write

ITEM = "items/tree_felling.yaml"
FORM = "forms/tree_felling.yaml"
RULE = "rules/tree_felling_intake.yaml"
PROCESS = "process/tree_felling.yaml"
LICENCE = "licences/felling_licence.yaml"
STORY = "stories/happy.yaml"

# What is written instead of what, in which file; the code of the finding, and the text on its line.
FAULTS = [
    (ITEM, "trips: 0", "trips: 0\nspeed: fast", "KEY_UNKNOWN", "speed: fast"),
    (ITEM, "trips: 0\n", "", "KEY_MISSING", "key: tree_felling"),
    (ITEM, "trips: 0", "trips: many", "VALUE_WRONG", "trips: many"),
    (ITEM, "trips: 0", "trips: 0\ntrips: 1", "KEY_TWICE", "trips: 1"),
    (ITEM, 'edition: "2019"', "edition: 2019", "VALUE_WRONG", "legal_basis"),
    (ITEM, "form: tree_felling", "form: tree_cutting", "NAME_UNKNOWN", "form: tree_cutting"),
    (ITEM, "process: tree_felling", "process: none", "NAME_UNKNOWN", "process: none"),
    (ITEM, "{intake: tree_", "{intake: bush_", "NAME_UNKNOWN", "rules: {intake: bush_"),
    (ITEM, "function: forestry", "function: fishery", "NAME_UNKNOWN", "function: fishery"),
    (ITEM, "stop_item: tree_planting", "stop_item: nowhere", "NAME_UNKNOWN", "stop_item: nowhere"),
    (ITEM, "licence_type: identity_proof", "licence_type: pass", "NAME_UNKNOWN", "type: pass"),
    (ITEM, "[{licence_type: felling_", "[{licence_type: cutting_", "NAME_UNKNOWN", "results"),
    (
        ITEM,
        "when: circumstances.near_road",
        "when: circumstances.near",
        "FEEL_NAME_UNKNOWN",
        "plan",
    ),
    (ITEM, "when: circumstances.near_road", "when: '1 +'", "FEEL_BROKEN", "key: plan"),
    (ITEM, "when: circumstances.near_road", "when: acts.look.act = 1", "FEEL_NAME_UNKNOWN", "plan"),
    (ITEM, "quantity: form.trees", "quantity: form.shrubs", "FEEL_NAME_UNKNOWN", "form.shrubs"),
    (ITEM, "amount: 5,", "amount: 21,", "PROMISE_LATER_THAN_LAW", "promised"),
    (
        ITEM,
        "amount: 5, unit: WORKING_DAY",
        "amount: 1, unit: MONTH",
        "PROMISE_LATER_THAN_LAW",
        "MONTH",
    ),
    (
        ITEM,
        "amount: 5,",
        "amount: 0, otherwise: {amount: 40, unit: WORKING_DAY},",
        "PROMISE_LATER_THAN_LAW",
        "otherwise",
    ),
    (
        ITEM,
        "source: unconfirmed, confirmed: false",
        "source: unconfirmed, confirmed: true",
        "UNCONFIRMED_SOURCE",
        "confirmed: true",
    ),
    (ITEM, "title_zh: 采伐地点图", "title_zh: 采伐地点图等材料", "MATERIAL_CATCH_ALL", "等材料"),
    (
        ITEM,
        "title_zh: 采伐地点图",
        "title_zh: 其他需要提供的资料",
        "MATERIAL_CATCH_ALL",
        "其他需要",
    ),
    (ITEM, "summary_en: Needed", "summary_en: 需要 Needed", "NOT_ENGLISH", "summary_en"),
    (ITEM, "summary_zh: 砍树以前办", "summary_zh: Felling", "NOT_CHINESE", "summary_zh"),
    (ITEM, "[Apply, Decide]", "[Apply]", "LANGUAGES_DIFFER", "procedure_en"),
    (ITEM, "key: near_road,", "key: kind,", "KEY_TWICE", "key: kind, question_zh: 靠近"),
    (FORM, "party.name", "party.nickname", "NAME_UNKNOWN", "party.nickname"),
    (FORM, "party.name", "oracle.name", "NAME_UNKNOWN", "oracle.name"),
    (FORM, "party.name", "licence.identity_proof.colour", "NAME_UNKNOWN", "colour"),
    (FORM, "[owner, trees]", "[owner, bushes]", "NAME_UNKNOWN", "required"),
    (FORM, "circumstances.near_road = true", "form.bushes > 1", "FEEL_NAME_UNKNOWN", "form.bushes"),
    (FORM, "type: integer", "type: whole", "VALUE_WRONG", "type: whole"),
    (RULE, "form.trees <= 10", "form.bushes <= 10", "FEEL_NAME_UNKNOWN", "form.bushes"),
    (RULE, 'when: ["false"]', 'when: ["true"]', "RULE_OVERLAP", "id: many"),
    (RULE, "'\"PERSON\"'", "PERSON + 1", "FEEL_NAME_UNKNOWN", "id: many"),
    (PROCESS, "start: receive", "start: begin", "STEP_UNKNOWN", "start: begin"),
    (PROCESS, "do: [accept], to: sort", "do: [accept], to: sorting", "STEP_UNKNOWN", "to: sorting"),
    (PROCESS, "role: receiver", "role: king", "NAME_UNKNOWN", "role: king"),
    (PROCESS, "function: fire_service", "function: magic", "NAME_UNKNOWN", "function: magic"),
    (PROCESS, "rule: intake", "rule: outtake", "NAME_UNKNOWN", "rule: outtake"),
    (PROCESS, "decisions.sort.route", "decisions.sort.road", "FEEL_NAME_UNKNOWN", "sort.road"),
    (PROCESS, "acts.look.passed", "acts.look.failed", "FEEL_NAME_UNKNOWN", "look.failed"),
    (PROCESS, "input.trees * 2", "input.bushes * 2", "FEEL_NAME_UNKNOWN", "input.bushes"),
    (PROCESS, "    signers: 2\n", "", "SITE_CHECK_ALONE", "look:"),
    (PROCESS, "[grant, issue_bill]", "[grant]", "WAIT_FOR_NOTHING", "event: payment_paid"),
    (PROCESS, "do: [request_correction]", "do: []", "WAIT_FOR_NOTHING", "correction_supplied"),
    (PROCESS, "do: [accept]", "do: []", "EFFECT_TOO_EARLY", "[refuse, conclude]"),
    (PROCESS, "do: [refuse, conclude]", "do: [refuse]", "END_WITHOUT_CONCLUSION", "[refuse]"),
    (PROCESS, "do: [grant, issue_bill]", "do: [grant, fly]", "NAME_UNKNOWN", "fly"),
    (PROCESS, "{type: felling_licence}", "{type: pass}", "NAME_UNKNOWN", "type: pass"),
    (PROCESS, "{issue_licence: {type: felling_licence}}", "issue_licence", "KEY_MISSING", "issue_"),
    (
        PROCESS,
        "refund_bill: {amount: input.trees * 2}",
        "refund_bill: {amount: 2, when: now}",
        "NAME_UNKNOWN",
        "when: now",
    ),
    (
        PROCESS,
        "do: [], to: joined}\n      refuse",
        "do: [], to: done}\n      refuse",
        "BRANCH_ESCAPES",
        "branches: [look, fire]",
    ),
    (LICENCE, "form.trees", "form.bushes", "FEEL_NAME_UNKNOWN", "form.bushes"),
    (LICENCE, "{division6}", "{division7}", "VALUE_WRONG", "number"),
    ("notices/tree_felling.yaml", "step.pay", "step.play", "NAME_UNKNOWN", "step.play"),
    ("pack.yaml", "packs: [anytown]", "packs: [othertown]", "NAME_UNKNOWN", "othertown"),
    ("pack.yaml", "covers: [B17]", "covers: [B17, B18]", "ROW_UNPROVED", "covers"),
    ("pack.yaml", "key: tree.felling", "key: tree.cutting", "KEY_DIFFERS", "tree.cutting"),
    (STORY, "act: accept", "act: wave", "NAME_UNKNOWN", "act: wave"),
    (STORY, "role: approver", "role: king", "NAME_UNKNOWN", "role: king"),
    (STORY, "{trees: 20}\n", "{bushes: 20}\n", "NAME_UNKNOWN", "bushes"),
    (STORY, "kind: TIMBER", "kind: IRON", "ANSWER_UNKNOWN", "IRON"),
    (STORY, ", near_road: true", "", "ANSWER_MISSING", "kind: TIMBER"),
    (STORY, "plan: sample.pdf", "plan: licence", "MATERIAL_SOURCE", "plan: licence"),
    (STORY, "input: {passed: true}", "input: {failed: true}", "INPUT_DIFFERS", "failed"),
    (STORY, "act: approve", "act: refuse", "OPINION_MISSING", "act: refuse"),
    (STORY, "holder: owner", "holder: thief", "NAME_UNKNOWN", "thief"),
    (STORY, "fields: {trees", "fields: {bushes", "NAME_UNKNOWN", "bushes"),
    (STORY, "- as: owner", "- as: thief", "NAME_UNKNOWN", "as: thief"),
    (STORY, "key: happy", "key: glad", "STORY_MISSING", ""),
]


def findings_of(folder: Path, files: dict[str, str]) -> list[tuple[str, str, int]]:
    return [(f.code, f.file, f.line) for f in check_pack(write(folder, files), KNOWN)]


def test_a_sound_pack_has_no_findings(tmp_path: Path) -> None:
    assert findings_of(tmp_path, FILES) == []


@pytest.mark.parametrize(("file", "old", "new", "code", "on_line"), FAULTS)
def test_each_fault_is_found_in_its_line(
    tmp_path: Path, file: str, old: str, new: str, code: str, on_line: str
) -> None:
    assert old in FILES[file]
    changed = FILES[file].replace(old, new, 1)

    findings = check_pack(write(tmp_path, {**FILES, file: changed}), KNOWN)

    hits = [f for f in findings if f.code == code]
    assert hits, [str(f) for f in findings]
    if on_line:
        lines = changed.splitlines()
        assert any(f.file == file and on_line in lines[f.line - 1] for f in hits), hits
    for finding in hits:
        assert finding.reason_zh and finding.reason_en and finding.mend_zh and finding.mend_en


def test_one_broken_file_hides_no_fault_of_another(tmp_path: Path) -> None:
    files = {
        **FILES,
        FORM: "key: [",
        LICENCE: FILES[LICENCE].replace("years: 1", "years: soon"),
    }

    assert findings_of(tmp_path, files) == [
        ("NOT_YAML", FORM, 1),
        ("VALUE_WRONG", LICENCE, 9),
    ]


def test_what_is_no_part_of_a_pack_is_refused(tmp_path: Path) -> None:
    files = {**FILES, "items/run.py": "print()", "code/x.yaml": "a: 1", "items/a/b.yaml": "a: 1"}

    codes = [(code, file) for code, file, _ in findings_of(tmp_path, files)]

    assert codes == [("FILE_UNKNOWN", f) for f in ("code/x.yaml", "items/a/b.yaml", "items/run.py")]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    pack = write(tmp_path, FILES)
    (tmp_path / "secret.yaml").write_text("key: secret")
    (pack / "items" / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (pack / "away").symlink_to(tmp_path)

    findings = check_pack(pack, KNOWN)

    assert [(f.code, f.file) for f in findings] == [
        ("FILE_IS_LINK", "away"),
        ("FILE_IS_LINK", "items/link.yaml"),
    ]


@pytest.mark.parametrize("name", ["absent", "empty"])
def test_a_folder_without_a_manifest_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()

    findings = check_pack(tmp_path / name, KNOWN)

    assert [f.code for f in findings] == ["MANIFEST_MISSING"]


def test_the_same_key_in_two_files_is_told(tmp_path: Path) -> None:
    findings = findings_of(tmp_path, {**FILES, "forms/again.yaml": FILES[FORM]})

    assert ("KEY_TWICE", FORM, 1) in findings


def test_a_place_list_with_a_bad_line_is_told(tmp_path: Path) -> None:
    heading = "code,name,level,parent_code,statutory,code_source,note"
    rows = f"{heading}\n990000000000,甲,CITY,,1,x,\n99,乙,,,,,\n"

    findings = findings_of(tmp_path, {**FILES, "divisions.csv": rows})

    assert findings == [("DIVISION_WRONG", "divisions.csv", 3)]


def test_known_names_come_from_the_packs_of_the_folder(tmp_path: Path, settings: Any) -> None:
    settings.PACKS_DIR = tmp_path
    write(tmp_path, FILES)
    (tmp_path / "city").mkdir()
    (tmp_path / "city" / "pack.yaml").write_text("key: [broken")
    (tmp_path / "city" / "roles.yaml").write_text("roles: [{key: baker}, 3]")
    (tmp_path / "city" / "organizations.yaml").write_text("patterns: [{functions: [baking]}]")

    known = known_names()

    assert known.packs == {"tree.felling", "city"}
    assert (known.roles, known.functions) == ({"baker"}, {"baking"})
    assert known.licence_types == {"felling_licence": {"owner", "trees"}}
    assert known.items == {"tree_felling"}


@pytest.mark.parametrize(
    "folder",
    sorted(path.parent for path in settings.PACKS_DIR.glob("*/pack.yaml")),
    ids=lambda p: p.name,
)
def test_every_pack_that_is_shipped_has_no_findings(folder: Path) -> None:
    assert [str(f) for f in check_pack(folder, known_names())] == []
