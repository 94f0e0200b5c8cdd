"""Reading a code list: every fault has its row and its reason, and nothing is loaded."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.divisions import facade as divisions
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.divisions.rules import listing

CITY = {
    "code": "990100000000",
    "name": "示例市",
    "level": "CITY",
    "parent_code": "",
    "statutory": "1",
    "code_source": "GB/T 2260",
}
COUNTY = {**CITY, "code": "990102000000", "name": "东区", "level": "COUNTY"} | {
    "parent_code": CITY["code"]
}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": "99010200000"}, "DIVISION_CODE_FORM"),
        ({"code": "９９０１０２００００００"}, "DIVISION_CODE_FORM"),
        ({"code": "990102000001"}, "DIVISION_CODE_LEVEL"),
        ({"code": CITY["code"]}, "DIVISION_CODE_TWICE"),
        ({"name": "  "}, "DIVISION_FIELD_EMPTY"),
        ({"level": "DISTRICT"}, "DIVISION_LEVEL"),
        ({"statutory": "yes"}, "DIVISION_STATUTORY"),
        ({"parent_code": "990199000000"}, "DIVISION_PARENT"),
        ({"level": "TOWN", "code": "990102001000"}, "DIVISION_PARENT"),
    ],
)
def test_a_fault_names_the_row_and_the_reason(change: dict[str, str], code: str) -> None:
    listed, problems = listing.read_rows([CITY, {**COUNTY, **change}])

    assert [place.code for place in listed] == [CITY["code"]]
    assert [(problem.code, problem.field.split(":")[0]) for problem in problems] == [
        (code, "row 3")
    ]
    assert problems[0].reason_zh.startswith("第 3 行：")


@pytest.mark.django_db
def test_a_list_with_one_fault_loads_nothing() -> None:
    with pytest.raises(divisions.DivisionListError) as refused:
        divisions.load_divisions(
            rows=[CITY, COUNTY, {**COUNTY, "code": "1"}],
            valid_from=date(2023, 1, 1),
            actor=SYSTEM,
        )

    assert len(refused.value.problems) == 1
    assert not Division.objects.exists()


@pytest.mark.parametrize(
    ("name", "statutory", "kind"),
    [
        ("阳江监狱", False, "PRISON"),
        ("阳江林场罗琴分场", False, "FARM"),
        ("阳东原种场", False, "FARM"),
        ("石录矿区", False, "OTHER"),
        ("林场村村委会", True, "STATUTORY"),
        ("阳江监狱虚拟社区", True, "OTHER"),
    ],
)
def test_farms_and_prisons_are_told_by_their_names(name: str, statutory: bool, kind: str) -> None:
    assert listing.kind_of(name, statutory=statutory) == kind


@given(st.dictionaries(st.sampled_from(sorted(CITY)), st.text(max_size=14)))
def test_any_row_gives_a_place_or_a_problem_and_never_both(change: dict[str, str]) -> None:
    listed, problems = listing.read_rows([{**CITY, **change}])

    assert len(listed) + len(problems) == 1
