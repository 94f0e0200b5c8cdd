"""What a request tells about where it comes from and what answer it can read."""

import re
import uuid
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Number of the request that is being served, empty outside of one."""

_SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{8,80}", re.ASCII)


def client_address(request: HttpRequest) -> str:
    """Return the address of the client, or "" when the transport has none.

    ``X-Forwarded-For`` counts only as far as proxies of ``settings.TRUSTED_PROXIES`` (networks in
    CIDR form) wrote it: read from the right, the first address that is no trusted proxy.
    """
    address = _parse(request.META.get("REMOTE_ADDR", ""))
    if address is None:
        return ""
    trusted = [ip_network(network) for network in getattr(settings, "TRUSTED_PROXIES", ())]
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while hops and any(address in network for network in trusted):
        hop = _parse(hops.pop().strip())
        if hop is None:
            break
        address = hop
    return str(address)


def address_key(address: str) -> str:
    """Return what rate limits count: an IPv4 address, or the /64 that one IPv6 subscriber holds."""
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, 64), strict=False))
    return address


def wants_json(request: HttpRequest) -> bool:
    """Tell whether a program calls: API, call-back, or one that accepts JSON and no page."""
    if request.path.startswith(("/api/", "/hooks/")):
        return True
    accept = request.headers.get("Accept", "")
    return "json" in accept and "text/html" not in accept


def speaks_english() -> bool:
    """Tell whether the answer should be in English; otherwise it is in Chinese."""
    return (get_language() or "").startswith("en")


def choose_request_id(request: HttpRequest) -> str:
    """Keep a well-formed ``X-Request-Id`` of the caller, else make one."""
    offered = request.headers.get("X-Request-Id", "")
    return offered if _SAFE_REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
