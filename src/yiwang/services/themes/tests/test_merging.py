"""Merging without a database: one question for many, and the way back to each item."""

from typing import Any

import pytest

from yiwang.kernel.casework.forms.rules.definition import compile_form
from yiwang.services.themes.rules.merging import (
    PartSource,
    merge,
    name_in_theme,
    part_answers,
    part_materials,
)


def source(part: dict[str, Any], fields: dict[str, Any], materials: list[Any]) -> PartSource:
    schema = {"required": sorted(fields), "properties": fields}
    form = {"key": "f", "pages": [{"key": "p", "schema": schema}]}
    return PartSource(part, {"materials": materials, "assurance_level": 2}, form)


def text(title: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "title": title, **more}


def material(key: str, *sources: str, **more: Any) -> dict[str, Any]:
    titles = {"title_zh": f"材料{key}", "title_en": f"material {key}"}
    return {"key": key, "sources": list(sources), "required": True, **titles, **more}


HOUSE = {"key": "house", "item": "i1", "circumstances": {"married": "circumstances.couple"}}
CARD = {
    "key": "card",
    "item": "i2",
    "when": "circumstances.wants = true",
    "after": ["house"],
    "circumstances": {"kind": '"NEW"'},
    "values": {"total": "1 + 1"},
    "results": {"page": {"part": "house", "licence_type": "page"}},
}
SOURCES = {
    "house": source(
        HOUSE,
        {
            "name": text("姓名", maxLength=60),
            "spouse": text("配偶", **{"x-when": "circumstances.married = true"}),
        },
        [material("photo", "UPLOAD", "PROMISE"), material("register", "DATA", dataset="pop")],
    ),
    "card": source(
        CARD,
        {"holder": text("持卡人", maxLength=30), "total": text("总数")},
        [
            material("portrait", "UPLOAD"),
            material("page", "LICENCE"),
            material("register", "DATA", dataset="pop"),
        ],
    ),
}
THEME: dict[str, Any] = {
    "key": "t",
    "parts": [HOUSE, CARD],
    "form": {
        "pages": [
            {
                "key": "who",
                "title_zh": "谁",
                "title_en": "Who",
                "fields": [
                    {"key": "full_name", "from": {"house": "name", "card": "holder"}},
                    {"key": "partner", "from": {"house": "spouse"}},
                ],
            }
        ]
    },
    "materials": [{"key": "picture", "from": {"house": "photo", "card": "portrait"}}],
}
CONTENT, FORM = merge(THEME, SOURCES)


def facts(**answers: Any) -> dict[str, Any]:
    circumstances = {"couple": False, "wants": True} | answers.pop("circumstances", {})
    return {"circumstances": circumstances, "form": answers, "applicant": {}, "checks": {}}


def test_a_shared_question_is_asked_once_with_the_strictest_length() -> None:
    form = compile_form(FORM)

    assert [field.key for field in form.fields()] == ["full_name", "partner"]
    assert FORM["pages"][0]["schema"]["properties"]["full_name"]["maxLength"] == 30
    assert "x-when" not in FORM["pages"][0]["schema"]["properties"]["full_name"]


@pytest.mark.parametrize(("couple", "asked"), [(True, True), (False, False), (None, False)])
def test_a_condition_of_an_item_reads_what_the_theme_knows(couple: object, asked: bool) -> None:
    form = compile_form(FORM)
    keys = [one.key for one in form.asked(facts(circumstances={"couple": couple}))]

    assert ("partner" in keys) is asked


def test_materials_are_merged_and_results_are_not_asked() -> None:
    listed = {one["key"]: one for one in CONTENT["materials"]}

    assert listed["picture"]["from"] == {"house": "photo", "card": "portrait"}
    assert listed["picture"]["sources"] == ["UPLOAD"], "what suits all"
    assert listed["register"]["from"] == {"house": "register", "card": "register"}
    assert "page" not in listed, "the result of another part stands for it"


def test_a_result_is_asked_for_when_its_part_is_not_chosen() -> None:
    optional = {**HOUSE, "when": "circumstances.new = true"}
    sources = {**SOURCES, "house": PartSource(optional, *_item_and_form("house"))}
    content, _form = merge({**THEME, "parts": [optional, CARD]}, sources)

    (page,) = [one for one in content["materials"] if one["key"] == "page"]
    assert "(circumstances.new = true) != true" in page["when"]


def _item_and_form(key: str) -> tuple[Any, Any]:
    return SOURCES[key].item, SOURCES[key].form


def test_each_part_gets_its_own_names_back() -> None:
    circumstances, form = part_answers(CONTENT, CARD, facts(full_name="冯小满"))

    assert circumstances == {"kind": "NEW"}
    assert form["holder"] == "冯小满"
    assert int(form["total"]) == 2
    assert part_answers(CONTENT, HOUSE, facts(full_name="冯小满", partner=""))[1] == {
        "name": "冯小满"
    }
    assert part_materials(CONTENT, "card", {"picture": "file"}) == {"portrait": "file"}
    assert part_materials(CONTENT, "card", {}) == {}


def test_problems_of_an_item_are_told_by_the_names_of_the_theme() -> None:
    assert name_in_theme(CONTENT, "card", "holder") == "full_name"
    assert name_in_theme(CONTENT, "card", "materials.portrait") == "materials.picture"
    assert name_in_theme(CONTENT, "card", "delivery") == "delivery"


def test_a_field_that_an_item_does_not_have_is_a_key_error() -> None:
    broken = {**THEME, "materials": [{"key": "x", "from": {"house": "nothing"}}]}

    with pytest.raises(KeyError):
        merge(broken, SOURCES)
