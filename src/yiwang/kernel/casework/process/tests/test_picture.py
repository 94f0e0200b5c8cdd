"""A running case on its process: what is passed, where it rests, which ways it went."""

from datetime import timedelta
from xml.dom import minidom

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from lxml import etree

from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.actions.returning import return_task
from yiwang.kernel.casework.process.models import Timer
from yiwang.kernel.casework.process.picture.reading import read_picture
from yiwang.kernel.casework.process.picture.shown import show_picture, standalone_svg
from yiwang.kernel.casework.process.tests.factories import (
    END,
    act,
    begin,
    decision,
    effect,
    join,
    official,
    open_task,
    parallel,
    task,
    timer,
    wait,
    waiting_timers,
)
from yiwang.kernel.casework.ratings.tests.factories import make_case

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind", "notes")]

SVG = "{http://www.w3.org/2000/svg}"


def food() -> Case:
    return begin(
        {
            "receive": task(
                title_zh="收件与受理",
                title_en="Receive",
                acts={
                    "accept": act("check", title_zh="受理", title_en="Accept"),
                    "decline": act("declined", title_zh="不予受理", title_en="Decline"),
                },
                timers=[timer("check")],
            ),
            "check": decision("visit", ("false", "done")),
            "visit": task("receive", "done", title_zh="现场核查", title_en="Visit", signers=2),
            "done": END | {"title_zh": "办结", "title_en": "Done"},
            "declined": END | {"title_zh": "不予受理了", "title_en": "Declined"},
        }
    )


def picture_of(case: Case):
    picture = read_picture(case)
    assert picture is not None
    return picture


def test_a_new_case_rests_at_its_start_and_everything_lies_ahead() -> None:
    picture = picture_of(food())
    assert picture.states["receive"] == "resting"
    assert {picture.states[key] for key in ("check", "visit", "done", "receive.timer.0")} == {
        "ahead"
    }
    assert picture.taken == {"Flow.start"}
    assert picture.ahead == ("visit", "done", "declined")


def test_what_was_passed_and_which_ways_were_taken() -> None:
    case = food()
    tasks.act_on_task(actor=official("张科"), task_id=open_task(case).pk, act="accept")
    picture = picture_of(case)
    assert {key: picture.states[key] for key in ("receive", "check", "visit", "declined")} == {
        "receive": "passed",
        "check": "passed",
        "visit": "resting",
        "declined": "ahead",
    }
    assert picture.taken == {"Flow.start", "Flow.receive.acts.accept.to", "Flow.check.default"}
    first = picture.visits[0]
    assert [(title, who) for title, _, who, _ in first.acts] == [("受理", "张科")]
    assert first.left_at is not None


def test_a_timer_that_fired_is_the_way_it_went() -> None:
    case = food()
    one = waiting_timers(case)[0]
    Timer.objects.filter(pk=one.pk).update(due_at=one.started_at - timedelta(1))
    tasks.fire_due_timers()
    picture = picture_of(case)
    assert picture.states["receive.timer.0"] == "passed"
    assert "Flow.receive.timers.0.to" in picture.taken
    assert "Flow.receive.acts.accept.to" not in picture.taken


def test_a_step_come_to_twice_shows_both_stays_and_the_way_back() -> None:
    case = food()
    tasks.act_on_task(actor=official(), task_id=open_task(case).pk, act="accept")
    for name in ("赵一", "钱二"):
        tasks.act_on_task(actor=official(name), task_id=open_task(case).pk, act="to_0")
    picture = picture_of(case)
    assert picture.states["receive"] == "resting"
    assert [visit.step for visit in picture.visits] == ["receive", "check", "visit", "receive"]
    assert "Flow.visit.acts.to_0.to" in picture.taken
    assert [who for _, _, who, _ in picture.visits[2].acts] == ["赵一", "钱二"]


def test_a_return_is_no_way_of_the_drawing_and_is_called_by_its_name() -> None:
    case = begin({"a": task("b"), "b": task("a", "z", verbs=["return"]), "z": END})
    tasks.act_on_task(actor=official(), task_id=open_task(case).pk, act="to_0")
    return_task(actor=official("李四"), task_id=open_task(case).pk, opinion="缺材料")
    picture = picture_of(case)
    assert picture.states["a"] == "resting"
    assert [(zh, en, who) for zh, en, who, _ in picture.visits[1].acts] == [
        ("退回", "Returned", "李四")
    ]
    assert "Flow.b.acts.to_0.to" not in picture.taken


def test_branches_that_run_at_once_and_what_the_end_called_off() -> None:
    case = begin(
        {
            "split": parallel("meet", "left", "right"),
            "left": task("meet"),
            "right": wait("meet"),
            "meet": join("grant"),
            "grant": effect("end"),
            "end": END,
        }
    )
    tasks.act_on_task(actor=official(), task_id=open_task(case).pk, act="to_0")
    picture = picture_of(case)
    assert {key: picture.states[key] for key in ("split", "left", "right", "meet")} == {
        "split": "passed",
        "left": "passed",
        "right": "resting",
        "meet": "resting",
    }
    assert picture.taken == {
        "Flow.start",
        "Flow.split.branches.0",
        "Flow.split.branches.1",
        "Flow.left.acts.to_0.to",
    }
    tasks.stop_process(case=case, actor=official())
    assert picture_of(case).states["right"] == "cancelled"


def test_the_drawing_is_one_svg_without_styles_or_scripts_and_what_people_wrote_is_text() -> None:
    case = begin({"a": task("z", title_zh='<script>alert("1")</script>核对'), "z": END})
    shown = show_picture(case)
    assert shown is not None
    tree = etree.fromstring(shown.svg.encode())
    assert tree.tag == f"{SVG}svg"
    names = {element.tag for element in tree.iter()}
    assert names <= {
        f"{SVG}{name}"
        for name in ("svg", "rect", "text", "title", "g", "circle", "polygon", "polyline", "path")
    }
    assert not any("style" in element.attrib for element in tree.iter())
    assert any('<script>alert("1")</script>' in (element.text or "") for element in tree.iter())


def test_state_is_told_by_sign_and_in_words_not_by_colour_alone() -> None:
    case = food()
    tasks.act_on_task(actor=official("张科"), task_id=open_task(case).pk, act="accept")
    shown = show_picture(case)
    assert shown is not None
    tree = etree.fromstring(shown.svg.encode())
    titles = {element.text for element in tree.iter(f"{SVG}title")}
    assert {"收件与受理 已办", "现场核查 正在办理", "办结 还没有到"} <= titles
    assert [(line.title, line.state_word) for line in shown.lines] == [
        ("收件与受理", "已办"),
        ("check", "已办"),
        ("现场核查", "正在办理"),
    ]
    assert shown.lines[0].acts[0].startswith("受理 · 张科 · ")
    assert shown.ahead == ("办结", "不予受理了")
    page = render_to_string("process/picture.html", {"picture": shown})
    assert page.count('<li class="path-') == 3
    with translation.override("en"):
        english = show_picture(case)
    assert english is not None
    assert english.lines[0].title == "Receive"
    assert english.lines[0].acts[0].startswith("Accept · 张科 · ")


def test_the_file_of_its_own_carries_its_colours() -> None:
    text = standalone_svg(picture_of(food()))
    minidom.parseString(text)
    assert "--good:#1b7a4b;" in text
    assert ".process-picture .node-resting .shape" in text
    assert "@layer" not in text


def test_a_case_without_a_process_has_no_picture() -> None:
    assert read_picture(make_case()) is None


def test_a_picture_costs_the_same_however_long_the_path(django_assert_num_queries) -> None:
    case = food()
    with django_assert_num_queries(5):
        show_picture(case)
    for _ in range(2):
        tasks.act_on_task(actor=official(), task_id=open_task(case).pk, act="accept")
        for name in ("赵一", "钱二"):
            tasks.act_on_task(actor=official(name), task_id=open_task(case).pk, act="to_0")
    with django_assert_num_queries(5):
        show_picture(case)
