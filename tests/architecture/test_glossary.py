"""术语表: every identifier of the glossary is a name in the code, or is marked as still to come."""

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = ROOT / "docs" / "reference" / "glossary.md"
_MARKED = re.compile(r"`(?P<name>[A-Za-z_]+)`(?P<later> \(later(?:: #\d+)?\))?")


@lru_cache(maxsize=1)
def names_in_code() -> frozenset[str]:
    """Return the names of functions, classes, fields and enum members, and the keys of packs."""
    found: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        if "tests" not in path.parts and "migrations" not in path.parts:
            found |= defined_in(ast.parse(path.read_text(encoding="utf-8")))
    for path in (ROOT / "packs").glob("*/*/*.yaml"):
        found |= keys_in(yaml.safe_load(path.read_text(encoding="utf-8")))
    for path in (ROOT / "src/yiwang/kernel/packs/checks").glob("*.py"):
        found |= finding_codes(ast.parse(path.read_text(encoding="utf-8")))
    return frozenset(found)


def defined_in(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef | ast.Module):
            for part in node.body:
                targets = (
                    part.targets
                    if isinstance(part, ast.Assign)
                    else [part.target]
                    if isinstance(part, ast.AnnAssign)
                    else []
                )
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def keys_in(data: object) -> set[str]:
    if isinstance(data, dict):
        below = set().union(*(keys_in(value) for value in data.values()))
        return {str(key) for key in data} | below | {str(data.get("key", ""))}
    if isinstance(data, list):
        return set().union(*(keys_in(entry) for entry in data))
    return set()


def finding_codes(tree: ast.AST) -> set[str]:
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[A-Z]+(_[A-Z]+)+", node.value)
    }


def rows() -> list[list[str]]:
    lines = GLOSSARY.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    return [row for row in cells if row[0] != "中文" and not row[0].startswith("---")]


def mentioned() -> list[tuple[str, bool]]:
    """Return each identifier in the tables, and whether it is marked as still to come."""
    text = "\n".join(f"{row[1]} {row[3]}" for row in rows())
    return sorted({(m["name"], bool(m["later"])) for m in _MARKED.finditer(text)})


def test_every_row_has_a_term_an_identifier_a_source_and_a_warning() -> None:
    assert len(rows()) > 50
    for row in rows():
        assert len(row) == 4, row
        assert re.search("[㐀-鿿]", row[0]), row
        assert _MARKED.match(row[1]), row


def test_one_term_has_one_identifier() -> None:
    terms = [row[0] for row in rows()]
    identifiers = [_MARKED.match(row[1])["name"] for row in rows()]  # type: ignore[index]

    assert sorted(terms) == sorted(set(terms))
    assert sorted(identifiers) == sorted(set(identifiers))


@pytest.mark.parametrize(("name", "is_later"), mentioned())
def test_an_identifier_exists_or_is_marked_as_still_to_come(name: str, is_later: bool) -> None:
    exists = name in names_in_code()

    assert exists or is_later, f"{name} is no name in src/ or packs/; mend the glossary or mark it"
    assert not (exists and is_later), f"{name} exists now: take the mark “later” away"
