"""Reading YAML: lines for every place, and nothing that YAML could do to harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.packs.checks.documents import MAX_FILE_BYTES, dotted, read_document


def codes(content: bytes | str) -> list[tuple[str, int]]:
    data = content.encode() if isinstance(content, str) else content
    return [(f.code, f.line) for f in read_document("x.yaml", data).findings]


def test_each_value_knows_its_line() -> None:
    document = read_document("x.yaml", b"a: 1\nb:\n  - c: 2\n    d: [x,\n        y]\n")

    assert document.data == {"a": 1, "b": [{"c": 2, "d": ["x", "y"]}]}
    assert document.line(("b", 0, "d")) == 4
    assert document.line(("b", 0, "d", 1)) == 5
    assert document.line(("b", 0, "absent", "deeper")) == 3


def test_dates_stay_text_and_keys_stay_as_written() -> None:
    document = read_document("x.yaml", b"at: 2026-09-28T09:00:00+08:00\nday: 2026-01-01\non: yes\n")

    assert document.data == {
        "at": "2026-09-28T09:00:00+08:00",
        "day": "2026-01-01",
        "on": True,
    }


def test_an_empty_file_is_no_data() -> None:
    assert (read_document("x.yaml", b"").data, codes(b"")) == (None, [])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", [("KEY_TWICE", 3)]),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", [("KEY_NOT_TEXT", 3)]),
        ("a: 1\n? [b, c]\n: 2\n", [("KEY_NOT_TEXT", 2)]),
        ("a: !!python/object:os.system x\n", [("YAML_TAG", 1)]),
        ("a: !!set {x}\n", [("YAML_TAG", 1)]),
        ("a: .inf\n", [("VALUE_UNREADABLE", 1)]),
        ("a: [1,\n\n b: }\n", [("NOT_YAML", 3)]),
        ("a: 1\n---\nb: 2\n", [("NOT_YAML", 2)]),
        ("a: *absent\n", [("NOT_YAML", 1)]),
        ("a: \x07\n", [("NOT_YAML", 1)]),
        (b"a: \xff\n", [("NOT_UTF8", 1)]),
        ("a: &x [*x]\n", [("FILE_TOO_DEEP", 1)]),
        ("[" * 5000, [("NOT_YAML", 1)]),
        (b"#" * (MAX_FILE_BYTES + 1), [("FILE_TOO_LARGE", 1)]),
    ],
)
def test_what_is_wrong_is_told_and_never_raised(
    content: bytes | str, expected: list[tuple[str, int]]
) -> None:
    assert codes(content) == expected


def test_aliases_that_blow_up_are_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

    assert [code for code, _ in codes("\n".join(lines))] == ["FILE_TOO_DEEP"]


def test_a_place_is_written_as_one_says_it() -> None:
    assert dotted(("steps", "receive", "timers", 0, "to")) == "steps.receive.timers[0].to"


@given(st.binary(max_size=300))
def test_any_bytes_give_data_or_findings(content: bytes) -> None:
    document = read_document("x.yaml", content)

    assert document.findings == [] or document.findings[0].line >= 1


@given(st.text(alphabet="abc:-[]{}&*!?|>'\"#,% \n\t0123", max_size=200))
def test_any_text_near_yaml_gives_data_or_findings(content: str) -> None:
    document = read_document("x.yaml", content.encode())

    assert all(finding.reason_zh and finding.mend_en for finding in document.findings)
