"""即时显隐: what a page shows at once is what the server would ask."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.casework.rules import feel
from yiwang.services.applications.rules.live import live_rule

NAMES = {("c", "way"): "c.way", ("c", "pool"): "c.pool", ("c", "size"): "c.size"}


def holds(rule: dict[str, Any], typed: dict[str, str]) -> bool:
    """Evaluate as conditions.js does, over what the form would send."""
    if "all" in rule:
        return all(holds(part, typed) for part in rule["all"])
    if "any" in rule:
        return any(holds(part, typed) for part in rule["any"])
    if "not" in rule:
        return not holds(rule["not"], typed)
    return typed.get(rule["field"]) == rule["equals"]


@pytest.mark.parametrize(
    ("condition", "rule"),
    [
        ('c.way = "NORMAL"', {"field": "c.way", "equals": "NORMAL"}),
        ("c.pool = true", {"field": "c.pool", "equals": "true"}),
        ("3 = c.size", {"field": "c.size", "equals": "3"}),
        ("c.pool != true", {"not": {"field": "c.pool", "equals": "true"}}),
        (
            'c.way = "NORMAL" and not(c.pool = true)',
            {
                "all": [
                    {"field": "c.way", "equals": "NORMAL"},
                    {"not": {"field": "c.pool", "equals": "true"}},
                ]
            },
        ),
    ],
)
def test_simple_conditions_can_be_followed_by_the_page(
    condition: str, rule: dict[str, Any]
) -> None:
    assert live_rule(condition, NAMES) == rule


@pytest.mark.parametrize(
    "condition",
    [
        'applicant.kind = "PERSON"',
        'c.way = "NORMAL" and applicant.age >= 18',
        "c.size > 3",
        "c.pool",
        "c.way = c.pool",
        "count(c.pool) = 2",
        "c.way = null",
    ],
)
def test_everything_else_is_left_to_the_server(condition: str) -> None:
    assert live_rule(condition, NAMES) is None


_COMPARISONS = st.sampled_from(
    ['c.way = "NORMAL"', 'c.way != "PROMISE"', "c.pool = true", "c.pool = false", "c.pool != true"]
)
_CONDITIONS = st.recursive(
    _COMPARISONS,
    lambda inner: st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
        lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"
    ),
    max_leaves=5,
)


@given(
    _CONDITIONS, st.sampled_from(["NORMAL", "PROMISE", None]), st.sampled_from([True, False, None])
)
def test_page_and_server_agree(condition: str, way: str | None, pool: bool | None) -> None:
    facts = {"c": {"way": way, "pool": pool}}
    typed = {"c.way": way or "", "c.pool": "" if pool is None else str(pool).lower()}
    rule = live_rule(condition, NAMES)
    assert rule is not None
    assert holds(rule, typed) == (feel.compile(condition)(facts) is True)
