"""What a page needs to know about where it stands, and how the reader wants to see it.

The kernel knows no city: the project names a function in ``settings.UI_SITE`` that returns a
``Site`` for a request (city, hotline, addresses, navigation). Without it, neutral values are used.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

DISPLAY_COOKIE = "yiwang_display"
EDITIONS = ("standard", "large")
THEMES = ("auto", "light", "dark")

DEFAULT_ADDRESSES: Mapping[str, str] = {
    "home": "/",
    "search": "/search/",
    "messages": "/messages/",
    "me": "/me/",
    "sign_in": "/sign-in/",
    "sign_out": "/sign-out/",
    "verify": "/verify/",
    "desk": "/desk/",
}


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One entry of a side navigation; ``count`` is shown when above zero."""

    label: str
    href: str
    icon: str
    group: str = ""
    count: int = 0
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """The government that a page speaks for, and the addresses of its shared pages."""

    city_name: str = ""
    hotline: str = "12345"
    owner: str = ""
    record_number: str = ""
    addresses: Mapping[str, str] = field(default_factory=lambda: DEFAULT_ADDRESSES)
    unread_messages: int = 0
    desk_navigation: tuple[NavigationItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Display:
    """How the reader wants pages: edition ``standard`` or ``large``; theme of ``THEMES``."""

    edition: str = "standard"
    theme: str = "auto"

    @property
    def large_print(self) -> bool:
        return self.edition == "large"

    @classmethod
    def parse(cls, value: str) -> "Display":
        """Return the display that a cookie names; anything unknown falls back to the default."""
        edition, _, theme = value.partition(".")
        return cls(
            edition if edition in EDITIONS else "standard",
            theme if theme in THEMES else "auto",
        )

    def __str__(self) -> str:
        return f"{self.edition}.{self.theme}"


def display_of(request: HttpRequest | None) -> Display:
    """Return the display preferences that came with a request."""
    if request is None:
        return Display()
    chosen = getattr(request, "ui_display", None)
    if isinstance(chosen, Display):
        return chosen
    return Display.parse(request.COOKIES.get(DISPLAY_COOKIE, ""))


def site_of(request: HttpRequest) -> Site:
    """Return the site that the project describes for this request."""
    path = getattr(settings, "UI_SITE", "")
    if not path:
        return Site()
    describe: Callable[[HttpRequest], Site] = import_string(path)
    return describe(request)


def session_owner(request: HttpRequest | None) -> str:
    """Return an opaque mark of who is signed in, or ``""``.

    A form kept in a browser may only be sent on for the same person: pages carry this mark, and
    ``ui:session`` repeats it after a new sign-in. It is keyed: it tells nothing about the account.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    return salted_hmac("yiwang.ui.session_owner", str(user.pk)).hexdigest()[:16]


def display(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``display``, ``large_print``, ``site``, ``session_owner``."""
    chosen = display_of(request)
    return {
        "display": chosen,
        "large_print": chosen.large_print,
        "site": SimpleLazyObject(lambda: site_of(request)),
        "session_owner": SimpleLazyObject(lambda: session_owner(request)),
    }
