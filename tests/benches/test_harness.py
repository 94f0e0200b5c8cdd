"""The bench harness: what it refuses, what it prints, and that its load is what it says."""

import json
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from bench.harness import catalogue, core, load, statistics
from bench.harness.catalogue import Figure
from bench.harness.core import Harness, Measured, NotDurableError
from bench.harness.machine import Meter

WANTED = {
    "applications": {"throughput_per_s", "p95_ms", "share_of_pgbench"},
    "search": {"p95_ms"},
    "inbox": {"p95_ms"},
    "decisions": {"plain_per_s", "traced_per_s", "compile_500_s"},
    "packs": {"check_300_s", "apply_one_s"},
    "process": {
        "step_ratio_to_spiff",
        "durable_cases_per_s",
        "share_of_plain_sql",
        "rate_at_1m_ratio",
        "mb_per_100k_open",
    },
    "startup": {"ready_s", "idle_mb"},
}


class Slow(BaseHTTPRequestHandler):
    """Answers after the time that the path names, in milliseconds; 503 for /no."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path != "/no":
            time.sleep(int(self.path.strip("/")) / 1000)
        body = b'{"outcome": "GRANTED"}'
        self.send_response(503 if self.path == "/no" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def test_every_bench_of_the_plan_is_there_with_its_figures() -> None:
    benches = catalogue.benches()
    assert benches.keys() == WANTED.keys()
    for name, figures in WANTED.items():
        assert figures <= benches[name].FIGURES.keys()
        assert callable(benches[name].run)
        assert name in catalogue.listing()
    with pytest.raises(KeyError):
        catalogue.find(["nothing"])


@pytest.mark.django_db
def test_a_database_that_may_forget_is_refused() -> None:
    harness = Harness(quick=True)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    with pytest.raises(NotDurableError, match="is off"):
        harness.check_durability()


def test_a_closed_loop_counts_good_answers_only(server: int) -> None:
    outcome = load.run(
        load.Plan(server, [get("/5"), get("/no")], 2, seconds=0.5, again=True, expect=b"GRANTED")
    )
    assert outcome.good > 10
    assert outcome.bad > 10
    assert "503" in outcome.first_bad
    assert min(outcome.latencies_ms) >= 5
    assert outcome.cpu_seconds > 0
    assert outcome.per_second == pytest.approx(outcome.good / outcome.seconds)


def test_an_answer_without_what_is_expected_is_bad(server: int) -> None:
    outcome = load.run(load.Plan(server, [get("/0")] * 3, 1, seconds=5, expect=b"REFUSED"))
    assert (outcome.good, outcome.bad) == (0, 3)


def test_at_a_fixed_rate_waiting_for_a_connection_counts(server: int) -> None:
    # One connection and answers of 100 ms cannot keep up with 20 a second: each waits longer.
    outcome = load.run(load.Plan(server, [get("/100")] * 6, 1, seconds=5, rate=20))
    assert outcome.good == 6
    assert outcome.latencies_ms == sorted(outcome.latencies_ms)
    assert outcome.latencies_ms[-1] > 100 + 5 * 40


def test_a_line_has_the_keys_and_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(core, "RESULTS", tmp_path)
    bench = ModuleType("bench.sample", "样例: a sample.")
    bench.__dict__.update(
        NAME="sample",
        FIGURES={"speed": Figure("per s", 10, reference="a snail")},
        run=lambda harness: harness.report(speed=Measured([8, 12, 9], [1, 2, 3], [3, 2, 4])),
    )
    broken = ModuleType("bench.broken", "坏: broken.")
    broken.__dict__.update(NAME="broken", FIGURES={}, run=lambda harness: 1 / 0)
    assert Harness(quick=False).run_all([bench, broken]) == 1
    said = capsys.readouterr()
    line = json.loads(said.out.splitlines()[0])
    assert tuple(line)[:11] == core.KEYS
    assert (line["value"], line["runs"], line["spread"]) == (9, [8, 12, 9], 0.444)
    assert (line["p50"], line["p95"], line["p_unit"]) == (2, 2.9, "ms")
    assert (line["reference"], line["reference_value"], line["ratio"]) == ("a snail", 3, 3)
    assert (line["met"], line["target"]) == (False, "≥ 10 per s")
    assert json.loads((tmp_path / "sample.jsonl").read_text("utf-8")) == line
    assert "missed" in said.out
    assert "broken: could not be measured" in said.out
    assert "ZeroDivisionError" in said.err


@given(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=50))
def test_percentiles_lie_between_the_extremes_and_rise(values: list[float]) -> None:
    low, middle, high = (statistics.percentile(values, p) for p in (0, 50, 100))
    assert low == min(values)
    assert high == max(values)
    assert low <= middle <= high
    assert statistics.spread([values[0]] * 3) == 0


def test_the_meter_tells_our_time_from_that_of_others() -> None:
    meter = Meter({"us": os.getpid()})
    end = time.process_time() + 0.3
    while time.process_time() < end:
        sum(range(1000))
    usage = meter.stop(load=0.1)
    assert 0.25 <= usage.used["us"] <= 0.6
    assert usage.used["load"] == 0.1
    assert 0 <= usage.strangers <= 1
    assert "us " in usage.words()
