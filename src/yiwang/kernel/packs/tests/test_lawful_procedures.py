"""What a pack may say of special procedures, of papers and of held licences."""

from pathlib import Path

import pytest

from yiwang.kernel.packs.check import check_pack
from yiwang.kernel.packs.tests.sample import FILES, KNOWN, write

ITEM = "items/tree_felling.yaml"
PROCESS = "process/tree_felling.yaml"
LAWFUL = "{kind: TESTING, source: 森林法 第五十七条, days: 5}"


def codes(folder: Path, name: str, text: str, instead: str) -> set[str]:
    assert text in FILES[name]
    bent = FILES | {name: FILES[name].replace(text, instead, 1)}
    return {found.code for found in check_pack(write(folder, bent), KNOWN)}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (LAWFUL, None),
        ("{kind: TESTING, days: 5}", "KEY_MISSING"),
        ('{kind: TESTING, source: " ", days: 5}', "SOURCE_MISSING"),
        ("{kind: SITE_CHECK, source: x, days: 5}", "EXCLUSION_NOT_LAWFUL"),
        ("{kind: PUBLIC_NOTICE, source: x, days: 5}", "EXCLUSION_NOT_LAWFUL"),
        ("{kind: TESTING, source: x, days: many}", "VALUE_WRONG"),
    ],
)
def test_time_leaves_a_limit_only_for_a_lawful_reason_with_its_source(tmp_path, options, code):
    found = codes(tmp_path, PROCESS, "do: [accept]", f"do: [accept, {{begin_special: {options}}}]")
    assert found == ({code} if code else set())


def test_what_a_process_needs_of_its_item_must_stand_there(tmp_path):
    found = codes(tmp_path, PROCESS, "do: [accept]", "do: [begin_handling, accept]")
    assert found == {"ELEMENT_MISSING"}


def test_a_special_procedure_comes_after_acceptance(tmp_path):
    found = codes(tmp_path, PROCESS, "do: [accept]", f"do: [{{begin_special: {LAWFUL}}}, accept]")
    assert found == {"EFFECT_TOO_EARLY"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ('{GRANT: {body: ["{asked}，准予。", "{extra}"]}}', None),
        ('{GRANT: {body: ["{colour}"]}}', "PAPER_NAME_UNKNOWN"),
        ('{GRANT: {body: ["{asked"]}}', "PAPER_NAME_UNKNOWN"),
        ("{REFUSAL: {remedy: 可以申请行政复议}}", "REMEDY_INCOMPLETE"),
        ("{LETTER: {title: 信}}", "VALUE_WRONG"),
    ],
)
def test_own_words_of_papers_name_what_papers_know_and_both_remedies(tmp_path, words, code):
    found = codes(tmp_path, ITEM, "\nfee:", f"\npapers: {words}\nfee:")
    assert (code is None and not found) or code in found or (code == "VALUE_WRONG" and found)
