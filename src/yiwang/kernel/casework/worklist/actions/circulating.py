"""抄送、传阅: show a case to other officials, with receipts. It gives them no right to act."""

from collections.abc import Sequence

from django.db import transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import lock_case, tell
from yiwang.kernel.casework.process.access import see_task
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.worklist.errors import OfficialUnknownError, TooManyError
from yiwang.kernel.casework.worklist.models import Circulation
from yiwang.kernel.casework.worklist.people import get_official, read_words
from yiwang.kernel.errors import NotFoundError

MOST_READERS = 50


def show_to(
    *,
    actor: Actor,
    task_id: int,
    readers: Sequence[int],
    kind: str = Circulation.Kind.COPY,
    note: str = "",
) -> list[Circulation]:
    """抄送 (to know of) or 传阅 (to read and say so): whoever may see the task may show it.

    Who was already sent it the same way is not sent it again. Closed tasks may be shown, too.

    :raises NotFoundError: the task is out of the actor's reach.
    :raises OfficialUnknownError: nobody was chosen, or one of them is no official with a seat.
    :raises TooManyError: more than ``MOST_READERS``.
    """
    words = read_words(note, most=500, required=False)
    chosen = list(dict.fromkeys(readers))
    if not chosen:
        raise OfficialUnknownError("还没有选择收阅人", "Nobody is chosen yet.")
    if len(chosen) > MOST_READERS:
        raise TooManyError(most=MOST_READERS)
    kind = Circulation.Kind(kind)
    seen = see_task(actor, task_id)
    accounts = [get_official(account_id) for account_id in chosen]
    with transaction.atomic():
        case = lock_case(seen.case_id)
        task = Task.objects.select_related("organization").get(pk=task_id)
        sent = Circulation.objects.filter(task=task, kind=kind)
        known = set(sent.values_list("reader_id", flat=True))
        new = [account for account in accounts if account.pk not in known]
        Circulation.objects.bulk_create(
            Circulation(
                task=task,
                case_id=case.pk,
                kind=kind,
                reader_id=account.pk,
                reader_name=account.display_name,
                by_id=actor.account_id,
                by_name=actor.name,
                note=words,
                at=now(),
            )
            for account in new
        )
        if new:
            names = "、".join(account.display_name for account in new)
            verb = "task.copied" if kind == Circulation.Kind.COPY else "task.circulated"
            english = "copied to" if kind == Circulation.Kind.COPY else "circulated to"
            tell(
                case,
                kind=verb,
                title_zh=f"{task.title_zh}：{actor.name}{kind.label}{names}",
                title_en=f"{task.title_en}: {english} {names} by {actor.name}",
                actor=actor,
                organization_name=task.organization.name,
                is_public=False,
            )
            details = {"task": task.pk, "readers": [account.pk for account in new]}
            audit.record(actor, verb, "task", task.pk, case_id=case.pk, details=details)
            events.emit(verb, case.number, {"case": case.pk, **details})
        return list(sent.filter(reader_id__in=chosen).order_by("id"))


def confirm_read(*, actor: Actor, circulation_id: int, remark: str = "") -> Circulation:
    """阅读回执: the reader has read it, and may leave a remark. The first time of reading stays.

    :raises NotFoundError: there is no such copy, or it is somebody else's.
    """
    words = read_words(remark, most=500, required=False)
    with transaction.atomic():
        row = (
            Circulation.objects.select_for_update()
            .filter(pk=circulation_id, reader_id=actor.account_id)
            .first()
        )
        if row is None:
            raise NotFoundError
        if row.read_at is None:
            row.read_at = now()
            details = {"task": row.task_id}
            audit.record(
                actor, "task.read", "circulation", row.pk, case_id=row.case_id, details=details
            )
            events.emit("task.read", row.pk, {"case": row.case_id, **details})
        if words:
            row.remark = words
        row.save(update_fields=["read_at", "remark"])
        return row
