"""Given a write with a key, when it is repeated, then it acts once and answers the same."""

import threading
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import freeze, now
from yiwang.kernel.base.events.facade import emit
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.http import idempotency
from yiwang.kernel.base.http.errors import IdempotencyKeyInvalidError, IdempotencyKeyReusedError
from yiwang.kernel.base.http.idempotency import Answer, idempotent
from yiwang.kernel.base.http.models import IdempotentRequest
from yiwang.kernel.errors import StaleError

CITIZEN = Actor(account_id=11, name="陈小明", kind="CITIZEN")
OTHER = Actor(account_id=12, name="林大海", kind="CITIZEN")
KEY = "key-0001"


def act():
    emit("test.act", "S", {})
    return 201, {"number": "YJ-1", "fee": Decimal("12.50")}


def acts():
    return OutboxEvent.objects.filter(type="test.act").count()


@pytest.mark.django_db
def test_a_repetition_gives_the_first_answer_and_changes_nothing():
    first = idempotent(CITIZEN, KEY, "apply", {"a": 1, "b": 2}, act)
    second = idempotent(CITIZEN, KEY, "apply", {"b": 2, "a": 1}, act)

    assert first == Answer(201, {"number": "YJ-1", "fee": "12.50"})
    assert second == Answer(201, {"number": "YJ-1", "fee": "12.50"}, repeated=True)
    assert acts() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("operation", "body"), [("apply", {"a": 2}), ("withdraw", {"a": 1})])
def test_the_same_key_for_something_else_is_refused(operation, body):
    idempotent(CITIZEN, KEY, "apply", {"a": 1}, act)

    with pytest.raises(IdempotencyKeyReusedError) as refusal:
        idempotent(CITIZEN, KEY, operation, body, act)

    assert (refusal.value.code, refusal.value.status) == ("IDEMPOTENCY_KEY_REUSED", 422)
    assert acts() == 1


@pytest.mark.django_db
def test_two_accounts_may_use_the_same_key():
    idempotent(CITIZEN, KEY, "apply", {}, act)
    assert not idempotent(OTHER, KEY, "apply", {}, act).repeated
    assert acts() == 2


@pytest.mark.django_db
def test_after_a_refusal_the_key_is_free_again():
    def refused():
        act()
        raise StaleError

    with pytest.raises(StaleError):
        idempotent(CITIZEN, KEY, "apply", {"a": 1}, refused)
    assert (acts(), IdempotentRequest.objects.count()) == (0, 0)

    assert idempotent(CITIZEN, KEY, "apply", {"a": 2}, act).status == 201


@pytest.mark.django_db
@pytest.mark.parametrize(
    "key", ["", "short", "x" * 81, "with space", "中文中文中文中文", "a\nb-----"]
)
def test_a_malformed_key_is_refused(key):
    with pytest.raises(IdempotencyKeyInvalidError):
        idempotent(CITIZEN, key, "apply", {}, act)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first_succeeds", [True, False])
def test_simultaneous_repetitions_wait_for_the_first(first_succeeds):
    entered = threading.Event()
    results: list = []

    def slow():
        entered.set()
        time.sleep(0.4)
        if not first_succeeds:
            raise StaleError
        return act()

    def run(work):
        try:
            results.append(idempotent(CITIZEN, KEY, "apply", {"a": 1}, work))
        except StaleError as error:
            results.append(error)
        finally:
            connection.close()

    first = threading.Thread(target=run, args=(slow,))
    first.start()
    assert entered.wait(5)
    rest = [threading.Thread(target=run, args=(act,)) for _ in range(4)]
    for thread in rest:
        thread.start()
    for thread in [first, *rest]:
        thread.join(10)

    answers = [result for result in results if isinstance(result, Answer)]
    assert len(results) == 5
    assert len(answers) == (5 if first_succeeds else 4)
    assert sum(not answer.repeated for answer in answers) == 1
    assert {answer.body["number"] for answer in answers} == {"YJ-1"}
    assert acts() == 1


@pytest.mark.django_db
def test_old_answers_are_forgotten():
    with freeze(now() - timedelta(days=idempotency.KEPT_DAYS, minutes=1)):
        idempotent(CITIZEN, "key-old-1", "apply", {}, act)
    idempotent(CITIZEN, "key-new-1", "apply", {}, act)

    assert idempotency.forget_old() == 1
    assert IdempotentRequest.objects.get().key == "key-new-1"
