"""待办接口: how tasks change hands; deputies, copies, haste, many at once. For officials."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.http.idempotency import idempotent, key_of
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.casework.process.access import see_task
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.worklist import facade as worklist
from yiwang.kernel.casework.worklist.models import (
    BulkRow,
    BulkRun,
    Circulation,
    Delegation,
    Deputyship,
    HandOver,
)

router = Router(tags=["tasks"])

MOST_AT_ONCE = 200
"""Tasks of one bulk request; all are done before the answer."""


class ReasonIn(Schema):
    """``version`` is the task's version that the client shows; an older one is refused."""

    reason: str = ""
    version: int | None = None


class TransferIn(Schema):
    """To one person (``to_account``) or to whoever of a post has least to do (``to_post``)."""

    reason: str
    to_account: int | None = None
    to_post: str = ""
    version: int | None = None


class DelegateIn(Schema):
    to_account: int
    question: str
    version: int | None = None


class AnswerIn(Schema):
    answer: str


class ShowIn(Schema):
    """``kind`` is COPY (抄送) or CIRCULATE (传阅)."""

    readers: list[int]
    kind: str = Field("COPY", pattern="^(COPY|CIRCULATE)$")
    note: str = ""


class RemarkIn(Schema):
    remark: str = ""


class UrgeIn(Schema):
    words: str = ""


class DeputyIn(Schema):
    """Both days are included; without ``item_keys`` everything; ``principal`` for somebody else."""

    deputy: int
    from_date: date
    to_date: date
    item_keys: list[str] = []
    reason: str = ""
    principal: int | None = None


class HandOverIn(Schema):
    """``dry_run`` only says where each task would go."""

    from_account: int
    to_account: int
    reason: str = ""
    dry_run: bool = True


class BulkIn(Schema):
    task_ids: list[int] = Field(max_length=MOST_AT_ONCE)
    act: str
    opinion: str = ""


class PhraseIn(Schema):
    text: str
    unit: str = ""


def _once(
    request: HttpRequest, operation: str, sent: Schema | None, act: Callable[[Actor], Any]
) -> dict[str, Any]:
    actor = require_actor(request)
    body = sent.model_dump(mode="json") if sent is not None else {}
    answer = idempotent(actor, key_of(request), operation, body, lambda: (200, act(actor)))
    told: dict[str, Any] = answer.body
    return told


def _task(task: Task) -> dict[str, Any]:
    return {
        "task": task.pk,
        "status": task.status,
        "case_number": task.case_number,
        "holder": task.assignee_id,
    }


@router.get("/tasks/{task_id}/hands", summary="承办情况 Who holds a task and how it came")
def hands(request: HttpRequest, task_id: int) -> dict[str, Any]:
    actor = require_actor(request)
    worklist.settle(see_task(actor, task_id))
    task = Task.objects.get(pk=task_id)
    turn = worklist.read_turn(actor, task)
    return _task(task) | {
        "holder_name": turn.holder_name,
        "version": task.version,
        "may_act": turn.may_act,
        "in_name_of": turn.in_name_of,
        "passings": [
            {
                "verb": row.verb,
                "from": row.from_name,
                "to": row.to_name,
                "reason": row.reason,
                "by": row.by_name,
                "at": row.at,
            }
            for row in turn.passings
        ],
        "delegations": [_delegation(row) for row in turn.delegations],
        "urges": [{"by": row.by_name, "words": row.words, "at": row.at} for row in turn.urges],
        "copies": [_copy(row) for row in turn.copies],
    }


@router.post("/tasks/{task_id}/claim", summary="抢办 Claim a task of the pool")
def claim(request: HttpRequest, task_id: int) -> dict[str, Any]:
    return _once(
        request,
        f"claim:{task_id}",
        None,
        lambda actor: _task(worklist.claim_task(actor=actor, task_id=task_id)),
    )


@router.post("/tasks/{task_id}/give-back", summary="放回待领 Give a task back to the pool")
def give_back(request: HttpRequest, task_id: int, given: ReasonIn) -> dict[str, Any]:
    return _once(
        request,
        f"give-back:{task_id}",
        given,
        lambda actor: _task(
            worklist.give_back(
                actor=actor, task_id=task_id, reason=given.reason, seen_version=given.version
            )
        ),
    )


@router.post("/tasks/{task_id}/transfer", summary="转办 Transfer a task")
def transfer(request: HttpRequest, task_id: int, given: TransferIn) -> dict[str, Any]:
    return _once(
        request,
        f"transfer:{task_id}",
        given,
        lambda actor: _task(
            worklist.transfer_task(
                actor=actor,
                task_id=task_id,
                reason=given.reason,
                to_account=given.to_account,
                to_post=given.to_post,
                seen_version=given.version,
            )
        ),
    )


def _delegation(row: Delegation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "task": row.task_id,
        "delegator": row.delegator_name,
        "delegate": row.delegate_name,
        "question": row.question,
        "answer": row.answer,
        "status": row.status,
    }


@router.post("/tasks/{task_id}/delegate", summary="委派 Ask somebody for an answer")
def delegate(request: HttpRequest, task_id: int, given: DelegateIn) -> dict[str, Any]:
    return _once(
        request,
        f"delegate:{task_id}",
        given,
        lambda actor: _delegation(
            worklist.delegate_task(
                actor=actor,
                task_id=task_id,
                to_account=given.to_account,
                question=given.question,
                seen_version=given.version,
            )
        ),
    )


@router.post("/tasks/{task_id}/answer", summary="答复交回 Answer and give back")
def answer(request: HttpRequest, task_id: int, given: AnswerIn) -> dict[str, Any]:
    return _once(
        request,
        f"answer:{task_id}",
        given,
        lambda actor: _delegation(
            worklist.answer_delegation(actor=actor, task_id=task_id, answer=given.answer)
        ),
    )


@router.post("/tasks/{task_id}/take-back", summary="收回委派 Take a delegated task back")
def take_back(request: HttpRequest, task_id: int) -> dict[str, Any]:
    return _once(
        request,
        f"take-back:{task_id}",
        None,
        lambda actor: _delegation(worklist.take_back(actor=actor, task_id=task_id)),
    )


def _copy(row: Circulation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "task": row.task_id,
        "kind": row.kind,
        "reader": row.reader_name,
        "by": row.by_name,
        "note": row.note,
        "read_at": row.read_at,
        "remark": row.remark,
    }


@router.post("/tasks/{task_id}/copies", summary="抄送、传阅 Show a task to other officials")
def show(request: HttpRequest, task_id: int, given: ShowIn) -> dict[str, Any]:
    def act(actor: Actor) -> dict[str, Any]:
        rows = worklist.show_to(
            actor=actor,
            task_id=task_id,
            readers=given.readers,
            kind=given.kind,
            note=given.note,
        )
        return {"items": [_copy(row) for row in rows]}

    return _once(request, f"show:{task_id}", given, act)


@router.post("/copies/{copy_id}/read", summary="阅读回执 Confirm that a copy was read")
def confirm_read(request: HttpRequest, copy_id: int, given: RemarkIn) -> dict[str, Any]:
    return _once(
        request,
        f"read:{copy_id}",
        given,
        lambda actor: _copy(
            worklist.confirm_read(actor=actor, circulation_id=copy_id, remark=given.remark)
        ),
    )


@router.post("/tasks/{task_id}/urge", summary="催办 Urge a task")
def urge(request: HttpRequest, task_id: int, given: UrgeIn) -> dict[str, Any]:
    def act(actor: Actor) -> dict[str, Any]:
        row = worklist.urge_task(actor=actor, task_id=task_id, words=given.words)
        return {"id": row.pk, "task": row.task_id, "at": row.at}

    return _once(request, f"urge:{task_id}", given, act)


@router.post("/tasks/bulk", summary="批量办理 The same act for many tasks, each on its own")
def bulk(request: HttpRequest, given: BulkIn) -> dict[str, Any]:
    """Begin a run and do it; a repetition of the key gives its results.

    The rows are not part of the stored answer's transaction: what was done stays done if the
    connection breaks, and the run is found again under its id.
    """
    actor = require_actor(request)

    def begin() -> tuple[int, Any]:
        run = worklist.begin_bulk(
            actor=actor, task_ids=given.task_ids, act=given.act, opinion=given.opinion
        )
        return 200, {"run": run.pk}

    told = idempotent(actor, key_of(request), "bulk", given.model_dump(mode="json"), begin)
    run = worklist.access_bulk(actor, told.body["run"])
    worklist.go_on_with_bulk(actor=actor, run_id=run.pk, limit=MOST_AT_ONCE)
    return _run(run)


@router.get("/bulk/{run_id}", summary="批量办理结果 What became of each task of a run")
def bulk_result(request: HttpRequest, run_id: int) -> dict[str, Any]:
    return _run(worklist.access_bulk(require_actor(request), run_id))


def _run(run: BulkRun) -> dict[str, Any]:
    rows = list(BulkRow.objects.filter(run=run).order_by("position"))
    return {
        "run": run.pk,
        "total": len(rows),
        "waiting": sum(row.status == BulkRow.Status.WAITING for row in rows),
        "items": [
            {
                "task": row.task_id,
                "case_number": row.case_number,
                "status": row.status,
                "code": row.code,
                "reason_zh": row.reason_zh,
                "reason_en": row.reason_en,
            }
            for row in rows
        ],
    }


def _deputy(row: Deputyship) -> dict[str, Any]:
    return {
        "id": row.pk,
        "principal": row.principal_name,
        "deputy": row.deputy_name,
        "from_date": row.from_date,
        "to_date": row.to_date,
        "item_keys": row.item_keys,
        "ended_at": row.ended_at,
    }


@router.get("/deputies", summary="代理 My deputies, and for whom I stand in")
def list_deputies(request: HttpRequest) -> list[dict[str, Any]]:
    return [_deputy(row) for row in worklist.deputyships(require_actor(request))]


@router.post("/deputies", summary="登记代理 Name a deputy")
def name_deputy(request: HttpRequest, given: DeputyIn) -> dict[str, Any]:
    return _once(
        request,
        "deputy",
        given,
        lambda actor: _deputy(worklist.name_deputy(actor=actor, **given.model_dump())),
    )


@router.post("/deputies/{deputyship_id}/end", summary="结束代理 End a deputyship early")
def end_deputy(request: HttpRequest, deputyship_id: int) -> dict[str, Any]:
    return _once(
        request,
        f"deputy-end:{deputyship_id}",
        None,
        lambda actor: _deputy(worklist.end_deputy(actor=actor, deputyship_id=deputyship_id)),
    )


def _hand_over(row: HandOver) -> dict[str, Any]:
    return {
        "id": row.pk,
        "from": row.from_name,
        "to": row.to_name,
        "moved": row.moved,
        "to_others": row.to_others,
        "finished_at": row.finished_at,
    }


@router.post("/hand-overs", summary="交接 Hand every task over; dry run first")
def hand_over(request: HttpRequest, given: HandOverIn) -> dict[str, Any]:
    actor = require_actor(request)
    if given.dry_run:
        plan = worklist.plan_hand_over(
            actor=actor, from_account=given.from_account, to_account=given.to_account
        )
        return {
            "from": plan.from_name,
            "to": plan.to_name,
            "total": plan.total,
            "counts": plan.counts,
            "items": [
                {"task": line.task_id, "case_number": line.case_number, "goes": line.goes}
                for line in plan.lines
            ],
        }
    return _once(
        request,
        "hand-over",
        given,
        lambda actor: _hand_over(
            worklist.start_hand_over(
                actor=actor,
                from_account=given.from_account,
                to_account=given.to_account,
                reason=given.reason,
            )
        ),
    )


@router.post("/hand-overs/{hand_over_id}/go-on", summary="继续交接 Do the next batch")
def go_on(request: HttpRequest, hand_over_id: int) -> dict[str, Any]:
    return _once(
        request,
        f"hand-over:{hand_over_id}",
        None,
        lambda actor: _hand_over(worklist.go_on_with(actor=actor, hand_over_id=hand_over_id)),
    )


@router.get("/phrases", summary="常用语 My phrases and those of my units")
def list_phrases(request: HttpRequest) -> list[dict[str, Any]]:
    rows = worklist.phrases_for(require_actor(request))
    return [{"id": row.pk, "text": row.text, "unit": row.organization_id or ""} for row in rows]


@router.post("/phrases", summary="添加常用语 Add a phrase")
def add_phrase(request: HttpRequest, given: PhraseIn) -> dict[str, Any]:
    def act(actor: Actor) -> dict[str, Any]:
        row = worklist.add_phrase(actor=actor, text=given.text, unit=given.unit)
        return {"id": row.pk, "text": row.text, "unit": row.organization_id or ""}

    return _once(request, "phrase", given, act)


@router.delete("/phrases/{phrase_id}", summary="删除常用语 Remove a phrase")
def remove_phrase(request: HttpRequest, phrase_id: int) -> dict[str, Any]:
    worklist.remove_phrase(actor=require_actor(request), phrase_id=phrase_id)
    return {"removed": phrase_id}
