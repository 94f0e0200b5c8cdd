"""For oneself, for another, at a window: within what was given, and no longer than it lasts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.city import HOME, City
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.calendars import now, today
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.facade import revoke_representation
from yiwang.kernel.base.parties.models import Party, Representation
from yiwang.kernel.errors import NotFoundError, NotPermittedError
from yiwang.services.applications.actions.applications import (
    Supplied,
    submit_application,
    supply_correction,
    withdraw_application,
)
from yiwang.services.applications.actions.windows import (
    check_face,
    party_at_window,
    require_window,
)
from yiwang.services.applications.errors import MandateTooNarrowError
from yiwang.services.applications.models import Application
from yiwang.services.applications.selectors import (
    access_case,
    cases_of,
    holds_whole_mandate,
    visible_cases,
)
from yiwang.services.applications.tests.applying import (
    DOUBTFUL,
    INSTANT,
    business,
    everything,
    hygiene,
    seat,
)
from yiwang.services.applications.tests.desk_cast import food_case, offer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.VAR = tmp_path


@pytest.fixture
def principal(city: City):
    return city.citizen("黄阿婆")


def mandate(principal, agent, items=(), **more):
    return Representation.objects.create(
        **{
            "principal_id": principal.party_id,
            "agent_id": agent.party_id,
            "kind": Representation.Kind.PROXY,
            "item_keys": list(items),
            "valid_from": today(),
            "evidence": "本人在线授权",
            "created_at": now(),
            **more,
        }
    )


def acting(agent, principal):
    return replace(agent, acting_for_id=principal.party_id)


def apply(actor, **changes):
    return submit_application(actor=actor, submission=business(actor, **changes)).case


# an agent


def test_an_agent_applies_within_the_authority_and_both_see_the_case(city, principal):
    agent = city.citizen("陈代办")
    mandate(principal, agent, [INSTANT])
    case = apply(acting(agent, principal))
    assert (case.party_id, case.agent_id) == (principal.party_id, agent.party_id)
    for who in (principal, agent, acting(agent, principal)):
        assert access_case(who, case.number) == case


def test_an_authority_for_another_matter_does_not_do(city, principal):
    agent = city.citizen("陈代办")
    mandate(principal, agent, ["senior_card"])
    before = everything()
    with pytest.raises(MandateTooNarrowError):
        apply(acting(agent, principal))
    assert everything() == before


@pytest.mark.parametrize(
    "ended",
    [
        {"valid_to": today() - timedelta(days=1), "valid_from": today() - timedelta(days=9)},
        {"valid_from": today() + timedelta(days=1)},
        {"revoked_at": now()},
    ],
)
def test_an_authority_that_does_not_hold_today_does_not_do(city, principal, ended):
    agent = city.citizen("陈代办")
    mandate(principal, agent, **ended)
    with pytest.raises(MandateTooNarrowError):
        apply(acting(agent, principal))


def test_when_the_authority_ends_so_does_all_that_came_with_it(city, principal):
    agent = city.citizen("陈代办")
    given = mandate(principal, agent)
    case = apply(acting(agent, principal), circumstances=DOUBTFUL)
    revoke_representation(representation_id=given.pk, actor=principal)
    before = everything()
    for actor in (agent, acting(agent, principal)):
        assert not visible_cases(actor).exists()
        assert cases_of(actor) == []
        with pytest.raises(NotFoundError):
            access_case(actor, case.number)
        with pytest.raises((NotFoundError, MandateTooNarrowError)):
            withdraw_application(actor=actor, case_id=case.pk, reason="")
        with pytest.raises((NotFoundError, MandateTooNarrowError)):
            supply_correction(actor=actor, case_id=case.pk, form_data={}, materials={})
    assert everything() == before
    withdraw_application(actor=principal, case_id=case.pk, reason="自己来办")


def test_a_narrow_authority_shows_no_other_matter(city, principal):
    agent = city.citizen("陈代办")
    mandate(principal, agent, ["public_place_hygiene_licence"])
    own = apply(principal)
    covered = submit_application(
        actor=acting(agent, principal), submission=hygiene(acting(agent, principal), "NORMAL")
    ).case
    assert list(visible_cases(acting(agent, principal))) == [covered]
    assert set(visible_cases(principal)) == {own, covered}
    assert holds_whole_mandate(acting(agent, principal)) is False
    mandate(principal, agent)
    assert set(visible_cases(acting(agent, principal))) == {own, covered}
    assert holds_whole_mandate(acting(agent, principal)) is True


def test_who_operates_a_business_acts_for_it_and_who_did_no_longer_does(city):
    owner, heir = city.citizen("林伯"), city.citizen("林小")
    shop = cast.business(Party.objects.get(pk=owner.party_id))
    as_shop = replace(owner, acting_for_id=shop.pk)
    case = food_case(as_shop, operator_name=shop.name, uscc=shop.uscc)
    assert (case.party_id, case.agent_id) == (shop.pk, owner.party_id)
    assert access_case(as_shop, case.number) == access_case(owner, case.number) == case
    Party.objects.filter(pk=shop.pk).update(operator_id=heir.party_id)
    assert access_case(replace(heir, acting_for_id=shop.pk), case.number) == case
    for former in (owner, as_shop):
        with pytest.raises(NotFoundError):
            access_case(former, case.number)


def test_nobody_sees_what_is_not_theirs_and_it_looks_as_if_it_were_not_there(city, principal):
    case = apply(principal)
    stranger = city.citizen("李四")
    answers = []
    for number in (case.number, "44170000000000", "", "a/b", "\0", "%"):
        with pytest.raises(NotFoundError) as refused:
            access_case(stranger, number)
        answers.append(refused.value.as_problem())
    assert all(answer == answers[0] for answer in answers)


# a window


@pytest.fixture
def clerk(city: City):
    return cast.clerk()


def person_of(actor):
    party = Party.objects.get(pk=actor.party_id)
    return {"name": party.name, "citizen_id_no": party.citizen_id_no}


@pytest.mark.proves(
    "B25", "综合窗口替到场的人当面提交各部门的事项，纸质材料当面收，办件与网上是同一条"
)
def test_a_clerk_applies_for_who_stands_there_with_paper_in_hand(city, principal, clerk):
    at_window, party_id = party_at_window(clerk, **person_of(principal))
    assert (party_id, at_window.channel) == (principal.party_id, "WINDOW")
    submission = hygiene(at_window, "NORMAL")
    paper = {key: Supplied("PAPER") for key in submission.materials}
    case = submit_application(actor=at_window, submission=replace(submission, materials=paper)).case
    assert (case.party_id, case.agent_id, case.channel) == (principal.party_id, None, "WINDOW")
    assert access_case(principal, case.number) == case
    assert access_case(at_window, case.number) == case
    assert set(Application.objects.get(pk=case.pk).materials.values_list("source", flat=True)) == {
        "PAPER",
        "DATA",
    }
    withdraw_application(actor=at_window, case_id=case.pk, reason="本人到窗口撤回")


def test_a_clerk_acts_for_nobody_who_does_not_stand_there(city, principal, clerk):
    case = apply(principal, circumstances=DOUBTFUL)
    other = city.citizen("李四")
    at_window, _party = party_at_window(clerk, **person_of(other))
    before = everything()
    for actor in (clerk, at_window):
        with pytest.raises(NotFoundError):
            withdraw_application(actor=actor, case_id=case.pk, reason="")
        with pytest.raises(NotPermittedError):
            submit_application(
                actor=actor, submission=business(principal, party_id=principal.party_id)
            )
    assert everything() == before


def test_the_person_at_the_window_is_the_agent_of_the_business(city, principal, clerk):
    person = Party.objects.get(pk=principal.party_id)
    shop = cast.business(person)
    at_window, party_id = party_at_window(clerk, **person_of(principal), uscc=shop.uscc.lower())
    assert (party_id, at_window.party_id) == (shop.pk, person.pk)
    strange = cast.business(Party.objects.get(pk=city.citizen("李四").party_id), "别人的店")
    with pytest.raises(NotFoundError):
        party_at_window(clerk, **person_of(principal), uscc=strange.uscc)


def test_who_has_no_window_today_identifies_nobody(city, principal):
    officials = [
        principal,
        city.official("market_supervision.receiver"),
        city.official("market_supervision.approver"),
    ]
    ended = cast.clerk()
    Grant.objects.filter(account_id=ended.account_id).update(
        valid_from=today() - timedelta(days=9), valid_to=today() - timedelta(days=1)
    )
    before = Party.objects.count()
    for actor in (*officials, ended):
        with pytest.raises(NotPermittedError):
            party_at_window(actor, **person_of(principal))
    assert Party.objects.count() == before


@pytest.mark.parametrize(
    ("unit", "place", "reaches"),
    [
        # The hall of the county, for all its departments.
        (f"{HOME}.government", HOME, True),
        # A town of the county, and a village of the town, for what the county decides.
        (f"{HOME}.government", "441702001000", True),
        ("441700000000.government", "441702001001", True),
        # The whole city, for each of its counties.
        ("441700000000.government", "441700000000", True),
        # The window of one department, and of another.
        (f"{HOME}.market_supervision", HOME, True),
        (f"{HOME}.health", HOME, False),
        # Another county, and a village of it.
        ("441704000000.government", "441704000000", False),
        ("441700000000.government", "441704000000", False),
    ],
)
def test_a_window_reaches_what_serves_its_people(city, unit, place, reaches):
    clerk = city.official("health.reviewer", "某窗口")
    seat(
        clerk,
        "case.window",
        org_path=Organization.objects.get(code=unit).path,
        division_path=Division.objects.get(code=place).path,
    )
    target = offer(INSTANT)
    place_of = {"org_path": target.organization.path, "division_path": target.division_path}
    if reaches:
        require_window(clerk, **place_of)
    else:
        with pytest.raises(NotPermittedError):
            require_window(clerk, **place_of)


def test_at_a_window_eyes_take_the_place_of_the_camera(clerk, principal):
    at_window, party_id = party_at_window(clerk, **person_of(principal))
    assert check_face(at_window, party_id, "fail-face") == {"real_name": True, "face": True}
    assert check_face(principal, principal.party_id, "") == {"real_name": True, "face": None}
    unproved = replace(principal, assurance_level=1)
    assert check_face(unproved, principal.party_id, "") == {"real_name": False, "face": None}
