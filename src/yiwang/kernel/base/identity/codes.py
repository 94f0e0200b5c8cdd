"""短信验证码: the hook by which codes leave, so that this layer need not know who sends them."""

from collections.abc import Callable

from yiwang.kernel.base.identity.errors import SmsUnavailableError

__all__ = ["register_sender", "sender"]

CodeSender = Callable[[str, str], None]
"""Called with an 11-digit phone number and the code. Raises SmsUnavailableError when it fails."""

_senders: list[CodeSender] = []


def register_sender(send: CodeSender) -> None:
    """Connect what sends codes; a later call replaces the earlier one."""
    _senders[:] = [send]


def sender() -> CodeSender:
    """Return the connected sender.

    :raises SmsUnavailableError: none is connected.
    """
    if not _senders:
        raise SmsUnavailableError
    return _senders[0]
