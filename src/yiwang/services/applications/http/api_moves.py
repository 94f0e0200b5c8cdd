"""待办接口: what an officer does with the course of a case besides its acts. For officials."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.http.idempotency import idempotent, key_of
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.casework.process.actions.ending import terminate_case
from yiwang.kernel.casework.process.actions.holding import resume_task, suspend_task
from yiwang.kernel.casework.process.actions.recalling import recall_act
from yiwang.kernel.casework.process.actions.returning import return_task
from yiwang.kernel.casework.process.actions.signers import Signer, add_signer, remove_signer
from yiwang.kernel.casework.process.models import Task

router = Router(tags=["tasks"])


class OpinionIn(Schema):
    """``version`` is the task's version that the client shows; an older one is refused."""

    opinion: str = ""
    version: int | None = None


class ReturnIn(OpinionIn):
    """``to`` is starter, previous or a step; ``then`` is by_steps or jump_back."""

    to: str = "previous"
    then: str = "by_steps"


class SignerIn(OpinionIn):
    """``position`` is before (advice), parallel or after; a person, or a unit with a role."""

    position: str
    account_id: int | None = None
    unit_code: str = ""
    role: str = ""


class RemoveIn(OpinionIn):
    signer_task_id: int


def _once(
    request: HttpRequest, operation: str, sent: Schema, act: Callable[[Actor], Task]
) -> dict[str, Any]:
    actor = require_actor(request)

    def answer() -> tuple[int, Any]:
        task = act(actor)
        told = {"task": task.pk, "status": task.status, "case_number": task.case_number}
        return 200, told | {"holder": task.assignee_id, "version": task.version}

    body = sent.model_dump(mode="json")
    told: dict[str, Any] = idempotent(actor, key_of(request), operation, body, answer).body
    return told


@router.post("/tasks/{task_id}/return", summary="退回 Return to an earlier step")
def return_(request: HttpRequest, task_id: int, given: ReturnIn) -> dict[str, Any]:
    return _once(
        request,
        f"return:{task_id}",
        given,
        lambda actor: return_task(
            actor=actor,
            task_id=task_id,
            opinion=given.opinion,
            to=given.to,
            then=given.then,
            seen_version=given.version,
        ),
    )


@router.post("/tasks/{task_id}/recall", summary="撤回 Take one's own act back")
def recall(request: HttpRequest, task_id: int, given: OpinionIn) -> dict[str, Any]:
    return _once(
        request,
        f"recall:{task_id}",
        given,
        lambda actor: recall_act(actor=actor, task_id=task_id, opinion=given.opinion),
    )


@router.post("/tasks/{task_id}/signers", summary="加签 Let somebody more sign")
def add(request: HttpRequest, task_id: int, given: SignerIn) -> dict[str, Any]:
    return _once(
        request,
        f"add-signer:{task_id}",
        given,
        lambda actor: add_signer(
            actor=actor,
            task_id=task_id,
            signer=Signer(given.account_id, given.unit_code, given.role),
            position=given.position,
            opinion=given.opinion,
            seen_version=given.version,
        ),
    )


@router.post("/tasks/{task_id}/signers/remove", summary="减签 Let somebody sign no more")
def remove(request: HttpRequest, task_id: int, given: RemoveIn) -> dict[str, Any]:
    return _once(
        request,
        f"remove-signer:{task_id}",
        given,
        lambda actor: remove_signer(
            actor=actor,
            task_id=task_id,
            signer_task_id=given.signer_task_id,
            opinion=given.opinion,
            seen_version=given.version,
        ),
    )


@router.post("/tasks/{task_id}/suspend", summary="挂起 Put a task aside; its clocks run on")
def suspend(request: HttpRequest, task_id: int, given: OpinionIn) -> dict[str, Any]:
    return _once(
        request,
        f"suspend:{task_id}",
        given,
        lambda actor: suspend_task(
            actor=actor, task_id=task_id, opinion=given.opinion, seen_version=given.version
        ),
    )


@router.post("/tasks/{task_id}/resume", summary="恢复 Take a suspended task up again")
def resume(request: HttpRequest, task_id: int, given: OpinionIn) -> dict[str, Any]:
    return _once(
        request,
        f"resume:{task_id}",
        given,
        lambda actor: resume_task(actor=actor, task_id=task_id, opinion=given.opinion),
    )


@router.post("/tasks/{task_id}/terminate", summary="终止 End a case before its process has")
def terminate(request: HttpRequest, task_id: int, given: OpinionIn) -> dict[str, Any]:
    return _once(
        request,
        f"terminate:{task_id}",
        given,
        lambda actor: terminate_case(
            actor=actor, task_id=task_id, opinion=given.opinion, seen_version=given.version
        ),
    )
