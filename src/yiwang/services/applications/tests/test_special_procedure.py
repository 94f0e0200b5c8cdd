"""特别程序: only what article 45 names leaves the limit, and the person is told in writing."""

from datetime import timedelta

import pytest

from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.clocks.errors import SiteCheckNotExcludedError
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.process.registry import EffectContext
from yiwang.services.applications.procedures import begin_special, end_special
from yiwang.services.applications.tests import desk_cast as desk


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


@pytest.fixture
def context():
    case = desk.food_case(cast.citizen())
    desk.act(desk.receiver(), desk.open_task(case, "receive"), "accept")
    case.refresh_from_db()
    return EffectContext(case=case, actor=cast.approver(), step="decide", facts=dict)


def ends(context):
    rows = Clock.objects.filter(case=context.case, kind="decision").order_by("basis")
    return [row.due_at for row in rows]


def test_testing_leaves_both_limits_and_a_paper_says_how_long(context):
    before = ends(context)
    with freeze(desk.MONDAY + timedelta(days=1)) as clock:
        begin_special(context, {"kind": "TESTING", "source": "食品安全法 第八十七条", "days": 5})
        clock.move_to(desk.MONDAY + timedelta(days=8))
        end_special(context, {})
    # Tuesday 13 to Monday 19 October: five working days.
    days = [(after - due).days for due, after in zip(before, ends(context), strict=True)]
    assert min(days) >= 7
    paper = Paper.objects.get(case=context.case, kind="SPECIAL_PROCEDURE")
    text = "".join(paper.content["body"])
    for words in ("依法需要检测", "食品安全法 第八十七条", "第四十五条", "5个工作日"):
        assert words in text, words


def test_a_view_of_the_place_stays_inside_the_limit(context):
    before = ends(context)
    with pytest.raises(SiteCheckNotExcludedError):
        begin_special(context, {"kind": "SITE_CHECK", "source": "x", "days": 5})
    assert ends(context) == before
    assert not Paper.objects.filter(case=context.case, kind="SPECIAL_PROCEDURE").exists()
