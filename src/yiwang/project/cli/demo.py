"""演示: the demonstration city, to look at or to be walked through by the check."""

import json
import os
import sys
import time
from collections.abc import Sequence

from yiwang.project.cli import console, delegate, stack
from yiwang.project.engines.errors import EngineError
from yiwang.project.engines.installation import ROOT, Installation
from yiwang.project.engines.supervisor import StopRequested

SEED = "seed_demo"
# Set by the bootstrap, so that the time to ready counts from the very first moment.
STARTED = "YIWANG_STARTED"


def seconds_since_start() -> float:
    """Return how long ago the command was given, in seconds."""
    return time.time() - float(os.environ.get(STARTED, time.time()))


def show(installation: Installation, url: str) -> None:
    """Print the addresses and the sample accounts."""
    print()
    pages = [
        ["门户 portal", f"{url}/"],
        ["政务桌面 desk", f"{url}/desk/"],
        ["证照核验 verification", f"{url}/verify/"],
        ["界面样例 components", f"{url}/ui/"],
    ]
    print(console.table(pages))
    accounts = installation.run / "demo-accounts.json"
    if accounts.exists():
        rows = [
            [str(value) for value in account.values()]
            for account in json.loads(accounts.read_text(encoding="utf-8"))
        ]
        print("\n示例账号 sample accounts")
        print(console.table(rows))
    print()


def allow_time_travel() -> None:
    """Let the walk see holidays and limits pass: only a demonstration may move its clock."""
    os.environ.setdefault("YIWANG_ALLOW_TIME_TRAVEL", "1")


def run(installation: Installation) -> int:
    """Start the demonstration and keep it running until Ctrl-C."""
    allow_time_travel()
    if state := installation.state():
        console.say(f"已在运行：{state.url}（./yiwang down 停止）", "Already running.")
        show(installation, state.url)
        return 0
    try:
        with stack.running(installation, SEED) as supervisor:
            show(installation, supervisor.state.url)
            console.say(
                f"就绪，用时 {seconds_since_start():.1f} 秒。按 Ctrl-C 停止。",
                "Ready. Press Ctrl-C to stop.",
            )
            supervisor.watch()
    except StopRequested:
        console.say("已停止。", "Stopped.")
    return 0


def check(installation: Installation, pack: str | None) -> int:
    """Walk the main journeys as an HTTP client; return the walk's exit code."""
    allow_time_travel()
    argv = [sys.executable, "-m", "yiwang.project.demo.check"]
    if pack:
        argv += ["--pack", pack]
    return against_running(installation, argv)


def against_running(installation: Installation, argv: list[str]) -> int:
    """Run a command with ``YIWANG_URL`` set: against what runs, or against a start of its own."""
    if (state := installation.state()) and state.ready:
        environment = installation.environment(state.ports) | {"YIWANG_URL": state.url}
        os.chdir(ROOT)
        sys.stdout.flush()
        os.execve(sys.executable, argv, environment)
    try:
        with stack.running(installation, SEED) as supervisor:
            console.say(f"就绪，用时 {seconds_since_start():.1f} 秒。", "Ready.")
            return stack.run_beside(supervisor, argv, supervisor.state.url)
    except StopRequested:
        console.say("已中断。", "Interrupted.")
        return 130


def screenshots(installation: Installation, arguments: Sequence[str]) -> int:
    """Take pictures of the pages from a running demonstration, into docs/images unless told."""
    if reason := delegate.missing_browser():
        raise EngineError(f"没有浏览器：{reason}", f"No browser: {reason}", code="browser.missing")
    where = [] if "--out" in arguments else ["--out", str(ROOT / "docs" / "images")]
    argv = [sys.executable, "-m", "yiwang.project.screens", *where, *arguments]
    return against_running(installation, argv)
