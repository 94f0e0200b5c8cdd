"""秒批: closed until two release it, sampled afterwards, stopped by too many errors."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import freeze, now
from yiwang.kernel.base.events.contracts import Event
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.cases.models import Case, CaseEvent
from yiwang.kernel.casework.process.models import Task, Token
from yiwang.kernel.casework.process.rules.definition import compile_process
from yiwang.kernel.errors import InvalidInputError, NotFoundError, NotPermittedError
from yiwang.kernel.registers.licences.models import Licence
from yiwang.services.applications.actions.applications import submit_application
from yiwang.services.applications.models import Application
from yiwang.services.applications.tests import desk_cast as desk
from yiwang.services.applications.tests.applying import DOUBTFUL, INSTANT, business
from yiwang.services.items.models import ItemVersion
from yiwang.services.releases.actions.instant import (
    judge_review,
    propose_path,
    release_path,
    stop_path,
)
from yiwang.services.releases.errors import PathStateError, PathUnfitError, SamePersonError
from yiwang.services.releases.models import InstantPath, InstantReview
from yiwang.services.releases.reactions import draw_for, draw_review
from yiwang.services.releases.rules.paths import falls_to_person, instant_rules
from yiwang.services.releases.rules.sampling import draw_of, is_drawn, must_stop
from yiwang.services.releases.watch import Watch

CITY_MARKET = "441700000000.market_supervision"
WATCH = Watch(Decimal("0.5"), 1, 3)


@pytest.fixture(scope="module", autouse=True)
def city(django_db_setup, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        freeze(desk.MONDAY, whole_process=True),
        desk.the_city("yj.food-licence"),
    ):
        yield


@pytest.fixture(autouse=True)
def _database(city, db):
    """Each test's own savepoint inside the city."""


def head(name: str = "曾局长") -> Actor:
    return cast.official(name, f"{CITY_MARKET}.leader")


def reviewer() -> Actor:
    return cast.official("陆抽查", f"{desk.MARKET}.reviewer")


def apply_for_business(**changes) -> Application:
    citizen = cast.citizen()
    return submit_application(actor=citizen, submission=business(citizen, **changes))


def concluded(application: Application) -> None:
    """Let the worker hear of the end of a case."""
    row = OutboxEvent.objects.get(type="case.concluded", subject=application.case.number)
    draw_review(Event(row.id, row.type, row.subject, row.time, row.data))


def reviewed_case() -> InstantReview:
    application = apply_for_business()
    InstantPath.objects.filter(item_key=INSTANT).update(sample_share=1)
    concluded(application)
    return InstantReview.objects.get(case_id=application.pk)


def open_path(watch: Watch = WATCH) -> InstantPath:
    stop_path(actor=head(), item_key=INSTANT, reason="换参数")
    propose_path(actor=head(), item_key=INSTANT, watch=watch)
    return release_path(actor=head("关副局长"), item_key=INSTANT)


def trace_of(application: Application) -> dict:
    return Token.objects.exclude(outputs={}).get(case_id=application.pk).outputs["trace"]


def test_the_path_that_the_pack_says_two_released_is_open():
    application = apply_for_business()
    assert application.case.outcome == Case.Outcome.GRANTED
    assert application.is_automatic
    facts = {fact["name"]: fact for fact in trace_of(application)["facts"]}
    assert facts["identity"]["source_zh"] == "经办人的办理、身份核验"


def test_a_stopped_path_lets_a_case_fall_to_a_person_with_the_reason():
    stop_path(actor=head(), item_key=INSTANT, reason="抽查发现地址有误")
    application = apply_for_business()
    case = application.case
    assert case.status == Case.Status.OPEN
    assert not Licence.objects.filter(case=case).exists()
    assert Task.objects.get(case=case).step == "receive"
    told = CaseEvent.objects.get(case=case, kind="case.to_person")
    assert told.is_public
    assert told.title_zh == "秒批已停止，转由工作人员办理。原因：抽查发现地址有误"
    trace = trace_of(application)
    assert trace["words_zh"].startswith(told.title_zh)
    assert trace["outputs"]["route"] == "APPROVE"


def test_a_doubtful_case_falls_to_a_person_as_before():
    application = apply_for_business(circumstances=DOUBTFUL)
    assert application.case.status == Case.Status.OPEN
    assert not CaseEvent.objects.filter(case=application.case, kind="case.to_person").exists()
    assert trace_of(application)["outputs"]["reason_zh"]


def test_an_item_whose_pack_names_no_release_is_not_instant():
    version = ItemVersion.objects.get(item__key=INSTANT, is_current=True)
    content = {key: value for key, value in version.content.items() if key != "instant"}
    ItemVersion.objects.filter(pk=version.pk).update(content=content)
    from yiwang.services.items.selectors import get_version

    get_version.cache_clear()
    try:
        application = apply_for_business()
    finally:
        get_version.cache_clear()
    assert application.case.status == Case.Status.OPEN
    told = CaseEvent.objects.get(case=application.case, kind="case.to_person")
    assert "尚未由两人放行" in told.title_zh


def test_two_persons_open_a_path_again():
    leader, deputy = head(), head("关副局长")
    stop_path(actor=leader, item_key=INSTANT, reason="检查")
    with pytest.raises(PathStateError):
        release_path(actor=deputy, item_key=INSTANT)
    propose_path(actor=leader, item_key=INSTANT, watch=WATCH)
    assert apply_for_business().case.status == Case.Status.OPEN
    with pytest.raises(SamePersonError):
        release_path(actor=leader, item_key=INSTANT)
    path = release_path(actor=deputy, item_key=INSTANT)
    assert (path.state, path.released_by_name, path.stop_reason_zh) == ("OPEN", "关副局长", "")
    assert apply_for_business().case.outcome == Case.Outcome.GRANTED
    with pytest.raises(PathStateError):
        propose_path(actor=leader, item_key=INSTANT, watch=WATCH)
    acts = AuditEntry.objects.filter(object_id=INSTANT, kind="ACT").values_list("action", flat=True)
    assert list(acts.order_by("id")) == ["instant.stop", "instant.propose", "instant.release"]


@pytest.mark.parametrize("post", [f"{desk.MARKET}.leader", f"{CITY_MARKET}.reviewer"])
def test_others_may_not_touch_the_path(post):
    outsider = cast.official("外人", post)
    for act in (
        lambda: stop_path(actor=outsider, item_key=INSTANT, reason="x"),
        lambda: propose_path(actor=outsider, item_key=INSTANT, watch=WATCH),
        lambda: release_path(actor=outsider, item_key=INSTANT),
    ):
        with pytest.raises(NotPermittedError):
            act()
    assert not InstantPath.objects.exists()
    with pytest.raises(NotFoundError):
        stop_path(actor=outsider, item_key="absent", reason="x")


def test_only_an_item_with_a_sound_instant_path_can_be_opened():
    with pytest.raises(PathUnfitError):
        propose_path(actor=head(), item_key="food_licence_new", watch=WATCH)


@pytest.mark.parametrize(
    ("watch", "field"),
    [
        (Watch(Decimal("0"), 0, 10), "sample_share"),
        (Watch(Decimal("1.1"), 0, 10), "sample_share"),
        (Watch(Decimal("0.1"), 10, 10), "errors_allowed"),
        (Watch(Decimal("0.1"), 0, 0), "window"),
    ],
)
def test_limits_that_mean_nothing_are_refused(watch, field):
    stop_path(actor=head(), item_key=INSTANT, reason="检查")
    with pytest.raises(InvalidInputError) as caught:
        propose_path(actor=head(), item_key=INSTANT, watch=watch)
    assert field in [problem.field for problem in caught.value.problems]


def test_the_draw_follows_the_case_number_and_happens_once():
    open_path()
    application = apply_for_business()
    concluded(application)
    concluded(application)
    drawn = draw_for(application.case.number)
    assert draw_for(application.case.number) == drawn
    reviews = InstantReview.objects.filter(case_id=application.pk)
    assert reviews.count() == (1 if drawn < WATCH.sample_share else 0)


def test_what_a_person_decided_is_not_drawn():
    open_path(Watch(Decimal(1), 1, 3))
    application = apply_for_business(circumstances=DOUBTFUL)
    OutboxEvent.objects.filter(type="case.concluded").delete()
    draw_review(
        Event(
            OutboxEvent.objects.first().id,
            "case.concluded",
            application.case.number,
            now(),
            {"case": application.pk},
        )
    )
    assert not InstantReview.objects.exists()


def test_more_errors_than_allowed_stop_the_path():
    open_path()
    judge = reviewer()
    first, second, third = reviewed_case(), reviewed_case(), reviewed_case()
    assert judge_review(actor=judge, review_id=first.pk, verdict="WRONG", note="地址") == (
        InstantReview.objects.get(pk=first.pk),
        False,
    )
    assert not judge_review(actor=judge, review_id=second.pk, verdict="RIGHT")[1]
    review, stopped = judge_review(actor=judge, review_id=third.pk, verdict="WRONG", note="名称")
    assert stopped and review.judged_by_name == "陆抽查"
    path = InstantPath.objects.get(item_key=INSTANT)
    assert (path.state, path.stopped_by_name) == ("STOPPED", "系统")
    assert path.stop_reason_zh == "最近 3 次抽查发现 2 件有误，超过允许的 1 件。"
    case = apply_for_business().case
    assert case.status == Case.Status.OPEN
    assert path.stop_reason_zh in CaseEvent.objects.get(case=case, kind="case.to_person").title_zh
    # The applicant is not told of the review of a decision that stands.
    assert not CaseEvent.objects.get(case_id=first.case_id, kind="instant.reviewed").is_public


def test_errors_before_a_new_release_count_no_more():
    open_path(Watch(Decimal("0.5"), 0, 3))
    judge = reviewer()
    assert judge_review(actor=judge, review_id=reviewed_case().pk, verdict="WRONG", note="x")[1]
    propose_path(actor=head(), item_key=INSTANT, watch=Watch(Decimal("0.5"), 0, 3))
    with freeze(desk.MONDAY.replace(hour=10), whole_process=True):
        release_path(actor=head("关副局长"), item_key=INSTANT)
        review = reviewed_case()
        assert not judge_review(actor=judge, review_id=review.pk, verdict="RIGHT")[1]
    assert InstantPath.objects.get(item_key=INSTANT).state == "OPEN"


def test_a_verdict_is_given_once_and_only_where_one_reviews():
    open_path()
    review, judge = reviewed_case(), reviewer()
    with pytest.raises(NotPermittedError):
        judge_review(actor=cast.outsider(), review_id=review.pk, verdict="RIGHT")
    with pytest.raises(InvalidInputError):
        judge_review(actor=judge, review_id=review.pk, verdict="WRONG", note=" ")
    with pytest.raises(InvalidInputError):
        judge_review(actor=judge, review_id=review.pk, verdict="MAYBE")
    with pytest.raises(NotFoundError):
        judge_review(actor=judge, review_id=0, verdict="RIGHT")
    judge_review(actor=judge, review_id=review.pk, verdict="RIGHT")
    judge_review(actor=judge, review_id=review.pk, verdict="RIGHT")
    with pytest.raises(PathStateError):
        judge_review(actor=judge, review_id=review.pk, verdict="WRONG", note="x")
    assert AuditEntry.objects.filter(action="instant.judge").count() == 1


def process(**steps) -> object:
    return compile_process({"key": "p", "start": "ask", "steps": steps})


ASK = {
    "kind": "decision",
    "rule": "r",
    "branches": [{"when": "true", "to": "give"}],
    "default": "look",
}
GIVE = {"kind": "effect", "do": ["grant"], "to": "end"}
LOOK = {"kind": "task", "role": "reviewer", "acts": {}}
END = {"kind": "end"}


def test_a_rule_is_instant_when_it_grants_before_any_person_acts():
    sound = process(ask=ASK, give=GIVE, look=LOOK, end=END)
    assert instant_rules(sound) == {"r"} and falls_to_person(sound, "r")
    slow = process(ask=ASK | {"branches": [{"when": "true", "to": "look"}]}, look=LOOK, end=END)
    assert instant_rules(slow) == frozenset()
    nobody = process(ask=ASK | {"default": "end"}, give=GIVE, look=LOOK, end=END)
    assert not falls_to_person(nobody, "r")


@given(st.binary(min_size=8, max_size=32), st.decimals(0, 1, places=4))
def test_a_draw_is_a_number_from_0_to_1_and_stays_the_same(digest: bytes, share: Decimal) -> None:
    draw = draw_of(digest)
    assert 0 <= draw < 1 and draw == draw_of(digest)
    assert is_drawn(draw, Decimal(1)) and not is_drawn(draw, Decimal(0))
    assert not is_drawn(draw, share) or is_drawn(draw, min(share + Decimal("0.1"), Decimal(1)))


def test_the_share_that_is_drawn_is_the_share_that_was_asked_for():
    share = Decimal("0.05")
    drawn = sum(is_drawn(draw_for(f"4417{number:08}"), share) for number in range(4000))
    assert 150 <= drawn <= 250


@given(st.lists(st.booleans(), max_size=20), st.integers(0, 20))
def test_the_path_stops_only_beyond_the_limit(verdicts: list[bool], allowed: int) -> None:
    assert must_stop(verdicts, errors_allowed=allowed) is (verdicts.count(True) > allowed)
