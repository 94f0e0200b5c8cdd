"""Given a step that is to be done, when it opens, then it lies with somebody who can do it."""

import pytest

from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import today
from yiwang.kernel.base.organizations.models import Post
from yiwang.kernel.casework.cases.models import CaseEvent
from yiwang.kernel.casework.process.access import access_task
from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.engine import get_process
from yiwang.kernel.casework.process.errors import (
    FormNotEditableError,
    HandlerUnfitError,
    NextStepError,
    VerbNotAllowedError,
)
from yiwang.kernel.casework.process.models import Token
from yiwang.kernel.casework.process.rules.fields import visible_form
from yiwang.kernel.casework.process.selectors import inbox
from yiwang.kernel.casework.process.tests.factories import (
    END,
    act,
    begin,
    official,
    open_task,
    open_tasks,
    path,
    resting,
    signing,
    task,
)
from yiwang.kernel.casework.ratings.tests.factories import make_division, make_unit
from yiwang.kernel.errors import InvalidInputError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind")]


def head_of(unit, name="局长"):
    """Put somebody into the seat of the head of a unit."""
    post, _ = Post.objects.get_or_create(
        key=f"{unit.code}.leader",
        defaults={
            "organization": unit,
            "title": "局长",
            "scope": make_division(),
            "unit_scope": unit,
            "is_leader": True,
        },
    )
    return official(name, role="leader", post_key=post.key, org_path=unit.path)


def test_a_pool_with_somebody_in_it_holds_the_task():
    official()
    one = open_task(begin({"a": task("z"), "z": END}))
    assert (one.role, one.assignee_id, one.fallback_role) == ("receiver", None, "")


def test_where_nobody_holds_the_role_the_head_of_the_unit_gets_the_task_and_it_shows():
    head = head_of(make_unit())
    case = begin({"a": task("z"), "z": END})
    one = open_task(case)
    assert (one.assignee_id, one.role, one.fallback_role) == (
        head.account_id,
        "leader",
        "receiver",
    )
    assert inbox(head) == [one]
    line = CaseEvent.objects.get(case=case, kind="task.fallback")
    assert ("无人在岗" in line.title_zh, line.is_public) == (True, False)
    entry = AuditEntry.objects.get(case_id=case.pk, action="process.fallback")
    assert entry.details["assignee"] == head.account_id
    tasks.act_on_task(actor=head, task_id=one.pk, act="to_0")
    assert path(case) == ["a", "z"]


def test_without_a_head_the_unit_above_answers_and_without_any_it_is_said():
    unit = make_unit()
    above = make_unit("441702.government", "江城区政府")
    unit.parent, unit.path = above, f"{above.path}{unit.path}"
    unit.save(update_fields=["parent", "path"])
    case = begin({"a": task("z"), "z": END})
    assert (open_task(case).assignee_id, open_task(case).fallback_role) == (None, "receiver")
    assert AuditEntry.objects.filter(case_id=case.pk, action="process.unstaffed").exists()
    mayor = head_of(above, "区长")
    other = open_task(begin({"a": task("z"), "z": END}))
    assert (other.assignee_id, other.organization_id) == (mayor.account_id, unit.code)
    assert access_task(mayor, other.pk) == other


def test_a_seat_that_has_ended_holds_nothing():
    gone = official()
    Grant.objects.filter(account_id=gone.account_id).update(valid_to=today().replace(year=2020))
    head = head_of(make_unit())
    assert open_task(begin({"a": task("z"), "z": END})).assignee_id == head.account_id


def test_the_one_with_the_fewest_open_tasks_gets_the_next():
    accounts = [official(name).account_id for name in ("赵一", "钱二", "孙三")]
    steps = {"a": task("z", assign={"by": "load"}), "z": END}
    got = [open_task(begin(steps)).assignee_id for _ in range(6)]
    assert sorted(got[:3]) == sorted(got[3:]) == sorted(accounts)


def test_who_did_the_step_last_gets_it_again_while_in_post():
    first, _second = official("赵一"), official("钱二")
    steps = {
        "a": task("b"),
        "b": task("a", "z", assign={"by": "last_handler", "step": "a"}),
        "z": END,
    }
    case = begin(steps)
    tasks.act_on_task(actor=first, task_id=open_task(case).pk, act="to_0")
    assert open_task(case).assignee_id == first.account_id
    tasks.act_on_task(actor=first, task_id=open_task(case).pk, act="to_0")
    Grant.objects.filter(account_id=first.account_id).delete()
    other = official("孙三")
    tasks.act_on_task(actor=other, task_id=open_task(case).pk, act="to_0")
    Grant.objects.filter(account_id=other.account_id).update(valid_to=today().replace(year=2020))
    # Whoever is in post may do what the one who left would have done.
    assert open_task(case).assignee_id == other.account_id


def test_a_rule_of_the_item_says_which_post(kind):
    official("赵一")
    expert = official("专家", post_key="441702.market_supervision.expert")
    kind.outputs = {"who": {"post": "expert"}}
    steps = {"a": task("z", assign={"by": "rule", "rule": "who"}), "z": END}
    assert open_task(begin(steps)).assignee_id == expert.account_id
    kind.outputs = {"who": {"post": "nobody"}}
    assert open_task(begin(steps)).assignee_id is None


def test_posts_sign_by_those_who_hold_them():
    unit = make_unit()
    law = official("法制", role="lawyer", post_key=f"{unit.code}.law")
    head = head_of(unit)
    step = task("z", signing=signing("all", by={"posts": ["law", "leader", "empty"]}))
    opened = {one.instance: one for one in open_tasks(begin({"a": step, "z": END}))}
    assert (opened["law"].assignee_id, opened["law"].role) == (law.account_id, "lawyer")
    assert opened["leader"].assignee_id == head.account_id
    # Nobody holds the third post: the head signs for it, and it shows.
    assert (opened["empty"].assignee_id, opened["empty"].fallback_role) == (
        head.account_id,
        "empty",
    )


# 自由流

FREE = {
    "a": task("b", free=True, next=["c"]),
    "b": task("z"),
    "c": task("z"),
    "z": END,
}


def test_the_officer_chooses_the_next_step_and_who_does_it():
    officer, chosen = official("赵一"), official("钱二")
    case = begin(FREE)
    tasks.act_on_task(
        actor=officer,
        task_id=open_task(case).pk,
        act="to_0",
        next_step="c",
        handler_id=chosen.account_id,
    )
    assert (resting(case), open_task(case).assignee_id) == (["c"], chosen.account_id)


@pytest.mark.parametrize(
    ("steps", "choice", "error"),
    [
        (FREE, {"next_step": "z"}, NextStepError),
        (FREE, {"next_step": "nowhere"}, NextStepError),
        (FREE, {"handler_id": 1}, HandlerUnfitError),
        ({"a": task("b"), "b": task("z"), "z": END}, {"next_step": "b"}, VerbNotAllowedError),
        ({"a": task("z", free=True), "z": END}, {"handler_id": 1}, HandlerUnfitError),
    ],
)
def test_a_choice_that_is_not_offered_changes_nothing(steps, choice, error):
    officer, case = official(), begin(steps)
    with pytest.raises(error):
        tasks.act_on_task(actor=officer, task_id=open_task(case).pk, act="to_0", **choice)
    assert path(case) == ["a"]
    assert open_task(case).act == ""


# 字段权限

FIELDS = {"hidden": ["phone"], "read": ["name"], "edit": ["area"], "required": ["area"]}


def with_fields(full_kind, **form):
    full_kind.form = {"name": "小店", "phone": "13800000000", **form}
    return begin({"a": task("z", fields=FIELDS), "z": END}), official()


def give(case, officer, **form):
    return tasks.act_on_task(
        actor=officer, task_id=open_task(case).pk, act="to_0", given={"form": form}
    )


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"area": 60, "name": "大店"}, ("form.name", "FIELD_NOT_EDITABLE")),
        ({"area": 60, "phone": "1"}, ("form.phone", "FIELD_NOT_EDITABLE")),
        ({"area": 60, "secret": "1"}, ("form.secret", "FIELD_NOT_EDITABLE")),
        ({"area": ""}, ("form.area", "REQUIRED")),
        ({}, ("form.area", "REQUIRED")),
    ],
)
def test_only_what_the_step_lets_be_changed_is_changed(full_kind, form, problem):
    case, officer = with_fields(full_kind)
    with pytest.raises(InvalidInputError) as refused:
        give(case, officer, **form)
    assert [(one.field, one.code) for one in refused.value.problems] == [problem]
    assert full_kind.form == {"name": "小店", "phone": "13800000000"}
    assert resting(case) == ["a"]


def test_an_edit_is_kept_and_audited_by_name_only(full_kind):
    case, officer = with_fields(full_kind)
    # A page may send back what it shows unchanged.
    give(case, officer, area=60, name="小店")
    assert full_kind.form == {"name": "小店", "phone": "13800000000", "area": 60}
    assert AuditEntry.objects.get(action="process.edit_form").details == {"fields": ["area"]}
    assert path(case) == ["a", "z"]


def test_what_stands_already_need_not_be_given_again(full_kind):
    case, officer = with_fields(full_kind, area=30)
    tasks.act_on_task(actor=officer, task_id=open_task(case).pk, act="to_0")
    assert path(case) == ["a", "z"]


def test_what_is_hidden_is_not_shown(full_kind):
    case, _officer = with_fields(full_kind)
    token = Token.objects.get(case=case)
    step = get_process(token.definition_id).steps["a"]
    assert visible_form(step, full_kind.form) == {"name": "小店"}


def test_a_kind_without_a_form_takes_no_edits(kind):
    case = begin({"a": task(acts={"to_0": act("z")}, fields={"edit": ["area"]}), "z": END})
    officer = official()
    with pytest.raises(FormNotEditableError):
        give(case, officer, area=60)
    tasks.act_on_task(actor=officer, task_id=open_task(case).pk, act="to_0")
    assert path(case) == ["a", "z"]
