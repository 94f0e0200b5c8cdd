"""站内消息: what the inbox page of a party shows."""

from yiwang.kernel.base.http.paging import Page, paginate
from yiwang.kernel.reach.notify.models import Channel, Message

__all__ = ["MOST_COUNTED", "list_messages", "unread_count"]

MOST_COUNTED = 99
"""The unread badge counts no further."""


def list_messages(*, party_id: int, cursor: str = "", size: int = 20) -> Page[Message]:
    """List the in-app messages of a party with their cases, newest first.

    :raises CursorInvalidError: forged or foreign cursor.
    """
    messages = Message.objects.filter(party_id=party_id, channel=Channel.IN_APP)
    return paginate(messages.select_related("case"), order="-created_at", cursor=cursor, size=size)


def unread_count(party_id: int) -> int:
    """Count unread in-app messages, up to ``MOST_COUNTED`` + 1."""
    unread = Message.objects.filter(party_id=party_id, channel=Channel.IN_APP, read_at=None)
    return len(unread.values_list("pk")[: MOST_COUNTED + 1])
