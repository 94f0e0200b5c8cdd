"""The schemas themselves: sound, closed, and one for each kind of file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from yiwang.kernel.packs.checks.shapes import FILES, FOLDERS, SCHEMAS, schema_for

OBJECT_OR_ELSE = (["object", "null"], ["string", "object"])
ALL = sorted(SCHEMAS.glob("*.json"))


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        kinds = schema.get("type")
        if "properties" in schema and (kinds == "object" or kinds in OBJECT_OR_ELSE):
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_a_schema_is_sound_and_closed(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))

    Draft202012Validator.check_schema(schema)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == path.name
    for part in objects(schema):
        # A step is closed by the definition of its kind.
        is_step = set(part["properties"]) == {"kind"} and "allOf" in part
        assert is_step or part["additionalProperties"] is False, part


def test_each_kind_of_file_has_its_schema() -> None:
    named = {*FOLDERS.values(), *FILES.values(), "common.json", "item_overlay.json"}

    assert named == {path.name for path in ALL}
    assert schema_for("items/a.yaml") == "item.json"
    assert schema_for("pack.yaml") == "pack.json"
    for path in ("items/a.yml", "items/a/b.yaml", "a.yaml", "code/a.yaml", "items/a.py"):
        assert schema_for(path) is None
