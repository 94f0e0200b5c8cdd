"""The DMN compatibility kit, where it is at hand, and the harness that runs it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from yiwang.kernel.casework.rules.tck import main, run_tck, table_of

HERE = Path(__file__).parent
# Shares of assertions passed; they may only rise.
LEAST = {2: 1.0, 3: 0.99}


def kit_folder() -> Path | None:
    """Return the kit named by DMN_TCK_DIR, else the one beside the project, if it is there."""
    named = os.environ.get("DMN_TCK_DIR")
    beside = HERE.parents[6] / "shared" / "data" / "dmn-tck"
    folder = Path(named) if named else beside
    return folder if folder.is_dir() else None


def test_compatibility_kit():
    folder = kit_folder()
    if folder is None:
        pytest.skip("no DMN compatibility kit: set DMN_TCK_DIR or lay it at ../shared/data/dmn-tck")
    results = run_tck(folder)
    sys.stdout.write("\n" + table_of(results))
    assert {result.level for result in results} & {2, 3}
    for result in results:
        assert result.total > 0
        assert result.share >= LEAST.get(result.level, 0), result.failing[:20]


def test_harness_tells_right_from_wrong():
    (result,) = run_tck(HERE / "kit")
    assert (result.level, result.passed, result.total) == (2, 1, 2)
    assert result.failing[0].startswith("0001-age/wrong/Share: expected 3, got {third: 3.33")


def test_command_prints_one_json_line_per_level_then_a_table(capsys):
    assert main([str(HERE / "kit")]) == 0
    printed = capsys.readouterr()
    (line,) = printed.out.splitlines()
    told = json.loads(line)
    assert {key: told[key] for key in ("level", "passed", "total")} == {
        "level": 2,
        "passed": 1,
        "total": 2,
    }
    assert told["failing"][0].startswith("0001-age/wrong/Share")
    assert "    2         1         2  50.00%" in printed.err
    assert main([]) == 2
    assert main([str(HERE / "models")]) == 2


def test_a_folder_without_levels_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        run_tck(tmp_path)
