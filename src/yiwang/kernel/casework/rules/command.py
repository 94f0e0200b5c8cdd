"""规则命令: ``./yiwang rules``: runs a compatibility kit, writes a table as DMN."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from . import tck
from .dmn.export import EDITIONS, export_table
from .errors import RulesError
from .yaml_tables import compile_table

USAGE = """用法 usage:
  ./yiwang rules tck DIR                       运行 DMN 兼容性测试 run a DMN compatibility kit
  ./yiwang rules export TABLE.yaml [1.3|1.5]   规则表写成 DMN 文件 write a table as DMN XML
"""


def main(arguments: list[str]) -> int:
    """Run one verb; exit code 2 for a wrong call, 1 for a table that cannot be read."""
    match arguments:
        case ["tck", *rest]:
            return tck.main(rest)
        case ["export", path]:
            return _export(Path(path), "1.5")
        case ["export", path, edition] if edition in EDITIONS:
            return _export(Path(path), edition)
    sys.stderr.write(USAGE)
    return 2


def _export(path: Path, edition: str) -> int:
    try:
        table = compile_table(yaml.safe_load(path.read_bytes()))
    except (OSError, yaml.YAMLError) as error:
        sys.stderr.write(f"{path}: {error}\n")
        return 1
    except RulesError as error:
        sys.stderr.write(f"{path}: {error.reason.zh} {error.reason.en}\n")
        return 1
    sys.stdout.write(export_table(table, edition=edition).decode())
    return 0
