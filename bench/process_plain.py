"""同样的 SQL: the rows of one three-task case, written as a programmer writes them by hand.

One statement a row and four transactions, with the same locks and the same check of the seat; no
model, no engine, no rule. What the engine adds to this is what it costs.
"""

import json
import uuid
from datetime import datetime
from typing import Any

import psycopg

from bench.process_case import KIND, OPEN_TASK, TASKS, Desk
from yiwang.kernel.base.calendars import now

TITLE = "基准办件"


class PlainDesk:
    """Carries cases of a desk through over one connection."""

    def __init__(self, connection: psycopg.Connection[Any], desk: Desk) -> None:
        self._desk = desk
        self._cursor = connection.cursor()

    def walk_one(self) -> int:
        """Open a case and carry it through its tasks. Returns its key."""
        desk = self._desk
        at = now()
        self._run("BEGIN")
        self._run(
            "INSERT INTO cases_case (number, kind, title, title_en, status, phase, outcome,"
            " organization_id, org_path, division_id, division_path, party_id, channel, opened_at)"
            " VALUES (%s || nextval('case_number')::text, %s, %s, %s, 'OPEN', 'SUBMITTED', '',"
            " %s, %s, %s, %s, %s, '', %s) RETURNING id, number",
            *("P", KIND, TITLE, "A case of the bench", desk.unit.pk, desk.unit.path),
            *(desk.unit.division_id, desk.unit.division.path, desk.party.pk, at),
        )
        case_id, number = self._one()
        token_id = self._rest(case_id, number, TASKS[0], at)
        self._run("COMMIT")
        for place, step in enumerate(TASKS):
            following = TASKS[place + 1] if place + 1 < len(TASKS) else ""
            self._run(OPEN_TASK, case_id)
            (task_id,) = self._one()
            token_id = self._act(case_id, number, step, following, task_id, token_id)
        return int(case_id)

    def _act(
        self, case_id: int, number: str, step: str, following: str, task_id: int, token_id: int
    ) -> int:
        officer = self._desk.officer
        at = now()
        self._run("BEGIN")
        self._run("SELECT status, phase FROM cases_case WHERE id = %s FOR UPDATE", case_id)
        self._one()
        self._run(
            "SELECT task.status FROM process_task task JOIN process_token token"
            " ON token.id = task.token_id WHERE task.id = %s AND EXISTS (SELECT 1 FROM access_grant"
            " seat WHERE seat.account_id = %s AND seat.role = task.role"
            " AND starts_with(task.org_path, seat.org_path)"
            " AND starts_with(task.division_path, seat.division_path))",
            *(task_id, officer.account_id),
        )
        if self._one() != ("OPEN",):
            raise RuntimeError(f"task {task_id} is not open")
        self._run(
            "INSERT INTO process_taskact (task_id, account_id, actor_name, act, opinion, input, at,"
            " is_current) VALUES (%s, %s, %s, 'pass', '', '{}', %s, true)",
            *(task_id, officer.account_id, officer.name, at),
        )
        self._run(
            "UPDATE process_task SET status = 'DONE', done_at = %s, act = 'pass' WHERE id = %s",
            *(at, task_id),
        )
        self._run(
            "UPDATE process_token SET status = 'LEFT', left_at = %s WHERE id = %s", at, token_id
        )
        details = json.dumps({"task": task_id, "step": step, "act": "pass"})
        self._run(
            "INSERT INTO audit_auditentry (at, kind, action, account_id, organization_code,"
            " channel, address, object_kind, object_id, case_id, details)"
            " VALUES (%s, 'ACT', 'process.act', %s, '', '', '', 'task', %s, %s, %s)",
            *(at, officer.account_id, str(task_id), case_id, details),
        )
        self._run(
            "INSERT INTO cases_caseevent (case_id, at, kind, title_zh, title_en, actor_name,"
            " organization_name, is_public, details)"
            " VALUES (%s, %s, 'task.done', %s, %s, %s, %s, false, %s)",
            *(case_id, at, step, step, officer.name, self._desk.unit.name, details),
        )
        if step == "review":
            self._passed(case_id, "large", at)
        if following:
            token_id = self._rest(case_id, number, following, at)
        else:
            self._passed(case_id, "end", at)
            self._run(
                "UPDATE cases_case SET status = 'CONCLUDED', phase = 'CONCLUDED',"
                " outcome = 'GRANTED', concluded_at = %s WHERE id = %s",
                *(at, case_id),
            )
        self._emit("case.moved", number, at, details)
        self._run("COMMIT")
        return token_id

    def _rest(self, case_id: int, number: str, step: str, at: datetime) -> int:
        """Rest in a task; return the key of the token."""
        desk = self._desk
        self._run(
            "INSERT INTO process_token (case_id, definition_id, step, branch, status, waits_for,"
            " entered_at, outputs, act, back_to) VALUES (%s, %s, %s, '', 'ACTIVE', '', %s, '{}',"
            " '', '') RETURNING id",
            *(case_id, desk.definition.pk, step, at),
        )
        (token_id,) = self._one()
        self._run(
            "INSERT INTO process_task (case_id, token_id, step, title_zh, title_en, role,"
            " organization_id, org_path, division_path, signers, status, case_number, case_title,"
            " party_name, opened_at, act, instance, turn, weight, is_joint, fallback_role, closing,"
            " version) VALUES (%s, %s, %s, %s, %s, 'receiver', %s, %s, %s, 1, 'OPEN', %s, %s, %s,"
            " %s, '', '', 0, 1, false, '', '', 0)",
            *(case_id, token_id, step, step, step, desk.unit.pk, desk.unit.path),
            *(desk.unit.division.path, number, TITLE, desk.party.name, at),
        )
        self._emit(f"step.{step}", number, at, json.dumps({"case": case_id}))
        return int(token_id)

    def _passed(self, case_id: int, step: str, at: datetime) -> None:
        self._run(
            "INSERT INTO process_token (case_id, definition_id, step, branch, status, waits_for,"
            " entered_at, left_at, outputs, act, back_to)"
            " VALUES (%s, %s, %s, '', 'LEFT', '', %s, %s, '{}', '', '')",
            *(case_id, self._desk.definition.pk, step, at, at),
        )

    def _emit(self, kind: str, subject: str, at: datetime, data: str) -> None:
        self._run(
            "INSERT INTO events_outboxevent (id, type, subject, time, data, attempts, last_error,"
            " awaits_publishing, publish_attempts) VALUES (%s, %s, %s, %s, %s, 0, '', false, 0)",
            *(uuid.uuid4(), kind, subject, at, data),
        )

    def _run(self, statement: str, *values: Any) -> None:
        self._cursor.execute(statement, values or None, prepare=True)

    def _one(self) -> tuple[Any, ...]:
        row: tuple[Any, ...] | None = self._cursor.fetchone()
        if row is None:
            raise LookupError
        return row
