"""办理: act in one's turn, in whose name it is, with a handwritten signature; or many at once."""

import base64
import binascii
import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.files.facade import FileRefusedError, MediaType, store_upload
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.casework.cases.actions.cases import lock_case
from yiwang.kernel.casework.process.access import see_task
from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.models import Task, TaskAct
from yiwang.kernel.casework.worklist.actions.leaving import let_go_if_left
from yiwang.kernel.casework.worklist.errors import InkRefusedError, TooManyError
from yiwang.kernel.casework.worklist.models import BulkRow, BulkRun, InkSignature
from yiwang.kernel.casework.worklist.rules.signed import signed_digest
from yiwang.kernel.errors import DomainError, NotFoundError

MOST_INK_BYTES = 300_000
MOST_AT_ONCE = 500
BATCH = 20
_DATA_URL = "data:image/png;base64,"


def act_in_turn(
    *,
    actor: Actor,
    task_id: int,
    act: str,
    opinion: str = "",
    given: Mapping[str, Any] | None = None,
    ink: str = "",
    **choices: Any,
) -> Task:
    """办理, with a handwritten signature when one was drawn; a holder who left lets go first.

    ``ink`` is the drawing as a PNG data URL; it is kept by its content, with the digest of what
    was signed. Otherwise, and for ``choices``, as ``process.act_on_task``.

    :raises InkRefusedError: the drawing is no picture.
    """
    seen = see_task(actor, task_id)
    drawing = _read_ink(ink)
    with transaction.atomic():
        case = lock_case(seen.case_id)
        task = Task.objects.select_related("organization").get(pk=task_id)
        let_go_if_left(case, task)
        # Whose turn it is, and in whose name, the process asks under the same lock.
        done = tasks.act_on_task(
            actor=actor, task_id=task_id, act=act, opinion=opinion, given=given, **choices
        )
        if drawing:
            _sign(actor, done, drawing)
        return done


def _read_ink(ink: str) -> bytes:
    if not ink:
        return b""
    if not ink.startswith(_DATA_URL) or len(ink) > MOST_INK_BYTES * 4 // 3 + len(_DATA_URL):
        raise InkRefusedError
    try:
        return base64.b64decode(ink.removeprefix(_DATA_URL), validate=True)
    except binascii.Error as error:
        raise InkRefusedError from error


def _sign(actor: Actor, task: Task, drawing: bytes) -> None:
    row = TaskAct.objects.get(task=task, account_id=actor.account_id, is_current=True)
    if InkSignature.objects.filter(act=row).exists():
        return
    try:
        file = store_upload(
            content=io.BytesIO(drawing),
            name="signature.png",
            actor_id=actor.account_id,
            allowed=(MediaType.PNG,),
        )
    except FileRefusedError as error:
        raise InkRefusedError from error
    digest = digest_of(row, task, file)
    InkSignature.objects.create(act=row, file=file, signed_digest=digest, at=row.at)
    details = {"task": task.pk, "picture": file.digest, "digest": digest}
    audit.record(actor, "task.ink", "task", task.pk, case_id=task.case_id, details=details)


def digest_of(row: TaskAct, task: Task, file: StoredFile) -> str:
    """Return the digest of what this act says; equal to the kept one while nobody changed it."""
    return signed_digest(
        case_number=task.case_number,
        task=task.pk,
        step=task.step,
        act=row.act,
        opinion=row.opinion,
        given=row.input,
        account=row.account_id,
        at=row.at,
        picture=file.digest,
    )


def begin_bulk(*, actor: Actor, task_ids: Sequence[int], act: str, opinion: str = "") -> BulkRun:
    """批量办理: put one act for many tasks down; ``go_on_with_bulk`` does them, batch by batch.

    :raises TooManyError: more than ``MOST_AT_ONCE``, or none.
    """
    chosen = list(dict.fromkeys(task_ids))
    if not chosen:
        raise TooManyError("还没有选择待办", "No task is chosen yet.", mend_zh="先勾选要办的待办")
    if len(chosen) > MOST_AT_ONCE:
        raise TooManyError(
            f"一次最多办理 {MOST_AT_ONCE} 件", f"At most {MOST_AT_ONCE} at once.", most=MOST_AT_ONCE
        )
    with transaction.atomic():
        run = BulkRun.objects.create(
            by_id=actor.account_id, act=act, opinion=opinion, started_at=now()
        )
        BulkRow.objects.bulk_create(
            BulkRow(run=run, position=position, task_id=task_id, status=BulkRow.Status.WAITING)
            for position, task_id in enumerate(chosen, 1)
        )
        details = {"act": act, "tasks": len(chosen)}
        audit.record(actor, "task.bulk", "bulk_run", run.pk, details=details)
    return run


def access_bulk(actor: Actor, run_id: int) -> BulkRun:
    """Return a run of the actor's own.

    :raises NotFoundError: absent, or somebody else's.
    """
    run = BulkRun.objects.filter(pk=run_id, by_id=actor.account_id).first()
    if run is None:
        raise NotFoundError
    return run


def go_on_with_bulk(*, actor: Actor, run_id: int, limit: int = BATCH) -> int:
    """批量办理: do the next rows, each checked and done in its own transaction.

    A row that is refused keeps the reason and holds up no other. Called again after a stop it goes
    on with what waits; two calls at once share the rows. Returns how many still wait.

    :raises NotFoundError: no such run of the actor's own.
    """
    run = access_bulk(actor, run_id)
    waiting = BulkRow.objects.filter(run=run, status=BulkRow.Status.WAITING)
    for row_id in waiting.order_by("position").values_list("pk", flat=True)[:limit]:
        with transaction.atomic():
            row = (
                waiting.select_for_update(skip_locked=True, of=("self",)).filter(pk=row_id).first()
            )
            if row is not None:
                _do_row(actor, run, row)
    return waiting.count()


def _do_row(actor: Actor, run: BulkRun, row: BulkRow) -> None:
    try:
        # The savepoint keeps a refused act from taking the row's own result with it.
        with transaction.atomic():
            task = act_in_turn(actor=actor, task_id=row.task_id, act=run.act, opinion=run.opinion)
    except DomainError as error:
        row.status = BulkRow.Status.REFUSED
        row.code = error.code
        problem = error.problems[0] if error.problems else None
        row.reason_zh = (problem.reason_zh if problem else error.zh)[:500]
        row.reason_en = (problem.reason_en if problem else error.en)[:500]
        found = Task.objects.filter(pk=row.task_id) if error.code != NotFoundError.code else None
        seen = found.first() if found is not None else None
        if seen is not None:
            row.case_number, row.case_title = seen.case_number, seen.case_title
    else:
        is_done = task.status == Task.Status.DONE
        row.status = BulkRow.Status.DONE if is_done else BulkRow.Status.SIGNED
        row.case_number, row.case_title = task.case_number, task.case_title
    row.save(
        update_fields=["status", "code", "reason_zh", "reason_en", "case_number", "case_title"]
    )
