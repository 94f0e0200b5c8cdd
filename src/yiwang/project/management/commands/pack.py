"""``yiwang pack``: check, plan, apply, export and diff of scenario packs (场景包)."""

import json
import os
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.errors import DomainError
from yiwang.kernel.packs.actions.packs import apply_pack, in_order, plan_pack, switch_pack
from yiwang.kernel.packs.canonical import format_yaml
from yiwang.kernel.packs.check import check_packs, known_names
from yiwang.kernel.packs.comparing import Change, compare_packs
from yiwang.kernel.packs.exporting import (
    archive_packs,
    export_pack,
    packs_in_force,
    read_archive,
)
from yiwang.kernel.packs.models import PackRelease
from yiwang.kernel.packs.reading import PackContent, read_pack
from yiwang.kernel.packs.rule_cases import run_rule_cases
from yiwang.project.stories.testing import test_packs

RUNNING = "running"
SIGNS = {"add": "+", "change": "~", "remove": "-"}
# 1: findings, differences, stories that fail, an act refused. 2: the call itself is wrong.
WRONG_CALL = 2
MAX_SHOWN = 80


class Command(BaseCommand):
    """检查、预览、应用、比较、导出、停用场景包."""

    help = "Check, plan, apply, compare, format, export and switch scenario packs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, words in (
            ("check", "static check; every finding names pack, file, line and mend"),
            ("plan", "what apply would add, change and remove"),
            ("apply", "put the packs in force, each in one transaction"),
            ("fmt", "write the files in canonical form"),
        ):
            one = verbs.add_parser(verb, help=words)
            one.add_argument("packs", nargs="*", help="keys or folders; all packs when left out")
            one.add_argument("--json", action="store_true")
            if verb == "apply":
                one.add_argument("--older", action="store_true", help="allow a lower version")
            if verb == "fmt":
                one.add_argument("--check", action="store_true", help="write nothing")
        diff = verbs.add_parser("diff", help="how two sides differ; exit code 1 when they do")
        diff.add_argument("a", help="a pack, a folder of packs, an archive, or 'running'")
        diff.add_argument("b", nargs="?", default=RUNNING, help="the other side, else 'running'")
        diff.add_argument("--json", action="store_true")
        test = verbs.add_parser("test", help="play the stories over HTTP, the clock under control")
        test.add_argument("packs", nargs="*", help="keys; all packs when left out")
        test.add_argument("--story", help="only this story")
        test.add_argument("--seed", type=int, help="the people of an earlier run")
        test.add_argument("--json", action="store_true")
        test.add_argument(
            "--template", default="", help="a database in which all packs are in force already"
        )
        test.add_argument("--verbose", action="store_true", help="say each step")
        export = verbs.add_parser("export", help="write what is in force, byte for byte")
        export.add_argument("key", nargs="?")
        export.add_argument("folder", type=Path, nargs="?")
        export.add_argument("--all", type=Path, metavar="FILE.zip", help="every pack, one archive")
        for verb in ("off", "on"):
            switch = verbs.add_parser(verb, help=f"switch a pack {verb}")
            switch.add_argument("key")
        listing = verbs.add_parser("list", help="the packs in force")
        listing.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['verb']}")(options)
        except DomainError as error:
            as_json = options.get("json", False)
            for finding in error.details.get("findings", ()):
                self.stderr.write(_json(finding) if as_json else _finding(finding))
            if as_json:
                self.stderr.write(_json(error.as_problem()))
            raise CommandError(" ".join((error.zh, error.en, *error.mend)).strip()) from error

    def _check(self, options: dict[str, Any]) -> None:
        folders = _folders(options["packs"])
        names = known_names(*{path.parent for path in folders})
        broken = 0
        for path, findings in check_packs(folders, names, processes=os.cpu_count() or 1):
            broken += any(finding.severity == "error" for finding in findings)
            for finding in findings:
                line = _json(finding.as_dict()) if options["json"] else str(finding)
                self.stdout.write(line)
            if not findings and not options["json"]:
                self.stdout.write(f"{path.name}: 没有问题 no findings")
        if broken:
            raise CommandError(f"{broken} 个场景包有错误 packs with errors: {broken}")

    def _plan(self, options: dict[str, Any]) -> None:
        for path in in_order(_folders(options["packs"])):
            changes = plan_pack(read_pack(path))
            if not options["json"]:
                self.stdout.write(f"{path.name}: {len(changes)} 处变更 changes")
            self._show(path.name, changes, as_json=options["json"])

    def _apply(self, options: dict[str, Any]) -> None:
        for path in in_order(_folders(options["packs"])):
            release, changes = apply_pack(actor=SYSTEM, path=path, allow_older=options["older"])
            if options["json"]:
                line = {"pack": release.key, "version": release.version, "digest": release.digest}
                self.stdout.write(_json(line | {"changes": [c.as_dict() for c in changes]}))
                continue
            self.stdout.write(
                f"{release.key} {release.version}: {len(changes)} 处变更已应用 changes applied"
            )

    def _fmt(self, options: dict[str, Any]) -> None:
        changed = 0
        for folder in _folders(options["packs"]):
            for path, content in read_pack(folder).files.items():
                if not path.endswith(".yaml"):
                    continue
                formatted = format_yaml(path, content)
                if formatted == content:
                    continue
                changed += 1
                if not options["check"]:
                    (folder / path).write_bytes(formatted)
                name = f"{folder.name}/{path}"
                self.stdout.write(_json({"file": name}) if options["json"] else name)
        if changed and options["check"]:
            raise CommandError(f"{changed} 个文件不是规范写法 files are not in canonical form")

    def _diff(self, options: dict[str, Any]) -> None:
        before, after = _side(options["a"]), _side(options["b"])
        if options["a"] != RUNNING and options["b"] == RUNNING:
            # Read as a plan: what is in force first, what the folder would make of it second.
            before, after = after, before
        keys = before.keys() | after.keys()
        if len(before) == 1 != len(after):
            keys = set(before)
        elif len(after) == 1 != len(before):
            keys = set(after)
        found = 0
        for pack in sorted(keys):
            changes = compare_packs(before.get(pack), after.get(pack))
            found += len(changes)
            if changes and not options["json"]:
                self.stdout.write(f"{pack}: {len(changes)} 处不同 differences")
            self._show(pack, changes, as_json=options["json"])
        if found:
            raise CommandError(f"{found} 处不同 differences")
        if not options["json"]:
            self.stdout.write("没有不同 no differences")

    def _show(self, pack: str, changes: Sequence[Change], *, as_json: bool) -> None:
        for change in changes:
            if as_json:
                self.stdout.write(_json({"pack": pack, **change.as_dict()}))
                continue
            self.stdout.write(f"  {SIGNS[change.kind]} {change.section}/{change.key}")
            for value in change.values:
                sign, before, after = SIGNS[value.kind], _shown(value.before), _shown(value.after)
                said = {"+": after, "-": before, "~": f"{before} → {after}"}[sign]
                self.stdout.write(f"      {sign} {value.path}: {said}")

    def _test(self, options: dict[str, Any]) -> None:
        broken = 0 if options["story"] else self._rule_cases(options)
        results = test_packs(
            _folders(options["packs"]),
            only=options["story"],
            seed=options["seed"],
            verbose=options["verbose"],
            template=options["template"],
        )
        for result in results:
            if options["json"]:
                self.stdout.write(json.dumps(result.as_dict(), ensure_ascii=False))
                continue
            mark = "ok  " if result.passed else "FAIL"
            self.stdout.write(
                f"{mark} {result.pack}/{result.story} {result.seconds:.1f}s seed={result.seed}"
            )
            if result.error:
                self.stdout.write(f"     {result.error}")
        failed = sum(not result.passed for result in results)
        self.stdout.write(f"stories: {len(results) - failed} passed, {failed} failed")
        if failed or broken or not results:
            raise CommandError("故事未全部通过 not every story passed")

    def _rule_cases(self, options: dict[str, Any]) -> int:
        """Run the cases of the packs' rule tables; return how many files of them fail."""
        results = [one for path in _folders(options["packs"]) for one in run_rule_cases(path)]
        for one in results:
            if options["json"]:
                line = {"pack": one.pack, "cases": one.file, "passed": one.passed}
                line |= {"total": one.total, "findings": [f.as_dict() for f in one.findings]}
                self.stdout.write(json.dumps(line, ensure_ascii=False))
                continue
            mark = "FAIL" if one.failed else "ok  "
            self.stdout.write(f"{mark} {one.pack}/{one.file} {one.passed}/{one.total}")
            for finding in one.findings:
                self.stdout.write(f"     {finding}")
        return sum(one.failed for one in results)

    def _export(self, options: dict[str, Any]) -> None:
        if options["all"]:
            keys = archive_packs(options["all"])
            self.stdout.write(f"{len(keys)} 个场景包 packs -> {options['all']}")
            return
        if not options["key"] or not options["folder"]:
            raise CommandError(
                "写明键和文件夹，或者 --all 文件 name a key and a folder, or --all FILE.zip",
                returncode=WRONG_CALL,
            )
        written = export_pack(key=options["key"], folder=options["folder"])
        self.stdout.write(f"{len(written)} 个文件 files -> {options['folder']}")

    def _off(self, options: dict[str, Any]) -> None:
        switch_pack(actor=SYSTEM, key=options["key"], on=False)
        self.stdout.write(f"{options['key']}: 已停用 switched off")

    def _on(self, options: dict[str, Any]) -> None:
        switch_pack(actor=SYSTEM, key=options["key"], on=True)
        self.stdout.write(f"{options['key']}: 已启用 switched on")

    def _list(self, options: dict[str, Any]) -> None:
        for release in PackRelease.objects.filter(is_current=True).order_by("key"):
            if options["json"]:
                line = {"pack": release.key, "version": release.version, "digest": release.digest}
                self.stdout.write(_json(line | {"on": release.is_enabled}))
                continue
            mark = "" if release.is_enabled else " 已停用 off"
            self.stdout.write(f"{release.key} {release.version} {release.digest[:12]}{mark}")


def _folders(names: list[str]) -> list[Path]:
    """Return the folders of packs: all, or those that keys, folders or folders of packs name."""
    if not names:
        return _packs_in(settings.PACKS_DIR)
    folders = []
    for name in names:
        path = Path(name)
        if (path / "pack.yaml").exists():
            # A folder is known by its name also where it was given as ``.``.
            folders.append(path.resolve())
        elif (settings.PACKS_DIR / name / "pack.yaml").exists():
            folders.append(settings.PACKS_DIR / name)
        elif path.is_dir() and (inside := _packs_in(path.resolve())):
            folders += inside
        else:
            raise CommandError(f"没有这个场景包 no such pack: {name}", returncode=WRONG_CALL)
    return folders


def _packs_in(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob("*/pack.yaml"))


def _side(name: str) -> Mapping[str, PackContent]:
    """Return the packs of one side of a comparison, by key."""
    if name == RUNNING:
        return packs_in_force()
    if Path(name).is_file():
        return read_archive(Path(name))
    return {content.key: content for content in map(read_pack, _folders([name]))}


def _json(line: Mapping[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False, default=str)


def _finding(finding: Mapping[str, Any]) -> str:
    place = "/".join(part for part in (finding.get("pack"), finding["file"]) if part)
    words = f"{finding['reason_zh']}。{finding['mend_zh']}。"
    english = f"{finding['reason_en']} {finding['mend_en']}"
    return f"{place}:{finding['line']} {finding['path']}: {finding['code']}: {words} {english}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
