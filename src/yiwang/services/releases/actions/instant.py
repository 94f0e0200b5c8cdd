"""秒批: propose and release its path by two persons, review what it decided, stop it."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import lock_case, tell
from yiwang.kernel.errors import FieldProblem, InvalidInputError, NotFoundError
from yiwang.services.items.models import ItemVersion
from yiwang.services.releases.access import REVIEW, require_item
from yiwang.services.releases.errors import PathStateError, PathUnfitError, SamePersonError
from yiwang.services.releases.gate import instant_rules_of, is_open, takes_the_rest
from yiwang.services.releases.models import InstantPath, InstantReview
from yiwang.services.releases.rules.sampling import must_stop
from yiwang.services.releases.watch import Watch, watch_of

__all__ = ["judge_review", "propose_path", "release_path", "stop_path"]

MOST_WORDS = 300


def propose_path(*, actor: Actor, item_key: str, watch: Watch) -> InstantPath:
    """提请放行: say how the path would be watched; a second person releases it.

    The same proposal again by the same person changes nothing.

    :raises NotFoundError, NotPermittedError: it is not the actor's item to edit.
    :raises PathUnfitError: the item has no instant path, or nobody would take the rest.
    :raises PathStateError: the path is open already.
    :raises InvalidInputError: shares and limits that mean nothing.
    """
    require_item(actor, item_key)
    _check_watch(watch)
    try:
        with transaction.atomic():
            version = _fit_version(item_key)
            path = InstantPath.objects.select_for_update().filter(item_key=item_key).first()
            if is_open(path.state if path else None, version):
                raise PathStateError
            if path is None:
                path = InstantPath(item_key=item_key)
            path.state = InstantPath.State.PROPOSED
            path.sample_share = watch.sample_share
            path.errors_allowed = watch.errors_allowed
            path.window = watch.window
            path.proposed_by_id = actor.account_id
            path.proposed_by_name = actor.name
            path.proposed_at = now()
            path.save()
            _record(actor, "instant.propose", path)
            return path
    except IntegrityError as error:
        raise PathStateError from error


def release_path(*, actor: Actor, item_key: str) -> InstantPath:
    """放行秒批: the second person opens the path.

    :raises NotFoundError, NotPermittedError: it is not the actor's item to edit.
    :raises SamePersonError: the actor proposed it.
    :raises PathStateError: nothing is proposed.
    :raises PathUnfitError: the process changed so that it has no sound instant path.
    """
    require_item(actor, item_key)
    with transaction.atomic():
        path = _lock_path(item_key)
        if path.state != InstantPath.State.PROPOSED:
            raise PathStateError
        if path.proposed_by_id == actor.account_id:
            audit.record_denied(actor, "instant.release", "item", item_key)
            raise SamePersonError
        _fit_version(item_key)
        path.state = InstantPath.State.OPEN
        path.released_by_name = actor.name
        path.released_at = now()
        path.stopped_by_name = path.stop_reason_zh = path.stop_reason_en = ""
        path.stopped_at = None
        path.save()
        _record(actor, "instant.release", path)
        return path


def stop_path(*, actor: Actor, item_key: str, reason: str) -> InstantPath:
    """停止秒批: one person is enough, since nothing is decided wrongly by a person looking.

    :raises NotFoundError, NotPermittedError: it is not the actor's item to edit.
    :raises InvalidInputError: no reason is given.
    :raises PathStateError: the path is not open.
    """
    require_item(actor, item_key)
    words = _words("reason", reason)
    with transaction.atomic():
        version = _version(item_key)
        path = InstantPath.objects.select_for_update().filter(item_key=item_key).first()
        if not is_open(path.state if path else None, version):
            raise PathStateError
        return _stop(actor, path, version, f"原因：{words}", f"Reason: {words}")


def judge_review(
    *, actor: Actor, review_id: int, verdict: str, note: str = ""
) -> tuple[InstantReview, bool]:
    """抽查结论: say whether an instant decision was right; too many wrong ones stop the path.

    Returns the review and whether this verdict stopped the path. The same verdict again changes
    nothing. A wrong decision is only recorded here; annulling it is an act of its own.

    :raises NotFoundError: absent, or out of the actor's reach.
    :raises NotPermittedError: the actor reviews nothing there.
    :raises InvalidInputError: no such verdict, or an error without words.
    :raises PathStateError: somebody else judged it already.
    """
    if verdict not in (InstantReview.Verdict.RIGHT, InstantReview.Verdict.WRONG):
        raise _invalid("verdict", "请选择决定正确还是有误", "Choose right or wrong.")
    words = note.replace("\0", "").strip()[:2000]
    if verdict == InstantReview.Verdict.WRONG and not words:
        raise _invalid("note", "请写明哪里有误", "Say what is wrong.")
    found = InstantReview.objects.filter(pk=review_id).first()
    if found is None:
        raise NotFoundError
    access.require(actor, REVIEW, org_path=found.org_path, division_path=found.division_path)
    with transaction.atomic():
        # The case first, as every act does; then the path, so that verdicts count one by one.
        case = lock_case(found.case_id)
        path = InstantPath.objects.select_for_update().filter(item_key=found.item_key).first()
        review = InstantReview.objects.select_for_update().get(pk=review_id)
        if review.verdict != InstantReview.Verdict.OPEN:
            if (review.verdict, review.judged_by_id) == (verdict, actor.account_id):
                return review, False
            raise PathStateError
        review.verdict = verdict
        review.note = words
        review.judged_by_id = actor.account_id
        review.judged_by_name = actor.name
        review.judged_at = now()
        review.save()
        is_wrong = verdict == InstantReview.Verdict.WRONG
        tell(
            case,
            kind="instant.reviewed",
            title_zh="秒批抽查：" + ("决定有误" if is_wrong else "决定正确"),
            title_en="Instant approval reviewed: " + ("wrong" if is_wrong else "right"),
            actor=actor,
            details={"reason": words},
            is_public=False,
        )
        audit.record(
            actor,
            "instant.judge",
            "case",
            case.number,
            case_id=case.pk,
            details={"verdict": verdict, "item": review.item_key},
        )
        events.emit("instant.reviewed", case.number, {"case": case.pk, "verdict": verdict})
        return review, is_wrong and _stop_if_wrong(path, review.item_key)


def _stop_if_wrong(path: InstantPath | None, item_key: str) -> bool:
    version = _version(item_key)
    if not is_open(path.state if path else None, version):
        return False
    watch = watch_of(path, version)
    judged = InstantReview.objects.filter(item_key=item_key).exclude(
        verdict=InstantReview.Verdict.OPEN
    )
    if path is not None and path.released_at is not None:
        # What was found before the path was released again has been dealt with.
        judged = judged.filter(judged_at__gte=path.released_at)
    last = judged.order_by("-judged_at", "-id").values_list("verdict", flat=True)[: watch.window]
    verdicts = [verdict == InstantReview.Verdict.WRONG for verdict in last]
    if not must_stop(verdicts, errors_allowed=watch.errors_allowed):
        return False
    wrong = sum(verdicts)
    _stop(
        SYSTEM,
        path,
        version,
        f"最近 {len(verdicts)} 次抽查发现 {wrong} 件有误，超过允许的 {watch.errors_allowed} 件。",
        f"{wrong} of the last {len(verdicts)} reviews found an error; {watch.errors_allowed} are"
        " allowed.",
    )
    return True


def _stop(
    actor: Actor, path: InstantPath | None, version: ItemVersion, zh: str, en: str
) -> InstantPath:
    if path is None:
        watch = watch_of(None, version)
        path = InstantPath(
            item_key=version.item.key,
            sample_share=watch.sample_share,
            errors_allowed=watch.errors_allowed,
            window=watch.window,
            proposed_by_id=0,
            proposed_by_name="场景包",
            proposed_at=version.published_at,
        )
    path.state = InstantPath.State.STOPPED
    path.stopped_by_name = actor.name
    path.stopped_at = now()
    path.stop_reason_zh = zh[:MOST_WORDS]
    path.stop_reason_en = en[:MOST_WORDS]
    path.save()
    _record(actor, "instant.stop", path)
    events.emit("instant.stopped", path.item_key, {"item": path.item_key})
    return path


def _record(actor: Actor, action: str, path: InstantPath) -> None:
    audit.record(
        actor,
        action,
        "item",
        path.item_key,
        details={
            "state": path.state,
            "sample_share": str(path.sample_share),
            "errors_allowed": path.errors_allowed,
            "window": path.window,
        },
    )


def _lock_path(item_key: str) -> InstantPath:
    path = InstantPath.objects.select_for_update().filter(item_key=item_key).first()
    if path is None:
        raise PathStateError
    return path


def _version(item_key: str) -> ItemVersion:
    version = (
        ItemVersion.objects.select_related("item")
        .filter(item__key=item_key, is_current=True)
        .first()
    )
    if version is None:
        raise NotFoundError
    return version


def _fit_version(item_key: str) -> ItemVersion:
    version = _version(item_key)
    process = version.process_id
    if process is None or not instant_rules_of(process) or not takes_the_rest(process):
        raise PathUnfitError
    return version


@dataclass(frozen=True, slots=True)
class _Limit:
    field: str
    is_kept: bool
    zh: str
    en: str


def _check_watch(watch: Watch) -> None:
    limits = (
        _Limit(
            "sample_share",
            Decimal("0.001") <= watch.sample_share <= 1,
            "抽查比例在 0.1% 到 100% 之间",
            "The share is between 0.1% and 100%.",
        ),
        _Limit(
            "window",
            1 <= watch.window <= 1000,
            "按最近 1 到 1000 次抽查计",
            "Count between 1 and 1,000 of the last reviews.",
        ),
        _Limit(
            "errors_allowed",
            0 <= watch.errors_allowed < watch.window,
            "允许的差错数要小于抽查次数",
            "Fewer errors are allowed than reviews are counted.",
        ),
    )
    problems = [
        FieldProblem(one.field, "LIMIT", one.zh, one.en) for one in limits if not one.is_kept
    ]
    if problems:
        raise InvalidInputError(problems=problems)


def _words(name: str, text: str) -> str:
    words = text.replace("\0", "").strip()[:MOST_WORDS]
    if not words:
        raise _invalid(name, "请写明原因", "Give the reason.")
    return words


def _invalid(name: str, zh: str, en: str) -> InvalidInputError:
    return InvalidInputError(problems=[FieldProblem(name, "REQUIRED", zh, en)])
