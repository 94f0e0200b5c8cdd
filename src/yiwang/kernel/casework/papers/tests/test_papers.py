"""Papers: numbers without gaps under every kind of accident, one sealed PDF, lawful service."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import LOCAL_ZONE, freeze, now, today
from yiwang.kernel.base.files.facade import open_file
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.cases.models import CaseEvent
from yiwang.kernel.casework.papers.actions.papers import (
    draw_paper,
    issue_paper,
    next_paper_number,
)
from yiwang.kernel.casework.papers.actions.serving import INBOX
from yiwang.kernel.casework.papers.models import Paper, PaperService
from yiwang.kernel.casework.papers.wording import REMEDY, word_paper
from yiwang.kernel.casework.ratings.tests.factories import make_case, make_unit
from yiwang.kernel.trust.seals import facade as seals

OFFICER = Actor(9001, "张科", "OFFICIAL")
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def issue(case=None, kind="ACCEPTANCE", **more):
    case = case or make_case()
    wording = word_paper(kind, title=case.title, received_at=case.opened_at, reason="选址不符")
    return issue_paper(
        case=case, kind=kind, organization=case.organization, wording=wording, actor=OFFICER, **more
    )


def seated(permission, **seat):
    unit = make_unit()
    Grant.objects.create(
        **{
            "account_id": OFFICER.account_id,
            "permission": permission,
            "role": "clerk",
            "post_key": "p",
            "org_path": unit.path,
            "division_path": unit.division.path,
            "valid_from": today(),
            **seat,
        }
    )
    return OFFICER


@pytest.mark.django_db
def test_each_book_counts_from_one_by_unit_word_and_year():
    with freeze(NOON) as clock:
        case = make_case()
        numbers = [issue(case).number, issue(case).number, issue(case, "REFUSAL").number]
        assert numbers == ["江受〔2026〕1号", "江受〔2026〕2号", "江不准〔2026〕1号"]
        # Half past midnight of New Year in Yangjiang is still the old year in UTC.
        clock.move_to(datetime(2026, 12, 31, 16, 30, tzinfo=UTC))
        assert issue(case).number == "江受〔2027〕1号"


@pytest.mark.django_db
def test_units_with_the_same_prefix_share_a_book_so_that_no_number_is_given_twice():
    one = make_unit("441702.a", "甲村委会")
    other = make_unit("441702.b", "乙村委会")
    Organization.objects.filter(pk__in=[one.pk, other.pk]).update(paper_prefix="黄村")
    for unit in (one, other):
        unit.refresh_from_db()
    assert issue(make_case(unit=one)).number == "黄村受〔" + f"{now().year}〕1号"
    assert issue(make_case(unit=other)).number == "黄村受〔" + f"{now().year}〕2号"


@pytest.mark.django_db
def test_an_act_that_fails_gives_its_number_back():
    case = make_case()
    first = issue(case)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        issue(case)
        raise ZeroDivisionError
    assert issue(case).number == first.number.replace("〕1号", "〕2号")
    assert Paper.objects.filter(case=case).count() == 2


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_and_no_double_when_many_issue_and_some_fail():
    unit = make_unit()
    numbers = []
    start = threading.Barrier(4)

    def work(name):
        try:
            start.wait(10)
            for turn in range(8):
                try:
                    with transaction.atomic():
                        number = next_paper_number(unit, "受", NOON)
                        if (turn + name) % 3 == 0:
                            raise ZeroDivisionError
                except ZeroDivisionError:
                    continue
                numbers.append(number)
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    given = sorted(int(number.split("〕")[1].removesuffix("号")) for number in numbers)
    assert given == list(range(1, len(numbers) + 1))
    assert len(numbers) == 4 * 8 - 11


@pytest.mark.django_db
def test_a_paper_is_told_audited_and_served_at_once_where_the_person_chose_so():
    paper = issue()
    (service,) = paper.services.all()
    assert (service.method, service.state) == (PaperService.Method.ELECTRONIC, "SERVED")
    assert service.proof == {
        "address": INBOX,
        "consent_at": paper.case.opened_at.isoformat(),
        "consent_how": "APPLICATION",
        "arrived_at": service.served_at.astimezone(LOCAL_ZONE).isoformat(),
    }
    told = CaseEvent.objects.get(case=paper.case)
    assert (told.kind, told.is_public) == ("paper.acceptance", True)
    assert told.title_zh == f"受理通知书（{paper.number}）已送达"
    entry = AuditEntry.objects.get(action="paper.issue")
    assert (entry.object_id, entry.details) == (str(paper.pk), {"kind": "ACCEPTANCE"})


@pytest.mark.django_db
@pytest.mark.proves("B52", "文书加盖本单位电子印章，印章覆盖全文、可以验证，不用实物章")
def test_the_pdf_is_drawn_once_sealed_and_the_same_ever_after(settings, tmp_path):
    settings.VAR = tmp_path
    paper = issue(kind="REFUSAL")
    unit = paper.organization
    seals.ensure_seal(unit_code=unit.code, unit_name=unit.name, kind="APPROVAL")
    first = draw_paper(paper)
    with open_file(first.pk) as stream:
        content = stream.read()
    report = seals.validate_document(content)
    assert (report.valid, report.covers_whole_document) == (True, True)
    # Another process that still holds the row without its file gets the same one.
    assert draw_paper(Paper.objects.get(pk=paper.pk)).pk == first.pk
    stale = Paper.objects.get(pk=paper.pk)
    stale.file = None
    assert draw_paper(stale).pk == first.pk


@pytest.mark.parametrize(
    ("kind", "clause", "has_remedy"),
    [
        ("CORRECTION", "第三十二条第一款第四项", False),
        ("ACCEPTANCE", "第三十二条第一款第五项", False),
        ("NON_ACCEPTANCE", "第三十二条", True),
        ("GRANT", "第三十八条第一款", False),
        ("REFUSAL", "第三十八条第二款", True),
        ("ANNULMENT", "第六十九条", True),
    ],
)
def test_each_paper_names_its_clause_and_the_adverse_ones_the_remedy(kind, clause, has_remedy):
    said = word_paper(
        kind, title="食品经营许可", received_at=NOON, reason="选址不符", points=["甲", "乙"]
    )
    text = "".join(said.body)
    assert clause in text
    assert "您于2026年11月23日提出的“食品经营许可”申请" in text
    assert (said.remedy == REMEDY) is has_remedy
    assert ("选址不符" in text) is has_remedy


def test_a_correction_lists_every_point_once_and_in_order():
    said = word_paper("CORRECTION", title="t", received_at=NOON, points=["平面图缺尺寸", "缺签名"])
    assert said.body[1:3] == ("1. 平面图缺尺寸", "2. 缺签名")


def test_acceptance_by_lapse_of_time_claims_no_complete_materials():
    said = word_paper("ACCEPTANCE", title="t", received_at=NOON, is_deemed=True)
    assert "第三十二条第一款第四项" in said.body[0]
    assert "材料齐全" not in said.body[0]


def test_what_is_no_licence_follows_the_licensing_law_by_analogy():
    said = word_paper("REFUSAL", title="生育登记", received_at=NOON, reason="r", is_licensing=False)
    assert said.title == "不予办理决定书"
    assert "参照《中华人民共和国行政许可法》" in said.body[0]
    assert "不予许可" not in said.title + "".join(said.body)
