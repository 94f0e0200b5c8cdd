"""评价: one party rates one contact of one case."""

from collections.abc import Sequence

from django.db import transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.ratings import registry
from yiwang.kernel.casework.ratings.errors import RatingFormError
from yiwang.kernel.casework.ratings.models import Channel, Contact, Grade, Rating
from yiwang.kernel.errors import FieldProblem, NotFoundError

__all__ = ["BAD_GRADES", "rate_contact"]

BAD_GRADES = frozenset({Grade.DISSATISFIED, Grade.VERY_DISSATISFIED})
"""差评: the two lowest grades, which open a work order."""

MOST_TAGS = 8
TAG_LENGTH = 20
COMMENT_LENGTH = 1000
_ON_BEHALF = frozenset({Channel.WINDOW, Channel.VILLAGE})


def rate_contact(
    *,
    actor: Actor,
    case: Case,
    contact: str,
    grade: str,
    tags: Sequence[str] = (),
    comment: str = "",
    channel: str = Channel.ONLINE,
) -> Rating:
    """评价一次接触: keep the grade as a new version; the first one stays on record.

    Only the case's party may rate, or whoever acts for it; a clerk may type it in for the person
    at the counter (channel WINDOW or VILLAGE). The same rating sent again is one version. A bad
    grade emits ``rating.bad``, every grade ``rating.given``.

    :raises NotFoundError: the case is not the actor's.
    :raises RatingFormError: unknown contact, grade or channel, or too much text.
    """
    tags, comment = [tag.strip() for tag in tags if tag.strip()], comment.strip()
    _check(contact, grade, channel, tags, comment)
    _require_party(actor, case, channel)
    with transaction.atomic():
        # The case row is the lock that keeps versions of one contact apart.
        case = (
            Case.objects.select_for_update(of=("self",))
            .select_related("organization")
            .get(pk=case.pk)
        )
        current = Rating.objects.filter(
            case=case, contact=contact, party_id=case.party_id, is_current=True
        ).first()
        if current is not None and (current.grade, current.tags, current.comment) == (
            grade,
            tags,
            comment,
        ):
            return current
        if current is not None:
            Rating.objects.filter(pk=current.pk).update(is_current=False)
        rating = Rating.objects.create(
            case=case,
            party_id=case.party_id,
            contact=contact,
            version=1 if current is None else current.version + 1,
            grade=grade,
            tags=tags,
            comment=comment,
            channel=channel,
            organization=case.organization,
            org_path=case.org_path,
            division_path=case.division_path,
            item_key=_item_key(case),
            account_id=actor.account_id,
            at=now(),
        )
        facts = {"contact": contact, "grade": grade, "channel": channel}
        audit.record(
            actor, "ratings.rate_contact", "rating", rating.pk, case_id=case.pk, details=facts
        )
        data = {"case": case.pk, "rating": rating.pk, "item": rating.item_key, **facts}
        events.emit("rating.given", case.number, data)
        if grade in BAD_GRADES:
            events.emit("rating.bad", case.number, data)
        return rating


def _item_key(case: Case) -> str:
    path = registry.item_path(case.kind)
    if path is None:
        return ""
    return Case.objects.values_list(path, flat=True).get(pk=case.pk) or ""


def _require_party(actor: Actor, case: Case, channel: str) -> None:
    if actor.is_official:
        if channel not in _ON_BEHALF or actor.channel not in _ON_BEHALF:
            raise NotFoundError
        return
    own = {actor.party_id, actor.acting_for_id} - {None}
    if case.party_id not in own or channel in _ON_BEHALF:
        raise NotFoundError


def _check(contact: str, grade: str, channel: str, tags: list[str], comment: str) -> None:
    problems = []
    for field, value, choices in (
        ("contact", contact, Contact.values),
        ("grade", grade, Grade.values),
        ("channel", channel, Channel.values),
    ):
        if value not in choices:
            problems.append(
                FieldProblem(field, "NOT_A_CHOICE", "没有这个选项", "There is no such choice.")
            )
    if len(tags) > MOST_TAGS or any(len(tag) > TAG_LENGTH for tag in tags):
        problems.append(FieldProblem("tags", "TOO_LONG", "标签太多或太长", "Too many or too long."))
    if len(comment) > COMMENT_LENGTH:
        problems.append(FieldProblem("comment", "TOO_LONG", "意见太长", "The comment is too long."))
    if problems:
        raise RatingFormError(problems=problems)
