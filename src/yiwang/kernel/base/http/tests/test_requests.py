"""Given what transport and proxies say, when an address is asked for, then only trust counts."""

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.base.http.requests import address_key, client_address, wants_json


def request(peer, forwarded=None):
    meta = {"REMOTE_ADDR": peer}
    if forwarded is not None:
        meta["HTTP_X_FORWARDED_FOR"] = forwarded
    return RequestFactory().get("/", **meta)


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "expected"),
    [
        ([], "203.0.113.7", None, "203.0.113.7"),
        ([], "203.0.113.7", "198.51.100.1", "203.0.113.7"),
        (["10.0.0.0/8"], "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (["10.0.0.0/8"], "203.0.113.7", "198.51.100.1", "203.0.113.7"),
        (["10.0.0.0/8"], "10.0.0.1", "nonsense", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", None, "10.0.0.1"),
        ([], "::ffff:203.0.113.7", None, "203.0.113.7"),
        (["fd00::/8"], "fd00::1", "2001:db8::5", "2001:db8::5"),
        ([], "", None, ""),
    ],
)
def test_only_trusted_proxies_are_believed(settings, proxies, peer, forwarded, expected):
    settings.TRUSTED_PROXIES = proxies
    assert client_address(request(peer, forwarded)) == expected


@given(st.text(max_size=60))
def test_any_forwarded_header_gives_an_answer(forwarded):
    assert client_address(request("203.0.113.7", forwarded)) == "203.0.113.7"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_one_ipv6_subscriber_counts_as_one(address, key):
    assert address_key(address) == key


@pytest.mark.parametrize(
    ("path", "accept", "expected"),
    [
        ("/api/x", "text/html", True),
        ("/hooks/bank", "", True),
        ("/x", "application/json", True),
        ("/x", "application/problem+json", True),
        ("/x", "text/html,application/xhtml+xml", False),
        ("/x", "text/html, application/json", False),
        ("/x", "*/*", False),
        ("/x", "", False),
    ],
)
def test_who_gets_json(path, accept, expected):
    assert wants_json(RequestFactory().get(path, headers={"Accept": accept})) is expected
