"""送达: five ways, each with its proof; the first counts and starts the receiver's own periods."""

from datetime import datetime, timedelta

import pytest

from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import LOCAL_ZONE, freeze
from yiwang.kernel.base.files.facade import MediaType, store_made
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.casework.cases.models import CaseEvent
from yiwang.kernel.casework.clocks import facade as clocks
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.papers.actions.serving import report_post, serve_paper
from yiwang.kernel.casework.papers.errors import (
    PaperNotOnTheWayError,
    PaperServedError,
    PaperServiceError,
)
from yiwang.kernel.casework.papers.models import PaperService
from yiwang.kernel.casework.papers.tests.test_papers import OFFICER, issue, seated
from yiwang.kernel.errors import NotPermittedError

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 10, 12, 9, 0, tzinfo=LOCAL_ZONE)
PROOFS = {
    "IN_PERSON": {"signed_by": "陈大文", "relation": "本人"},
    "ELECTRONIC": {
        "address": "13800000000",
        "consent_at": "2026-10-10",
        "consent_how": "送达地址确认书",
    },
    "LEFT": {"place": "江城区南恩路88号", "reason": "拒绝签收", "witnesses": ["村委会 张三"]},
    "POST": {"carrier": "邮政EMS", "tracking_no": "EA123456789CN"},
    "PUBLIC_NOTICE": {"where": "阳江市人民政府门户网站", "reason": "下落不明"},
}


def refusal():
    return issue(kind="REFUSAL", wants_electronic=False)


def periods(paper):
    rows = Clock.objects.filter(subject=f"paper:{paper.pk}", owed_by="PARTY").order_by("kind")
    return {row.kind: row for row in rows}


def local_day(moment):
    return f"{moment.astimezone(LOCAL_ZONE):%Y-%m-%d}"


@pytest.mark.parametrize("method", ["IN_PERSON", "ELECTRONIC", "LEFT"])
@pytest.mark.proves("F52", "文书送达之日起算当事人的复议、诉讼期限，五种送达方式各有凭证")
def test_service_starts_the_periods_of_the_receiver(method):
    with freeze(MONDAY) as clock:
        paper = refusal()
        assert periods(paper) == {}
        clock.move_to(MONDAY + timedelta(days=1))
        service = serve_paper(
            actor=seated("case.window"), paper=paper, method=method, proof=PROOFS[method]
        )
    assert (service.state, service.served_at) == ("SERVED", MONDAY + timedelta(days=1))
    running = periods(paper)
    # Sixty days after 13 October end on Saturday 12 December, so on the Monday after.
    assert local_day(running["review"].due_at) == "2026-12-14"
    assert local_day(running["litigation"].due_at) == "2027-04-13"
    assert running["review"].source == "行政复议法 20"
    told = CaseEvent.objects.filter(case=paper.case, kind="paper.served").get()
    assert told.title_zh.endswith("：已送达")


def test_the_same_again_changes_nothing_and_another_way_is_too_late():
    with freeze(MONDAY) as clock:
        paper, clerk = refusal(), seated("case.window")
        first = serve_paper(actor=clerk, paper=paper, method="IN_PERSON", proof=PROOFS["IN_PERSON"])
        clock.move_to(MONDAY + timedelta(days=3))
        again = serve_paper(actor=clerk, paper=paper, method="IN_PERSON", proof=PROOFS["IN_PERSON"])
        assert again == first
        with pytest.raises(PaperServedError) as refused:
            serve_paper(actor=clerk, paper=paper, method="LEFT", proof=PROOFS["LEFT"])
    assert refused.value.details["served_at"] == first.served_at
    assert paper.services.count() == 1
    assert AuditEntry.objects.filter(action="paper.serve").count() == 1
    assert Clock.objects.filter(subject=f"paper:{paper.pk}").count() == 2


def test_by_post_the_date_on_the_receipt_counts():
    with freeze(MONDAY) as clock:
        paper, clerk = refusal(), seated("case.receive")
        posted = serve_paper(actor=clerk, paper=paper, method="POST", proof=PROOFS["POST"])
        assert (posted.state, posted.served_at, periods(paper)) == ("ON_THE_WAY", None, {})
        clock.move_to(MONDAY + timedelta(days=4))
        arrived = MONDAY + timedelta(days=2)
        done = report_post(
            actor=clerk, paper=paper, is_delivered=True, at=arrived, note="家人 陈小文"
        )
        repeated = report_post(
            actor=clerk, paper=paper, is_delivered=True, at=arrived, note="家人 陈小文"
        )
    assert (done.state, done.served_at, repeated.pk) == ("SERVED", arrived, done.pk)
    assert done.proof["signed_by"] == "家人 陈小文"
    assert periods(paper)["review"].started_at == arrived


def test_what_comes_back_is_not_served_and_may_be_left_in_place():
    with freeze(MONDAY) as clock:
        paper, clerk = refusal(), seated("case.receive")
        serve_paper(actor=clerk, paper=paper, method="POST", proof=PROOFS["POST"])
        clock.move_to(MONDAY + timedelta(days=5))
        back = report_post(actor=clerk, paper=paper, is_delivered=False, at=MONDAY, note="拒收退回")
        assert (back.state, periods(paper)) == ("RETURNED", {})
        with pytest.raises(PaperNotOnTheWayError):
            report_post(actor=clerk, paper=paper, is_delivered=True, at=MONDAY, note="签收")
        left = serve_paper(actor=clerk, paper=paper, method="LEFT", proof=PROOFS["LEFT"])
    assert left.state == "SERVED"
    assert paper.services.count() == 2


def test_a_public_notice_serves_after_thirty_days_and_not_before():
    with freeze(MONDAY) as clock:
        paper, clerk = refusal(), seated("case.window")
        notice = serve_paper(
            actor=clerk, paper=paper, method="PUBLIC_NOTICE", proof=PROOFS["PUBLIC_NOTICE"]
        )
        assert notice.state == "ON_THE_WAY"
        running = Clock.objects.get(kind="public_notice_service")
        assert (running.amount, running.unit, running.source) == (
            30,
            "CALENDAR_DAY",
            "民事诉讼法 95",
        )
        assert local_day(running.due_at) == "2026-11-11"
        clock.move_to(running.due_at)
        assert clocks.expire_clocks() == 0
        clock.move_to(running.due_at + timedelta(hours=3))
        assert clocks.expire_clocks() == 1
        assert clocks.expire_clocks() == 0
    notice.refresh_from_db()
    assert (notice.state, notice.served_at) == ("SERVED", running.due_at)
    assert local_day(periods(paper)["review"].started_at) == "2026-11-11"


def test_whoever_collects_the_paper_while_the_notice_hangs_is_served_by_that():
    with freeze(MONDAY) as clock:
        paper, clerk = refusal(), seated("case.window")
        serve_paper(actor=clerk, paper=paper, method="PUBLIC_NOTICE", proof=PROOFS["PUBLIC_NOTICE"])
        clock.move_to(MONDAY + timedelta(days=10))
        serve_paper(actor=clerk, paper=paper, method="IN_PERSON", proof=PROOFS["IN_PERSON"])
        clock.move_to(MONDAY + timedelta(days=40))
        assert clocks.expire_clocks() == 0
    assert periods(paper)["review"].started_at == MONDAY + timedelta(days=10)
    assert Clock.objects.get(kind="public_notice_service").outcome == "CANCELLED"


def test_what_a_person_may_still_do_outlives_the_end_of_the_case():
    with freeze(MONDAY):
        paper = refusal()
        serve_paper(
            actor=seated("case.window"),
            paper=paper,
            method="IN_PERSON",
            proof=PROOFS["IN_PERSON"],
        )
        clocks.start_clock(case=paper.case, kind="decision", limit=clocks.DECISION)
        clocks.stop_all_clocks(case=paper.case)
    assert Clock.objects.get(kind="decision").outcome == "CANCELLED"
    assert all(row.stopped_at is None for row in periods(paper).values())
    assert clocks.next_due_at(paper.case_id) is None


@pytest.mark.parametrize(
    ("method", "proof", "field"),
    [
        ("PIGEON", {}, "method"),
        ("IN_PERSON", {}, "signed_by"),
        ("IN_PERSON", {"signed_by": "  "}, "signed_by"),
        ("IN_PERSON", {"signed_by": "名" * 201}, "signed_by"),
        ("IN_PERSON", {"signed_by": "陈", "colour": "red"}, "colour"),
        ("ELECTRONIC", {"address": "x@y"}, "consent_at"),
        ("POST", {"carrier": "EMS"}, "tracking_no"),
        ("LEFT", {"place": "家", "reason": "拒收"}, "witnesses"),
        ("PUBLIC_NOTICE", {"where": "网站"}, "reason"),
    ],
)
def test_a_service_without_its_proof_is_refused(method, proof, field):
    paper = refusal()
    with pytest.raises(PaperServiceError) as refused:
        serve_paper(actor=seated("case.receive"), paper=paper, method=method, proof=proof)
    assert refused.value.details == {"field": field}
    assert not paper.services.exists()


def test_left_in_place_a_photograph_stands_for_witnesses_and_is_kept(settings, tmp_path):
    settings.VAR = tmp_path
    paper, clerk = refusal(), seated("case.window")
    photo = store_made(content=b"\x89PNG\r\n", name="door.png", media_type=MediaType.PNG)
    StoredFile.objects.filter(pk=photo.pk).update(uploaded_by_id=OFFICER.account_id)
    service = serve_paper(
        actor=clerk,
        paper=paper,
        method="LEFT",
        proof={"place": "住所", "reason": "拒收"},
        files=[photo.pk],
    )
    assert [row.file_id for row in service.files.all()] == [photo.pk]


def test_a_file_of_somebody_else_proves_nothing(settings, tmp_path):
    settings.VAR = tmp_path
    paper = refusal()
    photo = store_made(content=b"\x89PNG\r\n", name="door.png", media_type=MediaType.PNG)
    with pytest.raises(PaperServiceError) as refused:
        serve_paper(
            actor=seated("case.window"),
            paper=paper,
            method="IN_PERSON",
            proof=PROOFS["IN_PERSON"],
            files=[photo.pk],
        )
    assert refused.value.details == {"field": "files"}
    assert not PaperService.objects.exists()


@pytest.mark.parametrize("shift", [timedelta(days=-1), timedelta(minutes=1)])
def test_service_lies_between_issue_and_now(shift):
    with freeze(MONDAY):
        paper = refusal()
        with pytest.raises(PaperServiceError) as refused:
            serve_paper(
                actor=seated("case.window"),
                paper=paper,
                method="IN_PERSON",
                proof=PROOFS["IN_PERSON"],
                at=MONDAY + shift,
            )
    assert refused.value.details == {"field": "at"}


def test_who_takes_in_no_cases_here_records_no_service():
    paper = refusal()
    elsewhere = seated("case.window", org_path="441702.health/")
    with pytest.raises(NotPermittedError):
        serve_paper(actor=elsewhere, paper=paper, method="POST", proof=PROOFS["POST"])
    assert not paper.services.exists()


def test_a_decision_served_ends_the_limit_for_delivery():
    with freeze(MONDAY) as clock:
        paper = issue(kind="GRANT", wants_electronic=False)
        clocks.start_clock(case=paper.case, kind="delivery", limit=clocks.DELIVERY)
        clock.move_to(MONDAY + timedelta(days=2))
        serve_paper(
            actor=seated("case.window"),
            paper=paper,
            method="IN_PERSON",
            proof=PROOFS["IN_PERSON"],
        )
    assert Clock.objects.get(kind="delivery").outcome == "MET"
    assert periods(paper) == {}
