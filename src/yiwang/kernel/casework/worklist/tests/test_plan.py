"""待办: the inbox stays one predicate that indexes serve, whatever one holds or stands in for."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yiwang.kernel.casework.process.access import read_standing
from yiwang.kernel.casework.process.models import Task, Token
from yiwang.kernel.casework.process.selectors import count_inbox, inbox
from yiwang.kernel.casework.worklist.actions.deputies import name_deputy
from yiwang.kernel.casework.worklist.actions.holding import claim_task
from yiwang.kernel.casework.worklist.tests import office

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind", "notes")]

PLACES = 40


def fill(task: Task, rows: int) -> None:
    """Copy the task into as many rows, most of them of other units of the same trade."""
    tokens = Token.objects.bulk_create(
        Token(
            case=task.case,
            definition_id=task.token.definition_id,
            step=task.step,
            status=Token.Status.ACTIVE,
            entered_at=task.opened_at,
        )
        for _ in range(rows)
    )
    same = {
        field.attname: getattr(task, field.attname)
        for field in Task._meta.concrete_fields
        if field.attname not in ("id", "token_id", "org_path", "assignee_id")
    }
    Task.objects.bulk_create(
        Task(
            **same,
            token=token,
            org_path=task.org_path if number % PLACES == 0 else f"other/{number % PLACES}/",
            assignee_id=10_000 + number if number % 7 == 0 else None,
        )
        for number, token in enumerate(tokens)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE process_task")


def nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def test_two_thousand_rows_cost_three_queries_and_two_indexes():
    zhang, deputy = office.official("张三"), office.outsider("代小四")
    mine = claim_task(actor=zhang, task_id=office.waiting().pk)
    start, end = office.days(0, 3)
    name_deputy(actor=zhang, deputy=deputy.account_id, from_date=start, to_date=end)
    fill(office.waiting(), 2000)

    for actor in (zhang, deputy):
        with CaptureQueriesContext(connection) as seen:
            found = inbox(actor, limit=100)
        assert len(seen) == 3
        assert mine in found
        assert {task.org_path for task in found} == {mine.org_path}
        assert count_inbox(actor) == len(found)

        rows = Task.objects.filter(read_standing(actor).waiting(), status=Task.Status.OPEN)
        (plan,) = (row["Plan"] for row in _explain(rows.order_by("id")[:20]))
        used = {node["Index Name"] for node in nodes(plan) if "Index Name" in node}
        assert used == {"task_inbox", "task_mine"}, plan
        assert "Seq Scan" not in {node["Node Type"] for node in nodes(plan)}


def _explain(rows):
    return json.loads(rows.explain(format="json"))
