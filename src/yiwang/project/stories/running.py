"""Run stories: against a throwaway database with processes of its own, or against what runs."""

import os
import random
import secrets
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings

from yiwang.kernel.base.calendars import travel_installation
from yiwang.kernel.base.events.registry import pumps
from yiwang.kernel.packs.reading import read_pack
from yiwang.kernel.registers.payments.facade import register_bill
from yiwang.kernel.registers.payments.models import Bill
from yiwang.project import coverage
from yiwang.project.engines.processes import free_port
from yiwang.project.stories.cast import Cast
from yiwang.project.stories.client import StoryFailedError
from yiwang.project.stories.runner import StoryRun

PATIENCE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class StoryResult:
    """What became of one story."""

    pack: str
    story: str
    passed: bool
    seconds: float
    steps: int
    error: str
    seed: int

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def stories_of(folder: Path) -> list[dict[str, Any]]:
    """Return the stories of a pack, by key."""
    stories = read_pack(folder).sections.get("stories", {})
    return [stories[key] for key in sorted(stories)]


def run_story(
    pack: str,
    story: dict[str, Any],
    *,
    base_url: str,
    seed: int | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> StoryResult:
    """Play one story over HTTP and record the rows that it proves."""
    seed = seed if seed is not None else secrets.randbelow(2**32)
    cast = Cast(base_url, random.Random(seed))  # noqa: S311 sample people, no secrets
    began = time.monotonic()
    run = StoryRun(
        story,
        cast=cast,
        move_clock=move_clock,
        pump=pump,
        pay=pay,
        report=report,
    )
    error = ""
    try:
        run.run()
    except (StoryFailedError, LookupError, httpx.HTTPError) as failure:
        error = str(failure)
    finally:
        cast.close()
        travel_installation(None)
    name = f"{pack}/{story['key']}"
    proofs = [
        coverage.Proof("story", name, proof["row"], proof["says"], not error)
        for proof in story.get("proves", [])
    ]
    # All that this story claimed before is replaced, also a row that it claims no more.
    coverage.record_run("story", proofs, everything=False)
    return StoryResult(
        pack, story["key"], not error, time.monotonic() - began, len(story["steps"]), error, seed
    )


def move_clock(at: datetime) -> None:
    """Move the clock of every process, and let what is due by then happen."""
    travel_installation(at)
    pump()


def pump() -> None:
    """Do the worker's work now, until nothing is left; a worker beside us does no harm."""
    for _round in range(20):
        if not sum(entry.run() for entry in pumps()):
            return


def pay(bill_number: str) -> None:
    """Pay at the bank as a person would, and wait until the bank's call-back has come."""
    bill = register_bill(Bill.objects.only("pk").get(number=bill_number).pk)
    httpx.post(
        f"{settings.SANDBOX_URL}/bank/pay",
        json={"payment_code": bill.payment_code, "transaction_id": f"TX{uuid.uuid4().hex[:16]}"},
        timeout=PATIENCE_SECONDS,
        trust_env=False,
    ).raise_for_status()
    until = time.monotonic() + PATIENCE_SECONDS
    while Bill.objects.values_list("status", flat=True).get(number=bill_number) == "UNPAID":
        if time.monotonic() > until:
            raise StoryFailedError(f"bill {bill_number} stayed unpaid: no call-back from the bank")
        time.sleep(0.05)


@contextmanager
def own_processes(database_url: str, var: Path) -> Iterator[dict[str, str]]:
    """Start sandbox and web of our own for a database; yield the environment that reaches them."""
    web, sandbox = free_port(), free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "yiwang.project.settings",
        "YIWANG_VAR": str(var),
        "YIWANG_ALLOW_TIME_TRAVEL": "1",
        "YIWANG_SANDBOX_URL": f"http://127.0.0.1:{sandbox}",
        "YIWANG_SANDBOX_PORT": str(sandbox),
        "YIWANG_BANK_KEY": secrets.token_hex(16),
        "YIWANG_PUBLIC_URL": f"http://127.0.0.1:{web}",
        "YIWANG_URL": f"http://127.0.0.1:{web}",
        "NATS_URL": "",
    }
    environment.setdefault("YIWANG_SECRET_KEY", secrets.token_hex(32))
    log = (var / "stories.log").open("ab")
    commands = [
        [sys.executable, "-m", "yiwang.project.sandbox"],
        [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--no-ws",
            "--host",
            "127.0.0.1",
            "--port",
            str(web),
            "--workers",
            "1",
            "--blocking-threads",
            "2",
            "yiwang.project.wsgi:application",
        ],
    ]
    processes = [
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) for command in commands
    ]
    try:
        wait_until_healthy(environment["YIWANG_URL"])
        yield environment
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=PATIENCE_SECONDS)
        log.close()


def wait_until_healthy(url: str) -> None:
    """Wait for the web process to answer.

    :raises TimeoutError: when it does not within a minute.
    """
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/healthz", timeout=2, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} does not answer")
