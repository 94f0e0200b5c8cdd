"""覆盖报告: ``./yiwang coverage``."""

import json
import subprocess
import sys

from yiwang.project import coverage
from yiwang.project.cli import console
from yiwang.project.engines.installation import ROOT

AREAS = {
    "A": "公共支撑、数字底座 shared base",
    "B": "一网通办 service delivery",
    "C": "营商环境 business environment",
    "D": "民生 livelihood",
    "E": "一网统管 city management",
    "F": "一网协同 office",
    "G": "数据资源体系 data",
    "H": "安全 security",
    "I": "管理、运营、考核、指标 management",
    "J": "管理机制 mechanisms",
}


def run(*, as_json: bool) -> int:
    """Print which rows of the plan are proved and by what; run the proving tests when none has."""
    if not coverage.results_path().exists():
        proving = [sys.executable, "-m", "pytest", "-q", "-m", "proves", "-n", "2"]
        console.complain(
            "还没有结果，先运行证明性测试…  No results yet: running the proving tests…"
        )
        subprocess.run(proving, cwd=ROOT, stdout=sys.stderr, check=False)
    report = coverage.report(coverage.stories_there())
    if as_json:
        print(json.dumps(report, ensure_ascii=False))
        return 0
    for area, content in report["areas"].items():
        proved, unproved = content["proved"], content["open"]
        print(f"\n{area} {AREAS[area]}  {len(proved)}/{len(proved) + len(unproved)}")
        for row in proved:
            print(f"  {row['id']} {row['zh']}")
            for proof in row["proofs"]:
                print(f"      {proof['says']}  [{proof['by']}]")
        for row in unproved:
            for name in row["failed"]:
                print(f"  {row['id']} {row['zh']}  未通过 failed [{name}]")
        print("  未证明 open: " + " ".join(row["id"] for row in unproved))
    print(f"\n{report['proved']}/{report['total']} 项已证明  rows proved")
    return 0
