"""消息: write, read, refuse."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.errors import NotFoundError
from yiwang.kernel.reach.notify.errors import TemplateFormError, TemplateMissingError
from yiwang.kernel.reach.notify.models import Channel, Message, OptOut, Template
from yiwang.kernel.reach.notify.rules.quiet_hours import earliest_sending
from yiwang.kernel.reach.notify.rules.words import PlaceholderError, fill

__all__ = ["CODE_VALID_MINUTES", "mark_all_read", "mark_read", "notify", "send_code", "set_opt_out"]

CODE_VALID_MINUTES = 5
"""A sign-in code that could not be sent within this time is not sent at all."""

CODE_TEMPLATE = "identity.code"
_CODE_ZH = "验证码 {code}，{minutes} 分钟内有效。请勿告诉任何人，工作人员不会向您索要。"
_CODE_EN = "Your code is {code}, valid for {minutes} minutes. Tell nobody; our staff never ask."


@transaction.atomic
def notify(
    *,
    party: Party,
    template: str,
    data: Mapping[str, str],
    data_en: Mapping[str, str] | None = None,
    case: Case | None = None,
    channels: Iterable[str] | None = None,
    language: str = "zh-hans",
    once_key: str = "",
) -> list[int]:
    """通知: write a message for each channel of the template, in the caller's transaction.

    ``data`` fills the placeholders, ``data_en`` those of the English text where its values differ.
    ``channels`` narrows what the template offers. A text message
    is left out when the party has no phone or does not want it (unless it is mandatory), and
    waits for the morning in quiet hours. With ``once_key`` a repetition writes nothing. Returns
    the ids of the messages that were written.

    :raises TemplateMissingError: no template of this key.
    :raises TemplateFormError: a placeholder has no value in ``data``.
    """
    offered = list(Template.objects.filter(key=template).order_by("channel"))
    if not offered:
        raise TemplateMissingError(template=template)
    wanted = {row.channel for row in offered} & set(channels or Channel.values)
    refused = set(
        OptOut.objects.filter(party=party, channel__in=wanted).values_list("channel", flat=True)
    )
    at = now()
    messages = []
    for row in offered:
        if row.channel not in wanted or (row.channel in refused and not row.is_mandatory):
            continue
        phone = _phone_of(party) if row.channel == Channel.SMS else None
        if row.channel == Channel.SMS and phone is None:
            continue
        message = _compose(row, data, {**data, **(data_en or {})})
        message.party = party
        message.case = case
        message.phone = phone
        message.language = language
        message.created_at = at
        message.client_id = f"{template}:{row.channel}:{party.pk}:{once_key or uuid.uuid4().hex}"
        _schedule(message, at, row.is_mandatory)
        messages.append(message)
    names = [message.client_id for message in messages]
    known = set(
        Message.objects.filter(client_id__in=names).values_list("client_id", flat=True)
        if once_key
        else ()
    )
    new = [message for message in messages if message.client_id not in known]
    Message.objects.bulk_create(new, ignore_conflicts=bool(once_key))
    return list(
        Message.objects.filter(client_id__in=[m.client_id for m in new]).values_list(
            "pk", flat=True
        )
    )


def send_code(phone: str, code: str, client_id: str = "") -> None:
    """发送验证码: queue a sign-in code for a phone; the worker sends it at once, or not at all.

    A repeated ``client_id`` queues nothing; without one each call is a message of its own.
    """
    at = now()
    values = {"code": code, "minutes": str(CODE_VALID_MINUTES)}
    Message.objects.bulk_create(
        [
            Message(
                phone=phone,
                channel=Channel.SMS,
                template_key=CODE_TEMPLATE,
                title="验证码",
                title_en="Sign-in code",
                body=fill(_CODE_ZH, values),
                body_en=fill(_CODE_EN, values),
                language="zh-hans",
                status=Message.Status.QUEUED,
                client_id=f"{CODE_TEMPLATE}:{client_id or uuid.uuid4().hex}"[:120],
                created_at=at,
                next_attempt_at=at,
                send_before=at + timedelta(minutes=CODE_VALID_MINUTES),
            )
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def mark_read(*, actor: Actor, message_id: int) -> None:
    """已读: note that the receiver has seen an in-app message; the first time counts.

    :raises NotFoundError: no such message, or it is not the actor's.
    """
    mine = Message.objects.filter(
        pk=message_id, channel=Channel.IN_APP, party_id__in=parties_of(actor)
    )
    if not mine.filter(read_at=None).update(read_at=now()) and not mine.exists():
        raise NotFoundError
    audit.record(actor, "notify.mark_read", "message", message_id)


@transaction.atomic
def mark_all_read(*, actor: Actor) -> int:
    """全部已读: returns how many were unread."""
    changed = Message.objects.filter(
        channel=Channel.IN_APP, party_id__in=parties_of(actor), read_at=None
    ).update(read_at=now())
    audit.record(actor, "notify.mark_all_read", "party", actor.acting_for_id or 0)
    return changed


@transaction.atomic
def set_opt_out(*, actor: Actor, channel: str, is_out: bool) -> None:
    """退订与恢复: the party that acts does or does not want a channel, for what may be refused.

    :raises NotFoundError: the actor stands for no party.
    """
    if actor.acting_for_id is None:
        raise NotFoundError
    if is_out:
        OptOut.objects.get_or_create(
            party_id=actor.acting_for_id, channel=Channel(channel), defaults={"at": now()}
        )
    else:
        OptOut.objects.filter(party_id=actor.acting_for_id, channel=Channel(channel)).delete()
    audit.record(
        actor,
        "notify.set_opt_out",
        "party",
        actor.acting_for_id,
        details={"channel": channel, "is_out": is_out},
    )


def parties_of(actor: Actor) -> list[int]:
    """Return whose messages the actor may read: those of the party in whose name it acts."""
    return [] if actor.acting_for_id is None else [actor.acting_for_id]


def _phone_of(party: Party) -> str | None:
    """Return the party's phone, or that of the person who runs it."""
    if party.phone or party.operator is None:
        return party.phone or None
    return party.operator.phone or None


def _compose(template: Template, data: Mapping[str, str], data_en: Mapping[str, str]) -> Message:
    try:
        return Message(
            channel=template.channel,
            template_key=template.key,
            title=fill(template.title_zh, data)[:200],
            title_en=fill(template.title_en, data_en)[:200],
            body=fill(template.body_zh, data),
            body_en=fill(template.body_en, data_en),
            link=fill(template.link, data)[:200],
        )
    except PlaceholderError as error:
        raise TemplateFormError(template=template.key, missing=str(error)) from error


def _schedule(message: Message, at: datetime, is_mandatory: bool) -> None:
    """An in-app message is there at once; a text message waits for the worker, or the morning."""
    if message.channel == Channel.IN_APP:
        message.status = Message.Status.DELIVERED
        message.sent_at = message.delivered_at = at
        return
    message.status = Message.Status.QUEUED
    message.next_attempt_at = at if is_mandatory else earliest_sending(at)
