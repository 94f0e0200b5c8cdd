"""What a step says of signing, verbs, fields and limits: each fault is found, with its place."""

from typing import Any

import pytest

from yiwang.kernel.casework.process.rules.details import check_form_fields, check_plugins
from yiwang.kernel.casework.process.rules.graph import check_graph
from yiwang.kernel.casework.process.rules.longest import longest_way

END = {"kind": "end"}
BY = {"units": [{"function": "health", "level": "CITY"}, {"function": "fire", "level": "CITY"}]}


def task(*targets: str, **more: Any) -> dict[str, Any]:
    acts = {f"to_{n}": {"do": [], "to": target} for n, target in enumerate(targets)}
    return {"kind": "task", "acts": acts, **more}


def faults(**steps: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    content = {"start": next(iter(steps)), "steps": steps}
    return [(fault.code, fault.place) for fault in check_graph(content)]


def signing(mode: str, **more: Any) -> dict[str, Any]:
    return {"mode": mode, "by": BY, **more}


@pytest.mark.parametrize(
    ("step", "code", "place"),
    [
        ({"signing": signing("all", agree="x")}, "ACT_UNKNOWN", ("signing", "agree")),
        ({"signing": signing("votes")}, "NEED_MISSING", ("signing",)),
        ({"signing": signing("votes", need=3)}, "NEED_TOO_MANY", ("signing", "need")),
        ({"signing": signing("all", need=1)}, "NEED_WITHOUT_VOTES", ("signing", "need")),
        (
            {"signing": signing("votes", need=2, weights={"police": 2})},
            "SIGNER_UNKNOWN",
            ("signing", "weights", "police"),
        ),
        (
            {"signing": {"mode": "all", "by": {"units": [*BY["units"], BY["units"][0]]}}},
            "SIGNER_TWICE",
            ("signing", "by"),
        ),
        ({"signing": {"mode": "in_order", "by": {"count": 2}}}, "ORDER_UNKNOWN", ("signing",)),
        ({"return_to": ["a"]}, "RETURN_NOT_ALLOWED", ("return_to",)),
        ({"verbs": ["return"], "return_to": ["z"]}, "RETURN_TARGET_WRONG", ("return_to", 0)),
        ({"verbs": ["return"], "return_to": ["x"]}, "RETURN_TARGET_WRONG", ("return_to", 0)),
        ({"assign": {"by": "rule"}}, "ASSIGN_WRONG", ("assign",)),
        ({"assign": {"by": "load", "step": "a"}}, "ASSIGN_WRONG", ("assign", "step")),
        ({"fields": {"hidden": ["n"], "edit": ["n"]}}, "FIELD_HIDDEN", ("fields", "edit")),
        ({"fields": {"read": ["n"], "edit": ["n"]}}, "FIELD_BOTH", ("fields", "edit")),
    ],
)
def test_each_fault_of_a_step_is_found_in_its_place(
    step: dict[str, Any], code: str, place: tuple[str | int, ...]
) -> None:
    assert faults(a=task("b"), b=task("z", **step), z=END) == [(code, ("steps", "b", *place))]


def test_sound_details_have_no_fault() -> None:
    sound = task(
        "z",
        signing=signing("votes", need=3, weights={"health": 2}, agree="to_0"),
        verbs=["return", "recall"],
        return_to=["starter", "a"],
        assign={"by": "last_handler", "step": "a"},
        fields={"hidden": ["n"], "edit": ["m"], "required": ["m"]},
        free=True,
        next=["z"],
    )
    assert faults(a=task("b"), b=sound, z=END) == []


def test_a_return_to_a_branch_beside_is_found() -> None:
    steps = {
        "p": {"kind": "parallel", "branches": ["b", "c"], "join": "j"},
        "b": task("j"),
        "c": task("j", "p2", verbs=["return"], return_to=["b"]),
        "p2": task("c"),
        "j": {"kind": "join", "to": "z"},
        "z": END,
    }
    assert faults(**steps) == [("RETURN_TARGET_WRONG", ("steps", "c", "return_to", 0))]


@pytest.mark.parametrize("target", ["b", "z"])
def test_a_free_choice_is_a_way_like_any_other(target: str) -> None:
    steps = {
        "p": {"kind": "parallel", "branches": ["b", "c"], "join": "j"},
        "b": task("j"),
        "c": task("j", free=True, next=[target]),
        "j": {"kind": "join", "to": "z"},
        "z": END,
    }
    codes = {code for code, _ in faults(**steps)}
    assert codes & {"BRANCHES_MEET", "BRANCH_ESCAPES"}


def test_an_inclusive_split_follows_the_rules_of_a_parallel() -> None:
    def split(default: str) -> dict[str, Any]:
        branches = [{"when": "true", "to": "b"}]
        return {"kind": "inclusive", "branches": branches, "default": default, "join": "j"}

    rest = {"b": task("j"), "c": task("j"), "j": {"kind": "join", "to": "z"}, "z": END}
    assert faults(p=split("c"), **rest) == []
    found = faults(p=split("z"), b=rest["b"], j=rest["j"], z=END)
    assert ("BRANCH_NEVER_JOINS", ("steps", "p", "default")) in found
    # A call that fails is a way too.
    call = {"kind": "call", "connector": "x", "to": "j", "failed": "z"}
    codes = [code for code, _ in faults(p=split("c"), **{**rest, "c": call})]
    assert "BRANCH_ESCAPES" in codes


def test_fields_and_plug_ins_that_are_not_there_are_named() -> None:
    steps = {
        "a": task("z", fields={"edit": ["area", "colour"]}),
        "q": {"kind": "call", "connector": "police", "to": "z", "failed": "a"},
        "s": {"kind": "subcase", "open": "parts", "to": "z"},
    }
    assert [fault.place for fault in check_form_fields(steps, {"area"})] == [
        ("steps", "a", "fields", "edit", 1)
    ]
    found = list(check_plugins(steps, {"tax"}, set()))
    assert [fault.place for fault in found] == [
        ("steps", "q", "connector"),
        ("steps", "s", "open"),
    ]
    assert "tax" in found[0].mend_en


def days(amount: int, unit: str = "WORKING_DAY") -> dict[str, Any]:
    return {"amount": amount, "unit": unit}


def doing(to: str, *effects: str, **more: Any) -> dict[str, Any]:
    return {"kind": "task", "acts": {"go": {"do": list(effects), "to": to}}, **more}


def test_limits_are_added_up_along_the_longest_way_between_acceptance_and_decision() -> None:
    steps = {
        "receive": doing("p", "accept", limit=days(9)),
        "p": {"kind": "parallel", "branches": ["b", "c"], "join": "j"},
        "b": doing("j", limit=days(2)),
        "c": doing("c2", limit=days(2)),
        "c2": doing("j", limit=days(12, "WORKING_HOUR")),
        "j": {"kind": "join", "to": "d"},
        # A way back counts once.
        "d": {**doing("after", "grant", limit=days(1)), "timers": [{"do": [], "to": "b"}]},
        "after": doing("z", limit=days(30)),
        "z": END,
    }
    way = longest_way(
        {"start": "receive", "steps": steps},
        unit="WORKING_DAY",
        starts=frozenset({"accept"}),
        stops=frozenset({"grant"}),
    )
    assert (float(way.amount), way.steps) == (4.5, ("c", "c2", "d"))
