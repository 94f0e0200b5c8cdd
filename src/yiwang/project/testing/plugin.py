"""pytest 插件: what the tests marked ``proves`` proved, and the browser for those that need one."""

import os
from collections.abc import Collection, Iterator, Sequence

import pytest
from django.apps import apps
from django.conf import settings
from django.utils import translation

from yiwang.kernel.ui import browser
from yiwang.project import coverage
from yiwang.project.testing import environment

# The test command says here why it could not install one.
NO_BROWSER = "YIWANG_NO_BROWSER"


def pytest_unconfigure() -> None:
    """Stop the database and delete the folders of this run."""
    environment.close()


@pytest.fixture(autouse=True)
def chinese_first() -> Iterator[None]:
    """Begin each test in the platform's own language, whatever the one before left active."""
    if apps.ready:
        translation.activate(settings.LANGUAGE_CODE)
    yield
    if apps.ready:
        translation.deactivate()


def check_claims(name: str, claims: Sequence[tuple[str, ...]], rows: Collection[str]) -> None:
    """Refuse a test that claims too much.

    :raises pytest.UsageError: more than three rows, an unknown row, or a row without a sentence.
    """
    if len({claim[:1] for claim in claims}) > coverage.MOST_ROWS_PER_PROOF:
        raise pytest.UsageError(
            f"{name} claims {len(claims)} rows; a test proves at most"
            f" {coverage.MOST_ROWS_PER_PROOF}"
        )
    for claim in claims:
        if len(claim) != 2 or claim[0] not in rows or not claim[1].strip():
            raise pytest.UsageError(
                f"{name}: @pytest.mark.proves{claim} needs a row of docs/reference/systems.json"
                " and the sentence that is proved"
            )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Check what the tests claim and hand it on with their results; skip what lacks a browser."""
    rows = {row.id for row in coverage.load_rows()}
    no_browser = None if browser.find_chromium() else os.environ.get(NO_BROWSER, "no Chromium here")
    for item in items:
        claims = [mark.args for mark in item.iter_markers("proves")]
        check_claims(item.nodeid, claims, rows)
        if claims:
            item.user_properties.append(("proves", claims))
        if no_browser and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=no_browser))


class _Proofs:
    """Collects what the marked tests of one run proved; a test with any failed phase proved no."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str], coverage.Proof] = {}

    def add(self, report: pytest.TestReport) -> None:
        claims: list[tuple[str, str]] = [
            claim
            for name, value in report.user_properties
            if name == "proves" and isinstance(value, list)
            for claim in value
        ]
        if report.when == "call" or report.failed:
            for row, says in claims:
                self.seen[report.nodeid, row] = coverage.Proof(
                    kind="test",
                    name=report.nodeid,
                    row=row,
                    says=says,
                    passed=report.passed,
                )


_proofs = _Proofs()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note the outcome of a test that proves a row."""
    _proofs.add(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write down what was proved; a run over everything also forgets tests that are gone."""
    if hasattr(session.config, "workerinput") or session.config.option.collectonly:
        return
    everything = (
        session.config.args_source is pytest.Config.ArgsSource.TESTPATHS
        and not session.config.option.keyword
        and not session.config.option.markexpr
        and not session.shouldfail
        and not session.shouldstop
    )
    coverage.record_run("test", _proofs.seen.values(), everything=everything)
