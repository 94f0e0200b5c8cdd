"""负载: a light HTTP client in a process of its own, so that its share of the processor is known.

Reads a pickled :class:`Plan` from standard input and writes a pickled :class:`Outcome`. Requests
are ready-made bytes; an answer is read by its ``Content-Length`` and no further.
"""

import asyncio
import pickle
import re
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ANSWER_SECONDS = 30


@dataclass(frozen=True)
class Plan:
    """What to send. Without ``rate`` each connection sends its next request when it has an answer
    (a closed loop: the most that the server gives); with it, requests are due at fixed instants and
    latency counts from then, so that a server that stalls is not spared.

    Requests are sent in order; when they run out before ``seconds`` are over, from the start again
    if ``again``, else the run ends.
    """

    port: int
    requests: list[bytes]
    connections: int
    seconds: float
    rate: float = 0.0
    again: bool = False
    expect: bytes = b""


@dataclass
class Outcome:
    """What came back; latencies in milliseconds, of good answers only."""

    latencies_ms: list[float] = field(default_factory=list)
    good: int = 0
    bad: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    first_bad: str = ""

    @property
    def per_second(self) -> float:
        """Return good answers a second."""
        return self.good / self.seconds if self.seconds else 0.0


def run(plan: Plan) -> Outcome:
    """Run a plan in a process of its own and return what it saw."""
    process = subprocess.run(
        [sys.executable, "-m", "bench.harness.load"],
        input=pickle.dumps(plan),
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[2],
        timeout=plan.seconds + 2 * _ANSWER_SECONDS,
        check=True,
    )
    outcome: Outcome = pickle.loads(process.stdout)
    return outcome


class _Feed:
    """Hands out requests with the instant at which each is due."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.begun = time.perf_counter()
        self.taken = 0

    def take(self) -> tuple[bytes, float] | None:
        place, plan = self.taken, self.plan
        if place >= len(plan.requests) and not plan.again:
            return None
        now = time.perf_counter()
        due = self.begun + place / plan.rate if plan.rate else now
        if max(now, due) - self.begun >= plan.seconds:
            return None
        self.taken += 1
        return plan.requests[place % len(plan.requests)], due


async def _send(plan: Plan, feed: _Feed, outcome: Outcome) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", plan.port)
    while (taken := feed.take()) is not None:
        request, due = taken
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        writer.write(request)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _ANSWER_SECONDS)
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length.group(1))) if length else b""
        took = time.perf_counter() - due
        status = _STATUS.match(head)
        if status and status.group(1)[:1] == b"2" and plan.expect in body:
            outcome.good += 1
            outcome.latencies_ms.append(took * 1000)
        else:
            outcome.bad += 1
            outcome.first_bad = outcome.first_bad or (head + body).decode(errors="replace")[:2000]
        if b"\r\nconnection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", plan.port)
    writer.close()


async def _main(plan: Plan) -> Outcome:
    outcome = Outcome()
    feed = _Feed(plan)
    await asyncio.gather(*(_send(plan, feed, outcome) for _ in range(plan.connections)))
    outcome.seconds = time.perf_counter() - feed.begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    outcome.cpu_seconds = used.ru_utime + used.ru_stime
    return outcome


if __name__ == "__main__":
    # The classes of the module as it is imported by whoever reads the answer.
    from bench.harness import load

    sys.stdout.buffer.write(
        pickle.dumps(asyncio.run(load._main(pickle.loads(sys.stdin.buffer.read()))))
    )
