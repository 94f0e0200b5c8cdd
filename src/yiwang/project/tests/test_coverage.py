"""Coverage: a row is proved by what passed, and a claim is checked before it counts."""

import json
from pathlib import Path

import pytest

from yiwang.project import coverage
from yiwang.project.testing import plugin

PROVING = """
import pytest

@pytest.mark.proves("A01", "one account opens three doors")
@pytest.mark.proves("A02", "the account is found again")
def test_good(): pass

@pytest.mark.proves("A03", "a real name is checked")
def test_bad(): raise AssertionError

@pytest.mark.proves("A04", "never run")
@pytest.mark.skip(reason="no browser")
def test_skipped(): pass
"""


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "coverage" / "results.json"
    monkeypatch.setenv(coverage.RESULTS_VARIABLE, str(path))
    return path


def proved() -> set[str]:
    areas = coverage.report()["areas"]
    return {row["id"] for area in areas.values() for row in area["proved"]}


def test_the_rows_of_the_plan_are_all_there() -> None:
    rows = coverage.load_rows()

    assert len({row.id for row in rows}) == 634
    assert {row.area for row in rows} == set("ABCDEFGHIJ")
    assert {row.kind for row in rows} == {"KERNEL", "APP", "PACK", "ORG"}


def test_without_results_nothing_is_proved(results: Path) -> None:
    report = coverage.report()

    assert (report["proved"], report["total"]) == (0, 634)
    assert not results.exists()


def test_a_story_that_is_gone_proves_nothing_any_more(results: Path, tmp_path: Path) -> None:
    stories = tmp_path / "packs" / "yj.some" / "stories"
    stories.mkdir(parents=True)
    (stories / "first.yaml").write_text("# 说明\nkey: happy\n", "utf-8")
    coverage.record("story", "yj.some/happy", "A01", "opens the door", True)
    coverage.record("story", "yj.some/gone", "A02", "opened it once", True)
    there = coverage.stories_there(tmp_path / "packs")

    areas = coverage.report(there)["areas"]

    assert there == {"yj.some/happy"}
    assert {row["id"] for area in areas.values() for row in area["proved"]} == {"A01"}


def test_a_row_needs_one_proof_and_no_failure(results: Path) -> None:
    coverage.record("test", "a", "A01", "opens the door", True)
    coverage.record("story", "b", "A01", "opens the door by story", True)
    coverage.record("test", "c", "A02", "closes the door", True)
    coverage.record("story", "d", "A02", "closes the door by story", False)

    assert proved() == {"A01"}
    area = coverage.report()["areas"]["A"]
    assert area["proved"][0]["proofs"] == [
        {"says": "opens the door by story", "by": "story b"},
        {"says": "opens the door", "by": "test a"},
    ]
    assert [row["failed"] for row in area["open"] if row["id"] == "A02"] == [["story d"]]


def test_a_name_may_prove_several_rows_one_by_one(results: Path) -> None:
    coverage.record("story", "a", "A01", "opens the door", True)
    coverage.record("story", "a", "A02", "opens the window", True)

    assert proved() == {"A01", "A02"}


def test_what_ran_again_replaces_what_it_said_before(results: Path) -> None:
    coverage.record("test", "a", "A01", "opens the door", False)
    coverage.record("test", "b", "A03", "rings the bell", True)

    again = coverage.Proof("test", "a", "A02", "opens the window", True)
    coverage.record_run("test", [again], everything=False)

    assert proved() == {"A02", "A03"}
    assert [entry["row"] for entry in json.loads(results.read_text())] == ["A02", "A03"]


def test_a_whole_run_forgets_tests_that_are_gone_but_no_stories(results: Path) -> None:
    coverage.record("test", "gone", "A01", "opens the door", True)
    coverage.record("story", "kept", "A02", "opens the window", True)

    new = coverage.Proof("test", "new", "A03", "opens", True)
    coverage.record_run("test", [new], everything=True)

    assert proved() == {"A02", "A03"}


@pytest.fixture
def inner(pytester: pytest.Pytester, results: Path) -> pytest.Pytester:
    pytester.makeconftest('pytest_plugins = ["yiwang.project.testing.plugin"]')
    return pytester


def test_a_run_records_what_its_tests_proved(inner: pytest.Pytester, results: Path) -> None:
    inner.makepyfile(PROVING)

    inner.runpytest_subprocess("-p", "no:randomly", "-p", "no:django")

    outcomes = {entry["row"]: entry["passed"] for entry in json.loads(results.read_text())}
    assert outcomes == {"A01": True, "A02": True, "A03": False}


def test_a_claim_without_measure_stops_the_run(inner: pytest.Pytester) -> None:
    inner.makepyfile('import pytest\n@pytest.mark.proves("Z99", "x")\ndef test_much(): pass')

    result = inner.runpytest_subprocess("-p", "no:randomly", "-p", "no:django")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "needs a row" in result.stderr.str()


@pytest.mark.parametrize(
    ("claims", "complaint"),
    [
        ([("A01", "x"), ("A02", "x"), ("A03", "x"), ("A04", "x")], "at most 3"),
        ([("Z99", "x")], "needs a row"),
        ([("A01", " ")], "needs a row"),
        ([("A01",)], "needs a row"),
    ],
)
def test_a_claim_needs_a_row_a_sentence_and_measure(
    claims: list[tuple[str, ...]], complaint: str
) -> None:
    rows = {row.id for row in coverage.load_rows()}

    with pytest.raises(pytest.UsageError, match=complaint):
        plugin.check_claims("test_much", claims, rows)
    plugin.check_claims("test_little", [("A01", "x"), ("A01", "y"), ("A02", "z")], rows)
