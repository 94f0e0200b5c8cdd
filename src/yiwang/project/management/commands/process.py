"""``yiwang process``: definitions as BPMN 2.0 and back, a case on its process, moving cases."""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.bpmn.export import export_bpmn
from yiwang.kernel.casework.process.bpmn.importing import import_bpmn
from yiwang.kernel.casework.process.migrating.moving import migrate_cases, plan_migration
from yiwang.kernel.casework.process.migrating.report import Report
from yiwang.kernel.casework.process.models import ProcessDefinition
from yiwang.kernel.casework.process.picture.reading import read_picture
from yiwang.kernel.casework.process.picture.shown import current_wording, standalone_svg
from yiwang.kernel.errors import DomainError
from yiwang.kernel.packs.checks.documents import read_document
from yiwang.kernel.packs.checks.shapes import check_shape, schema_for
from yiwang.project.cli import console

MOST_NUMBERS = 10


class Command(BaseCommand):
    """流程：导出 BPMN、导入 BPMN、画办件流程图、迁移在办件."""

    help = "Export and import BPMN 2.0, draw a case on its process, move running cases."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        export = verbs.add_parser("export", help="a process in force as BPMN 2.0 XML, drawn")
        export.add_argument("key")
        export.add_argument("--of", metavar="VERSION", help="this one, not the one in force")
        export.add_argument("--out", type=Path, help="write here, not to the terminal")
        read = verbs.add_parser("import", help="a BPMN file as the YAML of a pack")
        read.add_argument("file", type=Path)
        picture = verbs.add_parser("picture", help="a case on its process, as SVG")
        picture.add_argument("number")
        picture.add_argument("--out", type=Path, help="write here, not to the terminal")
        move = verbs.add_parser("migrate", help="let running cases go over to the version in force")
        move.add_argument("key")
        how = move.add_mutually_exclusive_group(required=True)
        how.add_argument(
            "--dry-run", action="store_true", help="say what would happen; write nothing"
        )
        how.add_argument("--apply", action="store_true", help="move them, one transaction a case")
        move.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        verbs: dict[str, Callable[[dict[str, Any]], None]] = {
            "export": self._export,
            "import": self._import,
            "picture": self._picture,
            "migrate": self._migrate,
        }
        try:
            verbs[options["verb"]](options)
        except DomainError as error:
            raise CommandError("\n".join([error.zh, error.en, *error.mend])) from error

    def _export(self, options: dict[str, Any]) -> None:
        definition = _definition(options["key"], options["of"])
        self._write(export_bpmn(definition.content, current_wording()).decode(), options["out"])

    def _import(self, options: dict[str, Any]) -> None:
        try:
            data = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"无法读取文件 cannot read: {error}") from error
        text = yaml.safe_dump(import_bpmn(data), allow_unicode=True, sort_keys=False, width=100)
        name = f"process/{options['file'].stem}.yaml"
        schema = schema_for("process/imported.yaml")
        # What a drawing does not say (English titles, phases) is for a person to add.
        for finding in check_shape(read_document(name, text.encode()), schema) if schema else ():
            self.stderr.write(str(finding))
        self.stdout.write(text, ending="")

    def _picture(self, options: dict[str, Any]) -> None:
        case = Case.objects.filter(number=options["number"]).first()
        picture = read_picture(case, current_wording()) if case is not None else None
        if picture is None:
            raise CommandError(
                f"没有在办流程的办件 no such case with a process: {options['number']}"
            )
        self._write(standalone_svg(picture), options["out"])

    def _migrate(self, options: dict[str, Any]) -> None:
        if options["dry_run"]:
            report = plan_migration(key=options["key"])
        else:
            report = migrate_cases(actor=SYSTEM, key=options["key"], on_batch=self._progress)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False))
            return
        self.stdout.write("\n".join(_table(report)))

    def _progress(self, report: Report) -> None:
        self.stderr.write(f"{report.total} 件 cases …")

    def _write(self, text: str, out: Path | None) -> None:
        if out is None:
            self.stdout.write(text, ending="")
            return
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"无法写入 cannot write: {error}") from error
        self.stdout.write(str(out))


def _table(report: Report) -> list[str]:
    """Return the report as lines: how many go over, and each reason with some of its cases."""
    word = "可以迁移 would go over" if report.is_dry_run else "已迁移 went over"
    lines = [
        f"{report.key} → {report.version}: {report.total} 件在办 running, "
        f"{report.movable.total()} 件{word}, {len(report.blocked)} 件留下 stay"
    ]
    rows = [["旧版本 version", "件 cases", ""]]
    rows += [[version, str(count), word] for version, count in sorted(report.movable.items())]
    if report.movable:
        lines.append(console.table(rows))
    for problem, numbers in report.reasons():
        shown = " ".join(numbers[:MOST_NUMBERS]) + (" …" if len(numbers) > MOST_NUMBERS else "")
        lines += [
            "",
            f"{problem.code} {problem.step}: {len(numbers)} 件 cases",
            f"  {problem.reason_zh}。{problem.mend_zh}。",
            f"  {problem.reason_en} {problem.mend_en}",
            f"  {shown}",
        ]
    return lines


def _definition(key: str, version: str | None) -> ProcessDefinition:
    rows = ProcessDefinition.objects.filter(key=key)
    row = rows.filter(version=version) if version else rows.filter(is_current=True)
    found = row.first()
    if found is None:
        known = ProcessDefinition.objects.filter(is_current=True).order_by("key")
        keys = rows.values_list("version") if version else known.values_list("key")
        listed = ", ".join(name for (name,) in keys) or "—"
        raise CommandError(f"没有这个流程 no such process: {key}。已有 there are: {listed}")
    return found
