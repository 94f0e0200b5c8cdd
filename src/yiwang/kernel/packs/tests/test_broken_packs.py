"""A broken pack can never stop the platform: whatever it holds, the check answers with findings."""

import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.kernel.packs.check import check_pack
from yiwang.kernel.packs.errors import PackBrokenError
from yiwang.kernel.packs.findings import Finding
from yiwang.kernel.packs.reading import read_pack
from yiwang.kernel.packs.tests.sample import FILES, KNOWN, write

NAMES = sorted(FILES)
# Values that are of the wrong kind nearly everywhere, and some that are right in the wrong place.
INTRUDERS: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    "",
    "x",
    "2026-13-99",
    "form.trees",
    "((((",
    "for x in [1..9] return x",
    "a" * 5000,
    [],
    [[]],
    ["receive", "receive"],
    {},
    {"key": "x"},
    {"": 1},
    "receive",
    "happy",
    "ab.cd",
    "中文",
    "\U0001f600",
]


def places(data: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [here] if here else []
    entries: Any = ()
    if isinstance(data, dict):
        entries = data.items()
    elif isinstance(data, list):
        entries = enumerate(data)
    for key, value in entries:
        found += places(value, (*here, key))
    return found


def bend(data: Any, rng: random.Random) -> Any:
    """Replace, remove, repeat or rename one value somewhere in the data."""
    where = rng.choice(places(data))
    holder = data
    for part in where[:-1]:
        holder = holder[part]
    last = where[-1]
    match rng.choice(["replace", "replace", "remove", "repeat", "rename", "swap"]):
        case "replace":
            holder[last] = rng.choice(INTRUDERS)
        case "remove":
            del holder[last]
        case "repeat" if isinstance(holder, list):
            holder.append(holder[last])
        case "rename" if isinstance(holder, dict):
            holder[rng.choice(["x", "receive", "done", "key", "do"])] = holder.pop(last)
        case _:
            other = rng.choice(places(data))
            value: Any = data
            for part in other:
                value = value[part]
            holder[last] = yaml.safe_load(yaml.safe_dump(value))
    return data


def assert_answered(files: dict[str, bytes] | dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pack = write(Path(folder), files)
        findings = check_pack(pack, KNOWN)
        for finding in findings:
            assert isinstance(finding, Finding)
            assert finding.line >= 1
            assert finding.reason_zh and finding.reason_en
            assert finding.mend_zh and finding.mend_en
            assert str(finding) and finding.as_dict()["code"] == finding.code
        if not any(finding.severity == "error" for finding in findings):
            read_pack(pack)


@settings(max_examples=50, deadline=None)
@given(name=st.sampled_from(NAMES), seed=st.integers(0, 2**32), times=st.integers(1, 4))
def test_a_pack_with_bent_values_is_answered(name: str, seed: int, times: int) -> None:
    rng = random.Random(seed)
    data = yaml.safe_load(FILES[name])
    for _ in range(times):
        if places(data):
            data = bend(data, rng)

    text = yaml.safe_dump(data, allow_unicode=True)

    assert_answered({**FILES, name: text})


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    start=st.integers(0, 6000),
    length=st.integers(0, 60),
    put=st.binary(max_size=12),
)
def test_a_pack_with_damaged_bytes_is_answered(
    name: str, start: int, length: int, put: bytes
) -> None:
    content = FILES[name].encode()
    start %= len(content)
    damaged = content[:start] + put + content[start + length :]

    assert_answered({n: c.encode() for n, c in FILES.items()} | {name: damaged})


@settings(max_examples=10, deadline=None)
@given(kept=st.sets(st.sampled_from(NAMES)))
def test_a_pack_with_files_missing_is_answered(kept: set[str]) -> None:
    assert_answered({name: FILES[name] for name in sorted(kept)})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pack.yaml", "key: ["),
        ("pack.yaml", "- 1"),
        ("pack.yaml", "key: x"),
        ("items/tree_felling.yaml", "title_zh: x"),
        ("items/tree_felling.yaml", "key: {a: 1}"),
        ("notices/tree_felling.yaml", "key: x"),
        ("notices/tree_felling.yaml", "[3]"),
        ("roles.yaml", "roles: [}"),
    ],
)
def test_reading_a_broken_pack_says_what_is_broken(tmp_path: Path, name: str, content: str) -> None:
    pack = write(tmp_path, {**FILES, name: content})

    with pytest.raises(PackBrokenError) as caught:
        read_pack(pack)

    assert caught.value.details["findings"][0]["file"] == name


def test_reading_without_a_manifest_says_so(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()

    with pytest.raises(PackBrokenError):
        read_pack(tmp_path / "nothing")


def test_a_sound_pack_reads_into_sections(tmp_path: Path) -> None:
    content = read_pack(write(tmp_path, FILES))

    assert (content.key, content.version, content.requires) == (
        "tree.felling",
        "1.0.0",
        ("anytown",),
    )
    assert content.files["pack.yaml"] == FILES["pack.yaml"].encode()
    assert set(content.sections["stories"]) == {"happy", "overdue", "refusal", "correction"}
    assert content.sections["notices"]["tree_pay"]["event"] == "step.pay"
    limits = content.sections["items"]["tree_felling"]["limits"]
    assert limits["statutory"]["valid_from"] == "2019-04-23"
