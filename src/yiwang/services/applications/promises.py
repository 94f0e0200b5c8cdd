"""告知承诺: decide on a signed promise, check afterwards; a false one is annulled and recorded.

Any item may be handled so by data: materials with the source ``PROMISE``, the item's
``promise_check`` limit, and these effects in its process. Choosing it is the applicant's right.
Source: 广东省优化营商环境条例 第三十六条 (2022).
"""

from collections.abc import Mapping
from typing import Any

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.clocks.facade import stop_clock
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.process.registry import EffectContext, effect
from yiwang.services.applications import limits
from yiwang.services.applications.errors import PromiseUnknownError
from yiwang.services.applications.facts import get_application, materials_of
from yiwang.services.applications.handling import issue
from yiwang.services.applications.models import ApplicationMaterial, PromiseRecord

UNITS_ZH = {
    "WORKING_DAY": "个工作日",
    "CALENDAR_DAY": "日",
    "MONTH": "个月",
    "YEAR": "年",
    "WORKING_HOUR": "个工作时",
    "URGENT_HOUR": "小时",
}


@effect("record_promise")
def record_promise(context: EffectContext, options: Mapping[str, Any]) -> None:
    """告知承诺书: what was promised, as a paper with the applicant's signature; the check is due.

    :raises PromiseUnknownError: the applicant promised nothing.
    """
    application = get_application(context.case)
    promised = materials_of(context.case, ApplicationMaterial.Source.PROMISE)
    text = "\n".join(row.promise_text for row in promised)
    if not text:
        raise PromiseUnknownError
    raw = application.item_version.content["promise_check"]
    paper = issue(
        context,
        Paper.Kind.PROMISE,
        promise=text,
        days=f"{raw['amount']}{UNITS_ZH[raw['unit']]}",
        extra=[
            f"承诺人：{context.case.party.name}（实名认证级别{application.signer_level}，"
            f"电子签名摘要 {application.signed_digest}）"
        ],
    )
    PromiseRecord.objects.create(
        application=application, text=text, paper=paper, promised_at=application.received_at
    )
    limits.start_item_clock(context.case, limits.POST_CHECK, raw)


@effect("keep_promise")
def keep_promise(context: EffectContext, options: Mapping[str, Any]) -> None:
    """事后核查属实: the promise was kept; nothing more is owed."""
    _checked(context, is_kept=True)
    tell(
        context.case,
        kind="promise.kept",
        title_zh="事后核查完成，符合承诺",
        title_en="Checked afterwards: the promise is kept",
        actor=context.actor,
    )


@effect("break_promise")
def break_promise(context: EffectContext, options: Mapping[str, Any]) -> None:
    """承诺不实: found so by the check; annulment and the credit record are effects of their own."""
    _checked(context, is_kept=False)
    events.emit("case.promise_broken", context.case.number, {"case": context.case.pk})
    tell(
        context.case,
        kind="promise.broken",
        title_zh="事后核查完成，承诺不实",
        title_en="Checked afterwards: the promise was false",
        actor=context.actor,
    )


def _checked(context: EffectContext, *, is_kept: bool) -> None:
    at = now()
    found = PromiseRecord.objects.filter(application_id=context.case.pk, checked_at=None).update(
        checked_at=at, is_kept=is_kept
    )
    if not found:
        raise PromiseUnknownError
    stop_clock(case=context.case, kind=limits.POST_CHECK, at=at)
