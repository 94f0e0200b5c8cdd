"""消息通知: what other apps may call."""

from yiwang.kernel.reach.notify.actions.messages import (
    mark_all_read,
    mark_read,
    notify,
    send_code,
    set_opt_out,
)
from yiwang.kernel.reach.notify.actions.templates import apply_templates
from yiwang.kernel.reach.notify.registry import register_gateway, register_pack_of_case
from yiwang.kernel.reach.notify.selectors import list_messages, unread_count

__all__ = [
    "apply_templates",
    "list_messages",
    "mark_all_read",
    "mark_read",
    "notify",
    "register_gateway",
    "register_pack_of_case",
    "send_code",
    "set_opt_out",
    "unread_count",
]
