"""全部检查: ``./yiwang test`` runs style, types, import contracts, migrations and tests."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yiwang.project import translations
from yiwang.project.cli import console, delegate
from yiwang.project.engines import postgres
from yiwang.project.engines.installation import ROOT

CLOSING_LINE = re.compile(r"^(=+ )?.*\b(passed|failed|errors?|no tests ran|skipped)\b.* in [\d.]+s")
TOOLS = Path(sys.executable).parent


@dataclass(frozen=True)
class Outcome:
    """How one check ended."""

    name: str
    passed: bool
    seconds: float


def environment(database_url: str) -> dict[str, str]:
    """Return the environment for the checks."""
    return dict(os.environ) | {
        "PYTHONPATH": str(ROOT / "src"),
        "YIWANG_SECRET_KEY": "only for checks",
        "DATABASE_URL": database_url,
    }


def quiet(name: str, commands: Sequence[Sequence[str]], env: dict[str, str]) -> Outcome:
    """Run the commands of a check; what they say is shown only when one fails."""
    started = time.monotonic()
    print(f"{name} …", end=" ", flush=True)
    said = []
    for argv in commands:
        result = subprocess.run(
            argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        if result.returncode:
            said.append(f"$ {' '.join(argv)}\n{result.stdout}{result.stderr}".rstrip())
    seconds = time.monotonic() - started
    print(f"{'失败 FAILED' if said else 'ok'} {seconds:.1f} s", flush=True)
    for text in said:
        print(text, flush=True)
    return Outcome(name, not said, seconds)


def pytest(arguments: Sequence[str], env: dict[str, str]) -> tuple[Outcome, str]:
    """Run the tests with their output shown; hold back the closing line and return it."""
    started = time.monotonic()
    argv = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", *arguments]
    closing = ""
    with subprocess.Popen(
        argv,
        cwd=ROOT,
        env=env | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            if closing:
                print(closing, end="")
                closing = ""
            if CLOSING_LINE.match(line):
                closing = line
            else:
                print(line, end="", flush=True)
    outcome = Outcome("pytest", process.returncode == 0, time.monotonic() - started)
    return outcome, closing or f"pytest ended with exit code {process.returncode}\n"


def run(arguments: Sequence[str], *, fast: bool, postgres_major: int | None) -> int:
    """Run all checks; the exit code is 0 only when every one of them passed."""
    if postgres_major:
        os.environ["YIWANG_POSTGRES_BIN"] = f"/usr/lib/postgresql/{postgres_major}/bin"
    translations.compile_changed()
    options = list(arguments)
    if fast:
        options += ["-m", "not browser"]
    elif reason := delegate.missing_browser():
        console.say(f"跳过浏览器测试：{reason}", "Browser tests are skipped.")
        os.environ["YIWANG_NO_BROWSER"] = reason
    python = [sys.executable, "-m"]
    with postgres.throwaway() as cluster:
        console.say(
            f"PostgreSQL {cluster.binaries.major}，程序 {cluster.binaries.folder}",
            "for migrations and tests.",
        )
        env = environment(cluster.url)
        django = env | {"DJANGO_SETTINGS_MODULE": "yiwang.project.settings"}
        outcomes = [
            quiet(
                "style",
                [
                    [*python, "ruff", "check", ".", "yiwang"],
                    [*python, "ruff", "format", "--check", ".", "yiwang"],
                ],
                env,
            ),
            quiet("types", [[*python, "mypy"]], env),
            quiet("imports", [[str(TOOLS / "lint-imports")]], env),
            quiet(
                "migrations",
                [
                    [*python, "django", "makemigrations", "--check", "--dry-run"],
                    [*python, "django", "migrate", "--no-input"],
                    [*python, "django", "migrate", "--check"],
                    [*python, "django", "check"],
                ],
                django,
            ),
        ]
        outcome, closing = pytest(options, env)
        outcomes.append(outcome)
    rows = [["", "检查 check", "用时 time"]]
    rows += [["✓" if o.passed else "✗", o.name, f"{o.seconds:.1f} s"] for o in outcomes]
    print(console.table(rows))
    print(closing, end="")
    return 0 if all(outcome.passed for outcome in outcomes) else 1
