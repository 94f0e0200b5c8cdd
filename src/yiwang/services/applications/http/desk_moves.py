"""退回、撤回、加签、减签、挂起、恢复、终止: the verbs of the process as ways on the desk."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.process.actions.ending import terminate_case
from yiwang.kernel.casework.process.actions.holding import resume_task, suspend_task
from yiwang.kernel.casework.process.actions.recalling import recall_act
from yiwang.kernel.casework.process.actions.returning import (
    BY_STEPS,
    JUMP_BACK,
    PREVIOUS,
    list_return_targets,
    return_task,
)
from yiwang.kernel.casework.process.actions.signers import (
    AFTER,
    BEFORE,
    PARALLEL,
    Signer,
    add_signer,
    remove_signer,
)
from yiwang.kernel.casework.process.models import Task, TaskAct
from yiwang.kernel.casework.process.registry import Terminates, get_case_kind
from yiwang.kernel.casework.worklist import facade as worklist
from yiwang.services.applications.http.desk_parts import Offer, Sent, Way
from yiwang.services.applications.http.shown import either

__all__ = ["MOVES"]

_THEN: tuple[tuple[str, Promise], ...] = (
    (BY_STEPS, gettext_lazy("从那一步起逐级再办一遍")),
    (JUMP_BACK, gettext_lazy("那一步办好后直接回到这一步")),
)


def _return(actor: Actor, task_id: int, sent: Sent) -> object:
    return return_task(
        actor=actor,
        task_id=task_id,
        opinion=sent.words,
        to=sent.choice or PREVIOUS,
        then=sent.then or BY_STEPS,
        seen_version=sent.version,
    )


def _return_targets(offer: Offer) -> list[tuple[str, str]]:
    rows = list_return_targets(offer.task)
    return [(row.step, either(row.title_zh, row.title_en)) for row in reversed(rows)]


def _may_return(offer: Offer) -> bool:
    return offer.may_act and "return" in offer.step.verbs and bool(_return_targets(offer))


def _recall(actor: Actor, task_id: int, sent: Sent) -> object:
    return recall_act(actor=actor, task_id=task_id, opinion=sent.words)


def _may_recall(offer: Offer) -> bool:
    """Offer it to who acted last on the task; whether it is too late the action says."""
    if "recall" not in offer.step.verbs or offer.task.status == Task.Status.CANCELLED:
        return False
    mine = TaskAct.objects.filter(
        task=offer.task, account_id=offer.actor.account_id, is_current=True
    )
    return mine.exclude(act__startswith=":").exists()


def _add_signer(actor: Actor, task_id: int, sent: Sent) -> object:
    return add_signer(
        actor=actor,
        task_id=task_id,
        signer=Signer(account_id=sent.person),
        position=sent.choice,
        opinion=sent.words,
        seen_version=sent.version,
    )


def _positions(offer: Offer) -> list[tuple[str, str]]:
    return [
        (BEFORE, _("在我之前：先请对方提意见")),
        (PARALLEL, _("与我同时：一起会签")),
        (AFTER, _("在我之后：我办完再请对方签")),
    ]


def _remove_signer(actor: Actor, task_id: int, sent: Sent) -> object:
    return remove_signer(
        actor=actor,
        task_id=task_id,
        signer_task_id=int(sent.choice) if sent.choice.isdigit() else 0,
        opinion=sent.words,
        seen_version=sent.version,
    )


def _removable(offer: Offer) -> list[tuple[str, str]]:
    rows = Task.objects.filter(token=offer.task.token, status__in=Task.PENDING)
    others = list(rows.exclude(pk=offer.task.pk).select_related("organization").order_by("turn"))
    names = worklist.names_of([row.assignee_id for row in others])
    return [
        (str(row.pk), names.get(row.assignee_id or 0, "") or row.organization.name)
        for row in others
    ]


def _may_end(offer: Offer) -> bool:
    return (
        offer.may_act
        and "terminate" in offer.step.verbs
        and isinstance(get_case_kind(offer.task.case.kind), Terminates)
    )


MOVES = (
    Way(
        key="return",
        title=gettext_lazy("退回"),
        explains=gettext_lazy("退回到前面的步骤重办，理由写进办件过程。"),
        icon="corner-up-left",
        run=_return,
        offered=_may_return,
        done=gettext_lazy("已退回。"),
        choice=gettext_lazy("退回到哪一步"),
        choices=_return_targets,
        then=_THEN,
        text=gettext_lazy("退回理由"),
        leaves=True,
    ),
    Way(
        key="recall",
        title=gettext_lazy("撤回"),
        explains=gettext_lazy("收回您刚才的办理；下一步有人办理或已出文书的，不能撤回。"),
        icon="rotate-ccw",
        run=_recall,
        offered=_may_recall,
        done=gettext_lazy("已撤回，请重新办理。"),
        text=gettext_lazy("撤回理由"),
        needs_text=False,
    ),
    Way(
        key="add-signer",
        title=gettext_lazy("加签"),
        explains=gettext_lazy("再请一位同事签办这一步。"),
        icon="user-round-plus",
        run=_add_signer,
        offered=lambda offer: offer.may_act and "add_signer" in offer.step.verbs,
        done=gettext_lazy("已加签。"),
        people="one",
        choice=gettext_lazy("什么时候签"),
        choices=_positions,
        text=gettext_lazy("加签理由"),
    ),
    Way(
        key="remove-signer",
        title=gettext_lazy("减签"),
        explains=gettext_lazy("还没有办理的签办人不用再签。"),
        icon="user-round-minus",
        run=_remove_signer,
        offered=lambda offer: (
            offer.turn.may_act
            and "remove_signer" in offer.step.verbs
            and offer.task.is_joint
            and bool(_removable(offer))
        ),
        done=gettext_lazy("已减签。"),
        choice=gettext_lazy("谁不用签了"),
        choices=_removable,
        text=gettext_lazy("减签理由"),
    ),
    Way(
        key="suspend",
        title=gettext_lazy("挂起"),
        explains=gettext_lazy("暂时放一放，从待办里收起；办理时限照常计算，不会因此停止。"),
        icon="circle-pause",
        run=lambda actor, task_id, sent: suspend_task(
            actor=actor, task_id=task_id, opinion=sent.words, seen_version=sent.version
        ),
        offered=lambda offer: offer.may_act and "suspend" in offer.step.verbs,
        done=gettext_lazy("已挂起，时限照常计算。"),
        text=gettext_lazy("挂起理由"),
    ),
    Way(
        key="resume",
        title=gettext_lazy("恢复办理"),
        explains=gettext_lazy("回到待办，继续办理。"),
        icon="circle-play",
        run=lambda actor, task_id, sent: resume_task(
            actor=actor, task_id=task_id, opinion=sent.words
        ),
        offered=lambda offer: offer.task.status == Task.Status.SUSPENDED and offer.turn.may_act,
        done=gettext_lazy("已恢复，可以继续办理。"),
        text=gettext_lazy("说明"),
        needs_text=False,
    ),
    Way(
        key="terminate",
        title=gettext_lazy("终止"),
        explains=gettext_lazy("结束整件办理，不再继续；请写明理由。"),
        icon="circle-stop",
        run=lambda actor, task_id, sent: terminate_case(
            actor=actor, task_id=task_id, opinion=sent.words, seen_version=sent.version
        ),
        offered=_may_end,
        done=gettext_lazy("已终止。"),
        text=gettext_lazy("终止理由"),
        leaves=True,
    ),
)
