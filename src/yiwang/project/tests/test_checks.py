"""The test command's own parts: what it shows, what it holds back, how it compiles translations."""

import gettext
import os
import sys
from pathlib import Path

import pytest

from yiwang.project import translations
from yiwang.project.cli import __main__ as command_line
from yiwang.project.cli import checks, console

PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

msgid "提交"
msgstr "{}"
"""


@pytest.mark.parametrize(
    "line",
    [
        "======================= 110 passed in 151.37s (0:02:31) ========================\n",
        "========================= 14 passed, 1 error in 7.11s ==========================\n",
        "3 failed, 2 passed in 0.50s\n",
        "no tests ran in 0.01s\n",
    ],
)
def test_the_closing_line_of_pytest_is_known(line: str) -> None:
    assert checks.CLOSING_LINE.match(line)


@pytest.mark.parametrize("line", ["FAILED a.py::test_x - passed in 3\n", "....  [100%]\n"])
def test_other_lines_are_not_taken_for_it(line: str) -> None:
    assert not checks.CLOSING_LINE.match(line)


def test_a_check_shows_its_output_only_when_it_failed(capsys: pytest.CaptureFixture[str]) -> None:
    environment = dict(os.environ)
    good = checks.quiet("good", [[sys.executable, "-c", "print('all is well')"]], environment)
    bad = checks.quiet("bad", [[sys.executable, "-c", "raise SystemExit('line 7')"]], environment)

    shown = capsys.readouterr().out
    assert (good.passed, bad.passed) == (True, False)
    assert "all is well" not in shown
    assert "line 7" in shown


def test_the_tests_end_with_their_own_closing_line_and_their_exit_code(tmp_path: Path) -> None:
    (tmp_path / "test_two.py").write_text("def test_a(): pass\ndef test_b(): assert False\n")
    apart = ["-p", "no:django", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    options = [*apart, "-c", "/dev/null", "--noconftest", str(tmp_path)]

    outcome, closing = checks.pytest(options, dict(os.environ))

    assert not outcome.passed
    assert "1 failed, 1 passed" in closing


def test_a_table_is_aligned_with_chinese_in_it() -> None:
    drawn = console.table([["检查", "time"], ["style", "0.2 s"]])

    assert drawn == "检查   time\nstyle  0.2 s"


def test_translations_are_compiled_once_and_again_when_they_change(tmp_path: Path) -> None:
    source = tmp_path / "app" / "locale" / "en" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO.format("Submit"), encoding="utf-8")

    def translated() -> str:
        with source.with_suffix(".mo").open("rb") as file:
            return gettext.GNUTranslations(file).gettext("提交")

    assert translations.compile_changed(tmp_path) == 1
    assert translated() == "Submit"
    assert translations.compile_changed(tmp_path) == 0

    source.write_text(PO.format("Send"), encoding="utf-8")
    later = source.with_suffix(".mo").stat().st_mtime_ns + 1_000_000
    os.utime(source, ns=(later, later))
    assert translations.compile_changed(tmp_path) == 1
    assert translated() == "Send"


def test_every_command_of_the_architecture_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        command_line.main(["--help"])

    shown = capsys.readouterr().out
    assert end.value.code == 0
    words = "demo test bench up down status backup restore pack coverage seed screenshots manage"
    assert [word for word in words.split() if word not in shown] == []


def test_an_unknown_word_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        command_line.main(["status", "--colour"])

    assert end.value.code == 2
    assert "--colour" in capsys.readouterr().err
