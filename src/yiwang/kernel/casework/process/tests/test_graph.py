"""Process graphs: each way of getting stuck is found, and a sound graph has no fault."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.casework.process.rules.graph import check_graph, list_edges, unmet_effects

END = {"kind": "end"}


def task(*targets: str, **more: Any) -> dict[str, Any]:
    acts = {f"to_{n}": {"do": [], "to": target} for n, target in enumerate(targets)}
    return {"kind": "task", "acts": acts, **more}


def decision(default: str, *targets: str) -> dict[str, Any]:
    branches = [{"when": "true", "to": target} for target in targets]
    return {"kind": "decision", "branches": branches, "default": default}


def parallel(join: str, *branches: str) -> dict[str, Any]:
    return {"kind": "parallel", "branches": list(branches), "join": join}


def join(to: str) -> dict[str, Any]:
    return {"kind": "join", "to": to}


def effect(to: str, *names: str) -> dict[str, Any]:
    return {"kind": "effect", "do": list(names), "to": to}


def wait(to: str, **more: Any) -> dict[str, Any]:
    return {"kind": "wait", "to": to, **more}


def timer(to: str, *names: str) -> dict[str, Any]:
    return {"do": list(names), "to": to}


def faults(**steps: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    content = {"start": next(iter(steps)), "steps": steps}
    return [(fault.code, fault.place) for fault in check_graph(content)]


def test_sound_graphs_have_no_fault() -> None:
    assert faults(a=task("b"), b=END) == []
    assert faults(a=task("a", "b"), b=END) == []
    assert faults(a=decision("b", "c"), b=task("a", "d"), c=effect("d"), d=END) == []
    assert (
        faults(
            a=parallel("j", "b", "c"),
            b=task("b", "e"),
            c=wait("j", timers=[timer("j")]),
            e=task("j", "b"),
            j=join("d"),
            d=END,
        )
        == []
    )


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ({"a": task("x"), "b": END}, ("STEP_UNKNOWN", ("steps", "a", "acts", "to_0", "to"))),
        (
            {"a": wait("b", timers=[timer("x")]), "b": END},
            ("STEP_UNKNOWN", ("steps", "a", "timers", 0, "to")),
        ),
        ({"a": decision("x", "b"), "b": END}, ("STEP_UNKNOWN", ("steps", "a", "default"))),
        ({"a": parallel("x", "b", "b"), "b": END}, ("STEP_UNKNOWN", ("steps", "a", "join"))),
        ({"a": task("b"), "b": END, "c": task("b")}, ("STEP_DEAD", ("steps", "c"))),
        ({"a": task("b", "c"), "b": END, "c": task("c")}, ("STEP_ENDLESS", ("steps", "c"))),
        (
            {"a": decision("b", "c"), "b": effect("a"), "c": END},
            ("STEP_SPINS", ("steps", "a")),
        ),
        ({"a": decision("a", "b"), "b": END}, ("STEP_SPINS", ("steps", "a"))),
        ({"a": join("b"), "b": END}, ("JOIN_WITHOUT_PARALLEL", ("steps", "a"))),
        (
            {"a": parallel("d", "b", "c"), "b": task("d"), "c": task("d"), "d": END},
            ("JOIN_IS_NONE", ("steps", "a", "join")),
        ),
        (
            {
                "a": parallel("j", "b", "c"),
                "b": task("j"),
                "c": task("d"),
                "j": join("d"),
                "d": END,
            },
            ("BRANCH_NEVER_JOINS", ("steps", "a", "branches", 1)),
        ),
        (
            {
                "a": parallel("j", "b", "c"),
                "b": task("j", "d"),
                "c": task("j"),
                "j": join("d"),
                "d": END,
            },
            ("BRANCH_ESCAPES", ("steps", "a", "branches", 0)),
        ),
        (
            {
                "a": parallel("j", "b", "c"),
                "b": task("j"),
                "c": task("j", "a"),
                "j": join("d"),
                "d": END,
            },
            ("BRANCH_ESCAPES", ("steps", "a", "branches", 1)),
        ),
        (
            {
                "a": parallel("j", "b", "c"),
                "b": task("e"),
                "c": task("e"),
                "e": task("j"),
                "j": join("d"),
                "d": END,
            },
            ("BRANCHES_MEET", ("steps", "a", "branches", 1)),
        ),
        (
            {
                "s": task("a", "b"),
                "a": parallel("j", "b", "c"),
                "b": task("j"),
                "c": task("j"),
                "j": join("d"),
                "d": END,
            },
            ("BRANCH_ENTERED", ("steps", "s", "acts", "to_1", "to")),
        ),
        (
            {
                "s": task("a", "j"),
                "a": parallel("j", "b", "c"),
                "b": task("j"),
                "c": task("j"),
                "j": join("d"),
                "d": END,
            },
            ("BRANCH_ENTERED", ("steps", "s", "acts", "to_1", "to")),
        ),
        (
            {
                "a": parallel("j", "b", "c"),
                "b": parallel("k", "e", "f"),
                "e": task("k"),
                "f": task("k"),
                "k": join("j"),
                "c": task("j"),
                "j": join("d"),
                "d": END,
            },
            ("BRANCH_ESCAPES", ("steps", "a", "branches", 0)),
        ),
    ],
)
def test_each_way_of_getting_stuck_is_found(
    steps: dict[str, Any], expected: tuple[str, tuple[str | int, ...]]
) -> None:
    assert expected in faults(**steps)


def unmet(needs: dict[str, set[str]], **steps: Any) -> list[tuple[str, str]]:
    content = {"start": next(iter(steps)), "steps": steps}
    wanted = {name: frozenset(before) for name, before in needs.items()}
    return [(edge.source, name) for edge, name, _ in unmet_effects(content, wanted)]


def test_an_effect_that_may_run_too_early_is_found_on_its_path() -> None:
    needs = {"grant": {"accept", "deem"}, "end": {"conclude"}}

    assert unmet(needs, a=effect("b", "accept", "grant", "conclude"), b=END) == []
    assert unmet(needs, a=effect("b", "grant", "accept", "conclude"), b=END) == [("a", "grant")]
    assert unmet(needs, a=effect("b", "accept", "grant"), b=END) == [("a", "end")]
    # One of two ways to the grant skips the acceptance.
    assert unmet(
        needs, a=task("b", "c"), b=effect("c", "deem"), c=effect("d", "grant", "conclude"), d=END
    ) == [("c", "grant")]


def test_a_timer_counts_as_a_path() -> None:
    late = wait("b", timers=[timer("b", "accept")])

    assert unmet({"grant": {"accept"}}, a=late, b=effect("c", "grant"), c=END) == [("b", "grant")]


STEP_NAMES = ("a", "b", "c", "d", "e")
some_step = st.sampled_from(STEP_NAMES)
any_step = st.one_of(
    st.builds(task, some_step, some_step),
    st.builds(wait, some_step),
    st.builds(effect, some_step, st.sampled_from(["accept", "grant"])),
    st.builds(decision, some_step, some_step),
    st.builds(join, some_step),
    st.builds(parallel, some_step, some_step, some_step),
    st.just(END),
)


@given(st.tuples(*[any_step for _ in STEP_NAMES]))
def test_a_graph_without_fault_always_comes_to_rest_and_can_end(steps: tuple[Any, ...]) -> None:
    content = {"start": "a", "steps": dict(zip(STEP_NAMES, steps, strict=True))}
    if check_graph(content):
        return
    kinds = {key: step["kind"] for key, step in content["steps"].items()}
    # Walk as the engine does, always the first way: it must rest, or end, within the steps.
    key = "a"
    for _ in range(len(STEP_NAMES) + 1):
        if kinds[key] in ("task", "wait", "end"):
            break
        key = next(edge.target for edge in list_edges(content) if edge.source == key)
    assert kinds[key] in ("task", "wait", "end")
    # And from every step there is some way to an end.
    for start in STEP_NAMES:
        seen, waiting = set(), [start]
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                waiting += [e.target for e in list_edges(content) if e.source == here]
        assert any(kinds[name] == "end" for name in seen)
