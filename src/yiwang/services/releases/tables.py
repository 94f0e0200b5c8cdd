"""规则表读写: the table in force, its file in its pack, and what is wrong with a draft."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yiwang.kernel.casework.rules.checks import check_table
from yiwang.kernel.casework.rules.errors import RuleFinding, Words
from yiwang.kernel.casework.rules.models import RuleDefinition
from yiwang.kernel.errors import NotFoundError
from yiwang.kernel.packs.canonical import write_yaml
from yiwang.kernel.packs.check import check_files, names_in_force
from yiwang.kernel.packs.models import PackFile, PackRelease
from yiwang.kernel.packs.reading import read_files
from yiwang.kernel.packs.rule_cases import CASES

__all__ = ["PackTable", "findings_of", "open_table", "table_in_force"]


@dataclass(frozen=True, slots=True)
class PackTable:
    """规则表文件: the files of a pack in force, and which of them holds the table."""

    release: PackRelease
    files: Mapping[str, bytes]
    path: str

    def with_content(self, content: Mapping[str, Any]) -> dict[str, bytes]:
        """Return the files with the table in canonical form in its place."""
        return {**self.files, self.path: write_yaml(content)}


def table_in_force(key: str) -> RuleDefinition:
    """Return the version in force.

    :raises NotFoundError: there is none.
    """
    found = RuleDefinition.objects.filter(key=key, is_current=True).first()
    if found is None:
        raise NotFoundError
    return found


def open_table(release: PackRelease, key: str) -> PackTable:
    """Return the pack's files with the path of the table.

    :raises NotFoundError: the pack does not hold it.
    """
    files = {row.path: bytes(row.content) for row in PackFile.objects.filter(release=release)}
    for path, data in files.items():
        if path.startswith("rules/") and not path.endswith(CASES):
            held = read_files({"pack.yaml": files["pack.yaml"], path: data}).sections["rules"]
            if key in held:
                return PackTable(release, files, path)
    raise NotFoundError


def findings_of(table: PackTable, content: Mapping[str, Any]) -> list[RuleFinding]:
    """Return what is wrong with a draft: in itself, and in the pack that it would stand in.

    Gaps and overlaps come with an example; names that nothing bears are found by the pack's check.
    """
    found = check_table(content)
    seen = {finding.path for finding in found if finding.level == "error"}
    for one in check_files(table.release.key, table.with_content(content), names_in_force()):
        if one.file == table.path and one.severity == "error" and one.path not in seen:
            found.append(
                RuleFinding(
                    one.path,
                    one.code.lower().replace("_", "-"),
                    Words(one.reason_zh, one.reason_en),
                    Words(one.mend_zh, one.mend_en),
                )
            )
    return found
