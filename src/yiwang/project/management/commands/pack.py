"""``yiwang pack``: check, plan, apply, export and diff of scenario packs (场景包)."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.packs.actions.packs import apply_pack, export_pack, in_order, plan_pack
from yiwang.kernel.packs.check import check_pack, known_names
from yiwang.kernel.packs.errors import PackBrokenError, PackMissingError
from yiwang.kernel.packs.models import PackRelease
from yiwang.kernel.packs.reading import read_pack
from yiwang.kernel.packs.rule_cases import run_rule_cases
from yiwang.project.stories.testing import test_packs


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
        test = verbs.add_parser("test", help="play the stories over HTTP, the clock under control")
        test.add_argument("packs", nargs="*", help="keys; all packs when left out")
        test.add_argument("--story", help="only this story")
        test.add_argument("--seed", type=int, help="the people of an earlier run")
        test.add_argument("--json", action="store_true")
        test.add_argument(
            "--template", default="", help="a database in which all packs are in force already"
        )
        test.add_argument("--verbose", action="store_true", help="say each step")
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
