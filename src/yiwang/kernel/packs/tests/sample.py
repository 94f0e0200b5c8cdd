"""A small valid pack (tests/tree.felling), as files, for the tests of the check to bend."""

from collections.abc import Mapping
from pathlib import Path

from yiwang.kernel.packs.names import EFFECT_RULES, KnownNames

SAMPLE = Path(__file__).parent / "tree.felling"

FILES = {
    path.relative_to(SAMPLE).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(SAMPLE.rglob("*.yaml"))
}

KNOWN = KnownNames(
    effects=frozenset(EFFECT_RULES),
    prefill_plugins=frozenset({"party", "licence"}),
    roles=frozenset({"receiver", "site_inspector", "approver"}),
    functions=frozenset({"forestry", "fire_service"}),
    items=frozenset({"tree_planting"}),
    packs=frozenset({"anytown"}),
    licence_types={"identity_proof": frozenset({"holder_name"})},
)


def write(folder: Path, files: Mapping[str, str] | Mapping[str, bytes]) -> Path:
    """Write the files of a pack below ``folder`` and return the pack's folder."""
    pack = folder / SAMPLE.name
    for name, content in files.items():
        path = pack / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return pack
