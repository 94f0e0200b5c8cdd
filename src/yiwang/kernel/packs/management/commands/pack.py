"""``yiwang pack``: check, plan, apply, export and diff of scenario packs (场景包)."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.packs.actions.packs import apply_pack, current_release, export_pack, plan_pack
from yiwang.kernel.packs.check import check_pack, known_names
from yiwang.kernel.packs.errors import PackBrokenError, PackMissingError
from yiwang.kernel.packs.models import PackRelease
from yiwang.kernel.packs.reading import read_pack


class Command(BaseCommand):
    """检查、预览、应用、导出场景包."""

    help = "Check, plan, apply and export scenario packs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, words in (
            ("check", "static check; every finding names file, line and mend"),
            ("plan", "what apply would add, change and remove"),
            ("apply", "put the packs in force, each in one transaction"),
        ):
            one = verbs.add_parser(verb, help=words)
            one.add_argument("packs", nargs="*", help="keys or folders; all packs when left out")
            one.add_argument("--json", action="store_true")
        export = verbs.add_parser("export", help="write the pack in force, byte for byte")
        export.add_argument("key")
        export.add_argument("folder", type=Path)
        verbs.add_parser("list", help="the packs in force")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['verb']}")(options)

    def _check(self, options: dict[str, Any]) -> None:
        names = known_names()
        broken = 0
        for path in _folders(options["packs"]):
            findings = check_pack(path, names)
            broken += any(finding.severity == "error" for finding in findings)
            for finding in findings:
                if options["json"]:
                    self.stdout.write(json.dumps(finding.as_dict(), ensure_ascii=False))
                else:
                    self.stdout.write(str(finding))
            if not findings and not options["json"]:
                self.stdout.write(f"{path.name}: 没有问题 no findings")
        if broken:
            raise CommandError(f"{broken} 个场景包有错误 packs with errors: {broken}")

    def _plan(self, options: dict[str, Any]) -> None:
        for path in in_order(_folders(options["packs"])):
            changes = plan_pack(read_pack(path))
            if options["json"]:
                for change in changes:
                    line = {"pack": path.name, **{k: getattr(change, k) for k in change.__slots__}}
                    self.stdout.write(json.dumps(line, ensure_ascii=False))
                continue
            self.stdout.write(f"{path.name}: {len(changes)} 处变更 changes")
            for change in changes:
                sign = {"add": "+", "change": "~", "remove": "-"}[change.kind]
                self.stdout.write(f"  {sign} {change.section}/{change.key}")

    def _apply(self, options: dict[str, Any]) -> None:
        for path in in_order(_folders(options["packs"])):
            try:
                release, changes = apply_pack(actor=SYSTEM, path=path)
            except PackBrokenError as error:
                for finding in error.details["findings"]:
                    self.stderr.write(json.dumps(finding, ensure_ascii=False))
                raise CommandError(f"{path.name}: {error.zh} {error.en}") from error
            self.stdout.write(
                f"{release.key} {release.version}: {len(changes)} 处变更已应用 changes applied"
            )

    def _export(self, options: dict[str, Any]) -> None:
        try:
            written = export_pack(key=options["key"], folder=options["folder"])
        except PackMissingError as error:
            raise CommandError(f"{error.zh} {error.en}") from error
        self.stdout.write(f"{len(written)} 个文件 files -> {options['folder']}")

    def _list(self, options: dict[str, Any]) -> None:
        for release in PackRelease.objects.filter(is_current=True).order_by("key"):
            self.stdout.write(f"{release.key} {release.version} {release.digest[:12]}")


def _folders(names: list[str]) -> list[Path]:
    if not names:
        return sorted(p.parent for p in settings.PACKS_DIR.glob("*/pack.yaml"))
    folders = []
    for name in names:
        path = Path(name) if Path(name, "pack.yaml").exists() else settings.PACKS_DIR / name
        if not (path / "pack.yaml").exists():
            raise CommandError(f"没有这个场景包 no such pack: {name}")
        folders.append(path)
    return folders


def in_order(folders: list[Path]) -> list[Path]:
    """Return the folders so that a pack comes after those that it requires.

    :raises CommandError: when packs require each other in a circle, or one is missing.
    """
    waiting = {read_pack(path).key: path for path in folders}
    ordered: list[Path] = []
    placed: set[str] = set()
    while waiting:
        ready = [
            key
            for key, path in waiting.items()
            if all(
                needed in placed or (needed not in waiting and current_release(needed) is not None)
                for needed in read_pack(path).requires
            )
        ]
        if not ready:
            raise CommandError(
                f"依赖缺失或成环 requirements missing or circular: {sorted(waiting)}"
            )
        for key in sorted(ready):
            ordered.append(waiting.pop(key))
            placed.add(key)
    return ordered
