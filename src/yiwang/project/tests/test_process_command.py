"""``yiwang process``: definitions out and in, a case drawn; refusals say why and what to do."""

from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.core.management.base import CommandError
from lxml import etree

from yiwang.kernel.base.organizations.models import Role
from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.tests.conftest import kind, notes  # noqa: F401 fixtures
from yiwang.kernel.casework.process.tests.factories import (
    END,
    begin,
    define,
    official,
    open_task,
    task,
)
from yiwang.project.cli.__main__ import HANDED_ON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind", "notes")]


def test_the_command_is_handed_on() -> None:
    assert "process" in HANDED_ON


def test_a_process_goes_out_to_a_file_and_comes_back_as_yaml(tmp_path: Path, capsys) -> None:
    Role.objects.create(key="receiver", title="受理岗", title_en="Reception")
    definition = define({"a": task("z"), "z": END})
    out = tmp_path / "a.bpmn"
    call_command("process", "export", definition.key, "--out", str(out))
    assert capsys.readouterr().out.strip() == str(out)
    assert 'name="受理岗"' in out.read_text(encoding="utf-8")
    call_command("process", "import", str(out))
    said = capsys.readouterr()
    assert yaml.safe_load(said.out) == definition.content
    # This process has no phases and no titles of its own, which a pack must have.
    assert "title_zh" in said.err
    assert "phase" in said.err


def test_a_process_is_printed_when_no_file_is_named(capsys) -> None:
    definition = define({"a": task("z"), "z": END})
    call_command("process", "export", definition.key, "--of", "1")
    assert etree.fromstring(capsys.readouterr().out.encode()).tag.endswith("}definitions")


def test_what_is_not_there_is_named_with_what_is(tmp_path: Path) -> None:
    definition = define({"a": task("z"), "z": END})
    with pytest.raises(CommandError, match=definition.key):
        call_command("process", "export", "unknown")
    with pytest.raises(CommandError, match="cannot read"):
        call_command("process", "import", str(tmp_path / "none.bpmn"))
    with pytest.raises(CommandError, match="cannot write"):
        call_command("process", "export", definition.key, "--out", str(tmp_path / "no" / "a"))
    with pytest.raises(CommandError, match="no such case"):
        call_command("process", "picture", "GD0")


def test_a_file_that_cannot_be_imported_says_why_and_what_to_do(tmp_path: Path) -> None:
    laughs = tmp_path / "laughs.bpmn"
    laughs.write_text('<!DOCTYPE a [<!ENTITY b "ha">]><a>&b;</a>', encoding="utf-8")
    with pytest.raises(CommandError) as refused:
        call_command("process", "import", str(laughs))
    assert "DOCTYPE" in str(refused.value)
    assert "Remove the DOCTYPE" in str(refused.value)


def test_a_case_is_drawn(tmp_path: Path, capsys) -> None:
    case = begin({"a": task("b", title_zh="受理"), "b": task("z", title_zh="决定"), "z": END})
    tasks.act_on_task(actor=official("张科"), task_id=open_task(case, "a").pk, act="to_0")
    out = tmp_path / "case.svg"
    call_command("process", "picture", case.number, "--out", str(out))
    drawn = out.read_text(encoding="utf-8")
    assert etree.fromstring(drawn.encode()).tag == "{http://www.w3.org/2000/svg}svg"
    assert "<title>受理 已办</title>" in drawn
    assert "<title>决定 正在办理</title>" in drawn
    assert "张科" in drawn
    call_command("process", "picture", case.number)
    assert capsys.readouterr().out.endswith(drawn)
