"""Given a case, when its party rates a contact, then versions, access and statistics are right."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Q

from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.http.testing import assert_query_count
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.ratings import facade as ratings
from yiwang.kernel.casework.ratings import registry
from yiwang.kernel.casework.ratings.errors import RatingFormError
from yiwang.kernel.casework.ratings.models import Channel, Contact, Grade, Rating
from yiwang.kernel.casework.ratings.tests.factories import (
    citizen,
    clerk,
    make_case,
    make_party,
    make_unit,
)
from yiwang.kernel.errors import NotFoundError

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def rate(case, grade=Grade.SATISFIED, contact=Contact.ACCEPT, actor=None, **more):
    return ratings.rate_contact(
        actor=actor or citizen(case.party), case=case, contact=contact, grade=grade, **more
    )


def told(event_type):
    return OutboxEvent.objects.filter(type=event_type).count()


@pytest.mark.django_db
@pytest.mark.proves("B88", "每个环节各评一次，改评留下新版本，原评价不被覆盖")
def test_a_second_thought_is_a_new_version_and_the_first_stays():
    case = make_case()
    first = rate(case, Grade.DISSATISFIED, comment="等了很久", tags=["等候时间长"])
    second = rate(case, Grade.SATISFIED)
    other = rate(case, Grade.VERY_SATISFIED, contact=Contact.DELIVER)

    first.refresh_from_db()
    assert (first.version, first.is_current, first.grade) == (1, False, Grade.DISSATISFIED)
    assert first.comment == "等了很久"
    assert (second.version, second.is_current) == (2, True)
    assert ratings.ratings_of_case(case.pk) == [second, other]
    assert AuditEntry.objects.filter(action="ratings.rate_contact", case_id=case.pk).count() == 3


@pytest.mark.django_db
def test_the_same_rating_sent_twice_is_one_version():
    case = make_case()
    assert rate(case, comment=" 很好 ") == rate(case, comment="很好")
    assert Rating.objects.count() == 1
    assert told("rating.given") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("grade", Grade.values)
def test_only_the_two_lowest_grades_are_bad(grade):
    rate(make_case(), grade)
    is_bad = grade in ("DISSATISFIED", "VERY_DISSATISFIED")
    assert told("rating.bad") == int(is_bad)
    assert told("rating.given") == 1


@pytest.mark.django_db
def test_only_the_party_its_agent_and_the_clerk_before_it_may_rate():
    party, stranger, agent = make_party(), make_party("林大海"), make_party("黄代办")
    case = make_case(party)

    denied = [
        citizen(stranger),
        citizen(agent),
        clerk(channel="ONLINE"),
    ]
    for actor in denied:
        with pytest.raises(NotFoundError):
            rate(case, actor=actor)
    with pytest.raises(NotFoundError):
        rate(case, actor=clerk(), channel=Channel.ONLINE)
    with pytest.raises(NotFoundError):
        rate(case, actor=citizen(party), channel=Channel.WINDOW)
    assert not Rating.objects.exists()
    assert not OutboxEvent.objects.exists()

    acting = citizen(agent, acting_for_id=party.pk)
    assert rate(case, actor=acting).party == party
    by_clerk = rate(case, Grade.VERY_SATISFIED, actor=clerk(), channel=Channel.WINDOW)
    assert (by_clerk.party, by_clerk.account_id) == (party, clerk().account_id)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"grade": "GREAT"}, "grade"),
        ({"contact": "PARTY"}, "contact"),
        ({"channel": "PIGEON"}, "channel"),
        ({"comment": "好" * 1001}, "comment"),
        ({"tags": ["好"] * 9}, "tags"),
        ({"tags": ["好" * 21]}, "tags"),
    ],
)
def test_bad_input_names_its_field(wrong, field):
    with pytest.raises(RatingFormError) as refusal:
        rate(make_case(), **wrong)
    assert [problem.field for problem in refusal.value.problems] == [field]
    assert not Rating.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_leave_one_current_version():
    case = make_case()
    start = threading.Barrier(4)

    def work(grade):
        try:
            start.wait(5)
            rate(case, grade)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(grade,)) for grade in Grade.values[:4]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)

    versions = list(Rating.objects.order_by("version").values_list("version", "is_current"))
    assert versions == [(1, False), (2, False), (3, False), (4, True)]


@pytest.fixture
def item_of_case():
    """Read the item from the case's title, as a net would from its own table."""
    registry.register_item_path("test", "title_en")
    yield
    registry.forget_item_path("test")


@pytest.mark.django_db
def test_statistics_count_grades_defaults_and_missing_apart(item_of_case):
    market, police = make_unit(), make_unit("441702.traffic_police", "江城区交警大队")

    def concluded(unit, item, **more):
        return make_case(
            unit=unit,
            kind="test",
            title_en=item,
            status=Case.Status.CONCLUDED,
            phase=Case.Phase.CONCLUDED,
            concluded_at=more.pop("at", NOON),
            **more,
        )

    with freeze(NOON):
        rate(concluded(market, "food"), Grade.VERY_SATISFIED)
        rate(concluded(market, "food"), Grade.DISSATISFIED)
        changed = concluded(market, "hygiene")
        rate(changed, Grade.VERY_DISSATISFIED)
        rate(changed, Grade.MOSTLY_SATISFIED)
        concluded(market, "food")
        concluded(police, "road")
        silent = concluded(police, "road")
        Rating.objects.create(
            case=silent,
            party=silent.party,
            contact=Contact.CASE,
            grade=Grade.MOSTLY_SATISFIED,
            channel=Channel.ONLINE,
            source=Rating.Source.DEFAULT,
            organization=police,
            org_path=police.path,
            division_path=silent.division_path,
            item_key="road",
            account_id=0,
            at=NOON,
        )
    with freeze(NOON - 40 * DAY):
        rate(concluded(market, "food", at=NOON - 40 * DAY), Grade.VERY_DISSATISFIED)

    period = {"since": NOON - DAY, "until": NOON + DAY}
    with assert_query_count("by_unit"):
        by_unit = {row.key: row for row in ratings.by_unit(**period)}
    with assert_query_count("by_item"):
        by_item = {row.key: row for row in ratings.by_item(**period)}

    row = by_unit[market.pk]
    assert row.name == "江城区市场监督管理局"
    assert row.counts == {
        "VERY_SATISFIED": 1,
        "SATISFIED": 0,
        "MOSTLY_SATISFIED": 1,
        "DISSATISFIED": 1,
        "VERY_DISSATISFIED": 0,
    }
    assert (row.total, row.defaults, row.missing) == (3, 0, 1)
    assert row.good_rate == pytest.approx(2 / 3)
    row = by_unit[police.pk]
    assert (row.total, row.defaults, row.missing, row.good_rate) == (0, 1, 2, None)
    assert {key: (row.total, row.missing) for key, row in by_item.items()} == {
        "food": (2, 1),
        "hygiene": (1, 0),
        "road": (0, 2),
    }

    scoped = ratings.by_unit(**period, scope=Q(org_path__startswith=police.path))
    assert [row.key for row in scoped] == [police.pk]
    only_delivery = ratings.by_unit(**period, contact=Contact.DELIVER)
    assert {row.key: (row.total, row.missing) for row in only_delivery} == {
        market.pk: (0, 4),
        police.pk: (0, 2),
    }
