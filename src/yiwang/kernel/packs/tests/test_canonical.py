"""Canonical form: whatever the data, it reads back the same; comments stay; once is enough."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.packs.canonical import format_yaml, write_yaml
from yiwang.kernel.packs.checks.documents import read_document
from yiwang.kernel.packs.errors import PackBrokenError
from yiwang.kernel.packs.tests.sample import FILES

ROOT = Path(__file__).resolve().parents[5]
SHIPPED = sorted((ROOT / "packs").rglob("*.yaml"))

# Text near everything that YAML reads as something else.
_ODD = st.text(
    alphabet="ab中文：“#-?:,[]{}&*!|>'\"%@`=<~.\\ \n\t\r0123456789eE_+x\u2028\x85\x07\u3000"
)
_WORDS = st.sampled_from(
    [
        *("yes", "null", "~", "1e3", "0x1f", "0o7", "1_000", "1:30", "2026-01-01", "-", "=", "<<"),
        *("true", "No", ".5", "+1", ".inf", "...", "---", "y", "a: b", "a #b", " a", "a ", "!!a"),
        "\ufeffa",
    ]
)
_TEXT = _ODD | _WORDS | st.text(max_size=30)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT
)
_DATA = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(_TEXT.filter(lambda key: key != ""), inner, max_size=4)
    ),
    max_leaves=20,
)


def storable(data: object) -> bool:
    """Say whether UTF-8 has the text at all: half a surrogate pair it has not."""
    try:
        repr(data).encode()
    except UnicodeEncodeError:
        return False
    return "\\ud" not in repr(data)


@given(_DATA.filter(storable))
def test_what_is_written_reads_back_as_the_same_data(data: object) -> None:
    written = write_yaml({"x": data})
    document = read_document("x.yaml", written)

    assert document.findings == []
    assert document.data == {"x": data}
    assert repr(document.data) == repr({"x": data})
    assert format_yaml("x.yaml", written) == written


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: f"{p.parent.parent.name}/{p.name}")
def test_every_file_that_is_shipped_keeps_its_data_and_comments(path: Path) -> None:
    content = path.read_bytes()
    formatted = format_yaml(path.name, content)

    assert read_document("", formatted).data == read_document("", content).data
    assert format_yaml(path.name, formatted) == formatted
    said = re.findall(r"(?m)^\s*(#.*?)\s*$", content.decode())
    assert [line for line in said if line not in formatted.decode()] == []


_COMMENTS = st.lists(st.sampled_from(["", "# 一句话", "  # indented", "#", "# a: [b"]), max_size=30)


@given(name=st.sampled_from(sorted(FILES)), put=_COMMENTS, seed=st.randoms(use_true_random=False))
def test_comments_put_anywhere_stay(name: str, put: list[str], seed: object) -> None:
    lines = FILES[name].splitlines()
    for number, comment in enumerate(put):
        lines.insert((number * 7) % (len(lines) + 1), comment)
    text = "\n".join(lines) + "\n"
    document = read_document(name, text.encode())
    assert document.findings == []

    formatted = format_yaml(name, text.encode())

    assert read_document(name, formatted).data == document.data
    assert formatted.count(b"#") == text.encode().count(b"#")
    assert format_yaml(name, formatted) == formatted


def test_a_comment_stands_above_what_it_speaks_of() -> None:
    text = b"a: {b: 1, c: [x]} # about a\nd: # about d\n  - e: 1 # about e\n# the end\n"

    assert format_yaml("x.yaml", text).decode() == (
        "# about a\na:\n  b: 1\n  c:\n    - x\n# about d\nd:\n  # about e\n  - e: 1\n# the end\n"
    )


def test_lines_of_text_stay_lines_and_odd_text_is_quoted() -> None:
    data = {"a": "one\ntwo\n", "b": "x: y", "c": "tail \nnext", "d": [], "e": {}, "f": "2026-01-01"}

    assert write_yaml(data).decode() == (
        'a: |\n  one\n  two\nb: "x: y"\nc: "tail \\nnext"\nd: []\ne: {}\nf: 2026-01-01\n'
    )


def test_a_file_that_cannot_be_read_is_told_and_left() -> None:
    with pytest.raises(PackBrokenError) as refused:
        format_yaml("x.yaml", b"a: 1\na: 2\n")
    assert refused.value.details["findings"][0]["code"] == "KEY_TWICE"
