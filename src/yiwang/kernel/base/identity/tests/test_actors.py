"""The actor of a request: who, with which seats, for whom, how surely; and what it costs."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.http.errors import NotSignedInError
from yiwang.kernel.base.identity.http import (
    actor_of,
    assurance_required,
    citizen_required,
    official_required,
    require_actor,
)
from yiwang.kernel.base.identity.http.actors import ACTING_FOR, STEPPED_UP_UNTIL
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.base.organizations.models import Post
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.errors import NotPermittedError

pytestmark = [
    pytest.mark.usefixtures("yangjiang"),
    pytest.mark.urls("yiwang.kernel.base.identity.tests.urls"),
]


def request_of(actor: Actor | None, path: str = "/", **session: Any) -> HttpRequest:
    request = RequestFactory().get(path)
    client = Client()
    if actor is not None:
        client.force_login(cast.account_of(actor))
        request.user = cast.account_of(actor)
    request.session = client.session
    request.session.update(session)
    return request


def test_a_visitor_is_nobody() -> None:
    from django.contrib.auth.models import AnonymousUser

    request = request_of(None)
    request.user = AnonymousUser()

    assert actor_of(request) is None
    with pytest.raises(NotSignedInError):
        require_actor(request)


def test_a_citizen_acts_for_herself_without_any_query() -> None:
    request = request_of(cast.citizen("陈小明"))

    with CaptureQueriesContext(connection) as queries:
        actor = require_actor(request)
        assert actor_of(request) is actor
    assert len(queries) == 0
    assert actor.acting_for_id == actor.party_id is not None
    assert (actor.assurance_level, actor.channel) == (2, "ONLINE")


def test_an_officials_seats_cost_one_query_however_many() -> None:
    keys = Post.objects.filter(roles="reviewer").order_by("pk").values_list("pk", flat=True)[:9]
    for count in (1, 9):
        request = request_of(cast.official("官员", *keys[:count]), "/api/x")
        with CaptureQueriesContext(connection) as queries:
            actor = require_actor(request)
        assert len(queries) == 1
        assert set(actor.post_keys) == set(keys[:count])
        assert actor.organization_code == keys[0].rsplit(".", 1)[0]
        assert actor.channel == "API"


def test_acting_for_another_ends_with_the_authority() -> None:
    me = cast.citizen("陈小明")
    shop = cast.business(cast.party_of(me))
    request = request_of(me, **{ACTING_FOR: shop.pk})

    with CaptureQueriesContext(connection) as queries:
        assert require_actor(request).acting_for_id == shop.pk
    assert len(queries) == 1

    parties.register_business(
        name=shop.name,
        uscc_code=shop.uscc,
        operator=cast.person("接手人"),
        actor=access.SYSTEM,
    )
    later = request_of(me, **{ACTING_FOR: shop.pk})
    assert require_actor(later).acting_for_id == me.party_id
    assert ACTING_FOR not in later.session


def test_a_step_up_lasts_until_its_end() -> None:
    me = cast.citizen("陈小明")
    noon = datetime(2026, 5, 6, 12, tzinfo=calendars.LOCAL_ZONE)
    until = {STEPPED_UP_UNTIL: (noon + timedelta(minutes=30)).isoformat()}

    for minutes, level in ((0, 3), (29, 3), (30, 2)):
        with calendars.freeze(noon + timedelta(minutes=minutes)):
            assert require_actor(request_of(me, **until)).assurance_level == level


def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


def test_guards_send_visitors_to_sign_in_and_back() -> None:
    from django.contrib.auth.models import AnonymousUser

    for guard in (citizen_required, official_required, assurance_required(2)):
        request = RequestFactory().get("/me/?page=2")
        request.user, request.session = AnonymousUser(), {}
        answer = guard(view)(request)
        assert answer.status_code == 302
        assert answer["Location"] == "/sign-in/?next=%2Fme%2F%3Fpage%3D2"
        program = RequestFactory().get("/api/me")
        program.user, program.session = AnonymousUser(), {}
        with pytest.raises(NotSignedInError):
            guard(view)(program)


def test_citizens_and_officials_have_their_own_doors() -> None:
    citizen = cast.citizen("陈小明")
    reviewer = cast.official("审查员", "441702000000.health.reviewer")
    unseated = cast.official("离岗者")

    assert citizen_required(view)(request_of(citizen)).content == b"in"
    assert official_required(view)(request_of(reviewer)).content == b"in"
    for guard, caller in (
        (citizen_required, reviewer),
        (official_required, citizen),
        (official_required, unseated),
    ):
        with pytest.raises(NotPermittedError):
            guard(view)(request_of(caller))


def test_who_lacks_assurance_is_sent_to_prove_it() -> None:
    me = cast.citizen("陈小明")

    assert assurance_required(2)(view)(request_of(me)).content == b"in"
    answer = assurance_required(3)(view)(request_of(me, "/pay/"))
    assert answer["Location"] == "/step-up/?next=%2Fpay%2F"
    with pytest.raises(access.AssuranceTooLowError) as refused:
        assurance_required(3)(view)(request_of(me, "/api/pay"))
    assert refused.value.details == {"needed": 3}
