"""覆盖情况: which rows of the city's plan are proved, and by which test or story."""

import fcntl
import json
import os
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
ROWS = ROOT / "docs" / "reference" / "systems.json"
# Tests run with a ``var`` of their own, yet what they prove belongs to the installation.
RESULTS_VARIABLE = "YIWANG_COVERAGE_RESULTS"
MOST_ROWS_PER_PROOF = 3


@dataclass(frozen=True)
class Row:
    """A system of the city's plan: its row number, area and names."""

    id: str
    area: str
    zh: str
    en: str
    kind: str


@dataclass(frozen=True)
class Proof:
    """One run of a test or story that claims a row: the sentence it proves, and how it ended."""

    kind: str
    name: str
    row: str
    says: str
    passed: bool


@cache
def load_rows() -> tuple[Row, ...]:
    """Return every row of the plan, in the plan's order."""
    return tuple(Row(**row) for row in json.loads(ROWS.read_text(encoding="utf-8")))


def results_path() -> Path:
    """Return the file that holds the results of tests and stories."""
    if chosen := os.environ.get(RESULTS_VARIABLE):
        return Path(chosen)
    return Path(os.environ.get("YIWANG_VAR", ROOT / "var")) / "coverage" / "results.json"


def load_proofs() -> list[Proof]:
    """Return what tests and stories recorded so far; nothing when none has run."""
    path = results_path()
    if not path.exists():
        return []
    return [Proof(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def record(kind: str, name: str, row: str, says: str, passed: bool) -> None:
    """Record one outcome: ``kind`` is "test" or "story", ``name`` says which one."""
    _merge([Proof(kind, name, row, says, passed)], lambda old: True)


def record_run(kind: str, proofs: Iterable[Proof], *, everything: bool) -> None:
    """Record all outcomes of one run; each name that ran replaces all that it claimed before.

    ``everything``: the run covered all of this kind, so what it did not name is gone for good.
    """
    new = list(proofs)
    names = {proof.name for proof in new}
    if new or everything:
        _merge(new, lambda old: old.kind != kind or not (everything or old.name in names))


def _merge(new: list[Proof], stays: Callable[[Proof], bool]) -> None:
    path = results_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        together = [*filter(stays, load_proofs()), *new]
        merged = {(proof.kind, proof.name, proof.row): asdict(proof) for proof in together}
        scratch = path.with_suffix(".new")
        entries = [merged[key] for key in sorted(merged)]
        scratch.write_text(json.dumps(entries, ensure_ascii=False, indent=1), encoding="utf-8")
        scratch.replace(path)


def stories_there(packs: Path = ROOT / "packs") -> frozenset[str]:
    """Return the stories of the packs as they are named in results."""
    found = set()
    for path in packs.glob("*/stories/*.yaml"):
        key = re.search(r"(?m)^key:\s*(\S+)", path.read_text(encoding="utf-8"))
        found.add(f"{path.parent.parent.name}/{key.group(1) if key else path.stem}")
    return frozenset(found)


def report(stories: Collection[str] | None = None) -> dict[str, Any]:
    """Return ``{proved, total, areas}``: per area the proved rows with their proofs, and the rest.

    A row is proved when at least one test or story that claims it passed and none failed. With
    ``stories``, what others proved before they were taken away counts no more.
    """
    by_row: dict[str, list[Proof]] = {}
    for proof in load_proofs():
        if proof.kind != "story" or stories is None or proof.name in stories:
            by_row.setdefault(proof.row, []).append(proof)
    areas: dict[str, dict[str, Any]] = {}
    proved = 0
    for row in load_rows():
        area = areas.setdefault(row.area, {"proved": [], "open": []})
        proofs = by_row.get(row.id, [])
        if proofs and all(proof.passed for proof in proofs):
            proved += 1
            says = [{"says": p.says, "by": f"{p.kind} {p.name}"} for p in proofs]
            area["proved"].append({"id": row.id, "zh": row.zh, "en": row.en, "proofs": says})
        else:
            failed = [f"{p.kind} {p.name}" for p in proofs if not p.passed]
            area["open"].append({"id": row.id, "zh": row.zh, "failed": failed})
    return {"proved": proved, "total": len(load_rows()), "areas": areas}
