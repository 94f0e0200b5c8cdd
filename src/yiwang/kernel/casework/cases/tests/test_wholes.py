"""How a whole stands, from how its parts stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.casework.cases.rules.wholes import Part, WholeState, derive_whole


def ended(outcome: str) -> Part:
    return Part("CONCLUDED", "CONCLUDED", outcome)


def going(phase: str, *, has_begun: bool = True) -> Part:
    return Part("OPEN", phase, has_begun=has_begun)


@pytest.mark.parametrize(
    ("parts", "state", "phase", "outcome"),
    [
        ([going("RECEIVED"), going("REVIEWING")], "OPEN", "RECEIVED", ""),
        ([going("REVIEWING"), going("CORRECTING")], "OPEN", "CORRECTING", ""),
        ([going("DECIDING"), going("PAYING")], "OPEN", "PAYING", ""),
        ([going("SUBMITTED", has_begun=False), going("DECIDING")], "OPEN", "DECIDING", ""),
        ([ended("GRANTED"), going("REVIEWING")], "PARTLY_DONE", "REVIEWING", ""),
        (
            [ended("GRANTED"), going("SUBMITTED", has_begun=False)],
            "PARTLY_DONE",
            "ACCEPTED",
            "",
        ),
        ([ended("GRANTED"), ended("GRANTED")], "DONE", "CONCLUDED", "GRANTED"),
        ([ended("GRANTED"), ended("WITHDRAWN")], "DONE", "CONCLUDED", "GRANTED"),
        ([ended("GRANTED"), ended("REFUSED")], "PARTIAL", "CONCLUDED", "PARTIAL"),
        ([ended("GRANTED"), ended("LAPSED")], "PARTIAL", "CONCLUDED", "PARTIAL"),
        ([ended("DECLINED"), ended("WITHDRAWN")], "REFUSED", "CONCLUDED", "REFUSED"),
        ([ended("WITHDRAWN"), ended("WITHDRAWN")], "WITHDRAWN", "CONCLUDED", "WITHDRAWN"),
    ],
)
def test_the_whole_follows_its_parts(
    parts: list[Part], state: str, phase: str, outcome: str
) -> None:
    whole = derive_whole(parts)

    assert (whole.state, whole.phase, whole.outcome) == (state, phase, outcome)


def test_a_whole_has_parts() -> None:
    with pytest.raises(ValueError, match="without parts"):
        derive_whole([])


PARTS = st.one_of(
    st.sampled_from(["GRANTED", "REFUSED", "DECLINED", "WITHDRAWN", "LAPSED"]).map(ended),
    st.builds(
        going,
        st.sampled_from(["RECEIVED", "CORRECTING", "REVIEWING", "DECIDING", "PAYING"]),
        has_begun=st.booleans(),
    ),
)


@given(st.lists(PARTS, min_size=1, max_size=9))
def test_a_whole_ends_when_its_last_part_does_in_whatever_order(parts: list[Part]) -> None:
    whole = derive_whole(parts)

    assert whole.has_ended == all(part.has_ended for part in parts)
    assert whole == derive_whole(list(reversed(parts)))
    if whole.state is WholeState.DONE:
        assert any(part.is_granted for part in parts)
        assert all(part.is_granted or part.outcome == "WITHDRAWN" for part in parts)
