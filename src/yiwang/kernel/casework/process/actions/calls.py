"""外部调用: ask the systems outside, again while they are away, and give up to a person at last."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.http.outbound import TransportError
from yiwang.kernel.casework.cases.actions.cases import lock_case, tell
from yiwang.kernel.casework.process.engine import Move, get_process
from yiwang.kernel.casework.process.models import ExternalCall, Token
from yiwang.kernel.casework.process.registry import get_connector
from yiwang.kernel.casework.process.rules.definition import ConnectorCall

logger = logging.getLogger(__name__)

# Longer than any call outside may take: who has claimed a call and died gives it free after it.
LEASE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(hours=6)


def run_due_calls(*, limit: int = 20) -> int:
    """Ask what is due, each outside of any transaction; returns how many were asked.

    The answer is recorded once: of two workers that asked the same, the second finds it answered.
    """
    asked = 0
    for _ in range(limit):
        call = _claim()
        if call is None:
            break
        asked += 1
        try:
            answer = get_connector(call.connector)(call.request, str(call.key))
        except TransportError as error:
            record_failure(call, error.code, is_permanent=error.permanent)
        except Exception:
            # A plug-in that breaks must hold up neither the case nor the other calls.
            logger.exception("call_broke", extra={"call": call.pk, "connector": call.connector})
            record_failure(call, "CONNECTOR_BROKE", is_permanent=False)
        else:
            record_answer(call, answer)
    return asked


def _claim() -> ExternalCall | None:
    """Take one due call for the length of the lease, so that nobody else asks it meanwhile."""
    with transaction.atomic():
        call = (
            ExternalCall.objects.select_for_update(skip_locked=True)
            .filter(status=ExternalCall.Status.WAITING, next_at__lte=now())
            .order_by("next_at", "id")
            .first()
        )
        if call is not None:
            call.attempts += 1
            call.next_at = now() + LEASE
            call.save(update_fields=["attempts", "next_at"])
    return call


def record_answer(call: ExternalCall, answer: Mapping[str, Any]) -> bool:
    """Write the answer down and walk on; False when the call was answered or called off before."""
    with transaction.atomic():
        lock_case(call.case_id)
        changed = ExternalCall.objects.filter(
            pk=call.pk, status=ExternalCall.Status.WAITING
        ).update(status=ExternalCall.Status.ANSWERED, answer=dict(answer), ended_at=now())
        if not changed:
            return False
        _walk_on(call, "answered", {"ok": True, **answer})
        return True


def record_failure(call: ExternalCall, code: str, *, is_permanent: bool) -> None:
    """Plan the next attempt; after the last one, or a final no, hand the case to a person."""
    with transaction.atomic():
        lock_case(call.case_id)
        current = ExternalCall.objects.filter(pk=call.pk, status=ExternalCall.Status.WAITING)
        rule = _rule(call)
        if is_permanent or call.attempts >= rule.times:
            if current.update(status=ExternalCall.Status.FAILED, error_code=code, ended_at=now()):
                _walk_on(call, "failed", {"ok": False, "error": code})
            return
        # Each pause is twice as long as the one before.
        pause = min(timedelta(seconds=rule.every_s * 2 ** (call.attempts - 1)), LONGEST_PAUSE)
        current.update(error_code=code, next_at=now() + pause)


def _rule(call: ExternalCall) -> ConnectorCall:
    token = Token.objects.get(pk=call.token_id)
    rule = get_process(token.definition_id).steps[token.step].call
    if rule is None:
        raise RuntimeError(f"step {token.step} calls nothing")
    return rule


def _walk_on(call: ExternalCall, how: str, outputs: dict[str, Any]) -> None:
    token = Token.objects.get(pk=call.token_id)
    case = lock_case(call.case_id)
    move = Move(case=case, definition_id=token.definition_id, actor=SYSTEM)
    if not move.leave(token, act=f":{how}", outputs=outputs):
        return
    step = move.process.steps[token.step]
    audit.record(
        SYSTEM,
        f"process.call_{how}",
        "call",
        call.pk,
        case_id=case.pk,
        details={"step": token.step, "connector": call.connector, "attempts": call.attempts},
    )
    is_answered = how == "answered"
    said_zh = "已取得答复" if is_answered else "多次未成功，转由工作人员办理"
    said_en = "answered" if is_answered else "failed, a person takes over"
    tell(
        case,
        kind=f"call.{how}",
        title_zh=f"{step.title_zh}：{said_zh}",
        title_en=f"{step.title_en}: {said_en}",
        actor=SYSTEM,
        is_public=False,
    )
    move.go_on(token, step.target if is_answered or step.call is None else step.call.failed)
    events.emit("case.moved", case.number, {"case": case.pk, "phase": case.phase})
