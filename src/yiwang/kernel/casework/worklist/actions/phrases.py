"""常用语: an official's own, and those of a unit."""

from django.db import transaction

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.worklist.errors import TooManyError
from yiwang.kernel.casework.worklist.models import Phrase
from yiwang.kernel.casework.worklist.people import read_words
from yiwang.kernel.errors import NotFoundError

MOST_PHRASES = 50


def add_phrase(*, actor: Actor, text: str, unit: str = "") -> Phrase:
    """添加常用语 of one's own, or of a unit by who may assign its tasks. Twice gives the first.

    :raises ReasonMissingError, TextTooLongError: nothing was written, or more than 200 characters.
    :raises NotFoundError: no such unit.
    :raises NotPermittedError: the unit's tasks are not the actor's to assign.
    :raises TooManyError: there are ``MOST_PHRASES`` already.
    """
    words = read_words(text, most=200)
    owner = _owner(actor, unit)
    with transaction.atomic():
        known = Phrase.objects.filter(**owner)
        same = known.filter(text=words).first()
        if same is not None:
            return same
        if known.count() >= MOST_PHRASES:
            raise TooManyError(
                f"常用语最多 {MOST_PHRASES} 条",
                f"At most {MOST_PHRASES} phrases.",
                mend_zh="先删去不用的",
                mend_en="Remove some that are not used.",
            )
        row, _is_new = Phrase.objects.get_or_create(
            **owner, text=words, defaults={"added_at": now()}
        )
        audit.record(actor, "phrase.add", "phrase", row.pk)
        return row


def remove_phrase(*, actor: Actor, phrase_id: int) -> None:
    """删除常用语; one that is gone already changes nothing.

    :raises NotFoundError: it is somebody else's.
    :raises NotPermittedError: it is a unit's, whose tasks are not the actor's to assign.
    """
    row = Phrase.objects.filter(pk=phrase_id).first()
    if row is None:
        return
    if row.organization_id is not None:
        _owner(actor, row.organization_id)
    elif row.account_id != actor.account_id:
        raise NotFoundError
    with transaction.atomic():
        row.delete()
        audit.record(actor, "phrase.remove", "phrase", phrase_id)


def _owner(actor: Actor, unit: str) -> dict[str, int | str | None]:
    if not unit:
        return {"account_id": actor.account_id, "organization_id": None}
    organization = Organization.objects.select_related("division").filter(pk=unit).first()
    if organization is None:
        raise NotFoundError
    access.require(
        actor,
        "task.assign",
        org_path=organization.path,
        division_path=organization.division.path,
    )
    return {"account_id": None, "organization_id": organization.pk}
