"""待办: what an official sees of what waits, in which order, and at what cost."""

from datetime import timedelta
from itertools import count

import pytest
from django.test import Client

from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.http.testing import assert_query_count
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.models import Task, Token
from yiwang.services.applications.inbox import InboxFilter, next_task, read_inbox
from yiwang.services.applications.tests import desk_cast as desk

numbers = count(1)


@pytest.fixture(scope="module", autouse=True)
def city(django_db_setup, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        freeze(desk.MONDAY, whole_process=True),
        desk.the_city("yj.food-licence", "yj.road-occupation"),
    ):
        yield


@pytest.fixture(autouse=True)
def _database(city, db):
    """Each test's own savepoint inside the city."""


def multiply(task: Task, times: int, *, due_in: timedelta | None = None) -> list[Task]:
    """Copy a waiting task with its case and token, as many applications of one morning."""
    case, token = task.case, task.token
    cases = Case.objects.bulk_create(
        Case(
            **{
                field.attname: getattr(case, field.attname)
                for field in Case._meta.concrete_fields
                if field.attname not in ("id", "number")
            },
            number=f"99{next(numbers):010}",
        )
        for _ in range(times)
    )
    tokens = Token.objects.bulk_create(
        Token(
            case=one,
            definition_id=token.definition_id,
            step=token.step,
            status=token.status,
            entered_at=token.entered_at,
        )
        for one in cases
    )
    return Task.objects.bulk_create(
        Task(
            **{
                field.attname: getattr(task, field.attname)
                for field in Task._meta.concrete_fields
                if field.attname not in ("id", "case_id", "token_id", "case_number", "limit_at")
            },
            case=one,
            token=token,
            case_number=one.number,
            limit_at=task.limit_at if due_in is None else task.opened_at + due_in,
        )
        for one, token in zip(cases, tokens, strict=True)
    )


def test_the_inbox_shows_what_waits_for_the_seat_with_masked_names():
    case = desk.food_case(cast.citizen("陈小明"))
    clerk = desk.receiver()

    page = desk.client_of(clerk).get("/desk/").content.decode()

    assert "食品经营许可" in page
    assert "陈*明" in page
    assert "陈小明" not in page
    assert f"/desk/tasks/{desk.open_task(case, 'receive').pk}/" in page


def test_nothing_of_another_county_or_another_role_is_in_the_inbox():
    desk.food_case(cast.citizen())
    for actor in (
        cast.official("关外县", "441704000000.market_supervision.receiver"),
        cast.approver(),
    ):
        assert read_inbox(actor, InboxFilter()).count == 0
        assert "都办完了" in desk.client_of(actor).get("/desk/").content.decode()


@pytest.mark.parametrize(
    ("who", "status"),
    [("anonymous", 302), ("citizen", 403), ("no seat", 403), ("here", 200)],
)
def test_the_desk_is_for_officials_who_hold_a_post(who, status):
    client = {
        "anonymous": lambda: Client(),
        "citizen": lambda: desk.client_of(cast.citizen()),
        "no seat": lambda: desk.client_of(cast.official("无岗位")),
        "here": lambda: desk.client_of(desk.receiver()),
    }[who]()

    answer = client.get("/desk/")

    assert answer.status_code == status
    if status == 302:
        assert answer.headers["Location"].startswith("/sign-in/?next=")


def test_filters_by_step_unit_and_due():
    actor = cast.official("两处岗", f"{desk.MARKET}.receiver", f"{desk.ROADS}.receiver")
    food = desk.open_task(desk.food_case(cast.citizen()), "receive")
    road = desk.open_task(desk.road_case(cast.citizen("李大路")), "receive")
    (late,) = multiply(food, 1, due_in=-timedelta(hours=1))
    (far,) = multiply(road, 1, due_in=timedelta(days=9))

    def found(**wanted):
        return [task.pk for task in read_inbox(actor, InboxFilter(**wanted)).tasks]

    assert found() == [food.pk, road.pk, late.pk, far.pk]
    assert found(unit=desk.ROADS) == [road.pk, far.pk]
    assert found(step="收件与受理", unit=desk.MARKET) == [food.pk, late.pk]
    assert found(step="作出决定") == []
    assert found(due="overdue") == [late.pk]
    assert found(due="near") == [food.pk, road.pk]
    assert found(order="due") == [late.pk, food.pk, road.pk, far.pk]


def test_pages_go_on_by_key_in_both_orders():
    actor = desk.receiver()
    first = desk.open_task(desk.food_case(cast.citizen()), "receive")
    rest = multiply(first, 24)
    soonest = multiply(first, 1, due_in=timedelta(minutes=5))
    for order, everything in (
        ("", [first, *rest, *soonest]),
        ("due", [*soonest, first, *rest]),
    ):
        wanted = InboxFilter(order=order)
        page = read_inbox(actor, wanted)
        following = read_inbox(actor, wanted, after_id=page.next_after)
        assert [task.pk for task in (*page.tasks, *following.tasks)] == [t.pk for t in everything]
        assert following.next_after is None
        assert page.count == following.count == 26


def test_the_next_task_follows_in_the_same_order_and_goes_round():
    actor = desk.receiver()
    first = desk.open_task(desk.food_case(cast.citizen()), "receive")
    second, third = multiply(first, 2)
    everything = InboxFilter()

    assert next_task(actor, everything, first).pk == second.pk
    assert next_task(actor, everything, third).pk == first.pk
    assert next_task(actor, InboxFilter(step="作出决定"), first) is None


def test_what_one_has_signed_stays_in_sight_but_is_not_next():
    case = desk.food_case(cast.citizen())
    desk.act(desk.receiver(), desk.open_task(case, "receive"), "accept")
    one, other = desk.inspector("谢一"), desk.inspector("冯二")
    task = desk.open_task(case, "site_check")
    desk.act(one, task, "recorded", place="南恩路88号", findings="符合要求", passed=True)

    assert "等另一位确认" in desk.client_of(one).get("/desk/").content.decode()
    assert "等另一位确认" not in desk.client_of(other).get("/desk/").content.decode()
    assert next_task(one, InboxFilter(), Task(pk=0)) is None


def test_as_many_queries_at_two_thousand_as_at_twenty():
    client = desk.client_of(desk.receiver())
    task = desk.open_task(desk.food_case(cast.citizen()), "receive")
    client.get("/desk/")
    multiply(task, 19)
    with assert_query_count("desk.inbox"):
        client.get("/desk/")
    multiply(task, 1980)
    with assert_query_count("desk.inbox"):
        answer = client.get("/desk/")
    assert "1000+" in answer.content.decode()


def test_a_broken_cursor_or_filter_opens_the_first_page():
    client = desk.client_of(desk.receiver())
    desk.food_case(cast.citizen())
    for query in ("after=abc", "after=99999999999999999999", "due=never", "order=x", "step=%00"):
        assert client.get(f"/desk/?{query}").status_code == 200
