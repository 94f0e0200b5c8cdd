"""A whole over its parts: dispatch, gates, one correction, partial success, withdrawal, sight."""

import pytest

from tests.city import City, client_of
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.casework.cases.models import Case, CaseEvent
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.errors import InvalidInputError, NotFoundError, NotPermittedError
from yiwang.services.applications.actions.applications import Supplied
from yiwang.services.applications.desk_selectors import access_at_desk
from yiwang.services.applications.errors import CaseConcludedError, CorrectionNotAskedError
from yiwang.services.applications.models import Application, ApplicationMaterial
from yiwang.services.themes.actions.changing import (
    hand_over_results,
    supply_whole,
    withdraw_whole,
)
from yiwang.services.themes.actions.following import follow
from yiwang.services.themes.errors import (
    NotConcludedError,
    NothingChosenError,
    PartUnknownError,
    ThemeNotHereError,
)
from yiwang.services.themes.models import ThemeApplication, ThemePart
from yiwang.services.themes.selectors import view_whole
from yiwang.services.themes.telling import state_of, tell_whole
from yiwang.services.themes.tests.applying import act, apply, life_end, part

pytestmark = pytest.mark.django_db


def test_one_submission_sends_each_part_to_its_own_unit(city: City) -> None:
    application = apply(city.citizen())

    units = {
        row.key: row.case.organization_id.rpartition(".")[2]
        for row in application.parts.select_related("case")
    }
    assert units == {
        "household": "household_police",
        "funeral": "civil_affairs",
        "benefit": "human_resources",
        "medical": "medical_insurance",
        "fund": "housing_fund",
    }
    assert {row.case.parent_id for row in application.parts.select_related("case")} == {
        application.pk
    }
    begun = set(application.parts.exclude(begun_at=None).values_list("key", flat=True))
    assert begun == {"household", "funeral", "benefit", "medical"}
    assert not Task.objects.filter(case=part(application, "fund").case).exists()
    lines = CaseEvent.objects.filter(case=application.case).values_list("kind", flat=True)
    assert list(lines) == ["case.received", *["part.sent"] * 5]


def test_what_is_asked_once_reaches_every_part(city: City) -> None:
    application = apply(city.citizen())

    stored = Application.objects.filter(case__parent=application.case)
    assert {row.form_data["deceased_name"] for row in stored} == {"陈水生"}
    promises = ApplicationMaterial.objects.filter(
        application__case__parent=application.case, key="kinship"
    )
    assert sorted(promises.values_list("source", flat=True)) == ["PROMISE"] * 3


def test_the_same_submission_again_gives_the_first_whole(city: City) -> None:
    citizen = city.citizen()
    first = apply(citizen)
    again = apply(citizen, client_id=first.client_id, materials={})

    assert again.pk == first.pk
    assert ThemePart.objects.filter(application=first).count() == 5


def test_a_refused_submission_leaves_nothing_and_names_the_fields_of_the_theme(
    city: City,
) -> None:
    citizen = city.citizen()
    before = Case.objects.count(), OutboxEvent.objects.count()
    good = life_end(citizen).form_data

    with pytest.raises(InvalidInputError) as refused:
        apply(citizen, form_data=dict(good) | {"bank_account": ""}, materials={})
    with pytest.raises(InvalidInputError) as unsupplied:
        apply(citizen, materials={"kinship": Supplied("UPLOAD", file_id=2**40)})

    assert [one.field for one in refused.value.problems] == ["bank_account"]
    assert [one.field for one in unsupplied.value.problems] == ["materials.kinship"]
    assert (Case.objects.count(), OutboxEvent.objects.count()) == before


def test_no_place_and_no_choice_are_told_plainly(city: City) -> None:
    citizen = city.citizen()

    with pytest.raises(ThemeNotHereError):
        apply(citizen, division_code="441702001000")
    with pytest.raises(NotPermittedError):
        apply(citizen, party_id=city.citizen("黄小明").party_id)
    assert issubclass(NothingChosenError, Exception)


def test_the_joint_clock_starts_when_the_last_department_has_accepted(city: City) -> None:
    application = apply(city.citizen())
    for key in ("household", "funeral", "benefit"):
        act(city, application, key, "accept")
    assert not Clock.objects.filter(case=application.case).exists()

    act(city, application, "medical", "accept")

    application.refresh_from_db()
    clocks = Clock.objects.filter(case=application.case).order_by("basis")
    assert [(c.kind, c.basis, c.amount) for c in clocks] == [
        ("joint_decision", "PROMISED", 8),
        ("joint_decision", "STATUTORY", 45),
    ]
    assert application.accepted_at is not None
    assert Paper.objects.filter(case=application.case, kind="ACCEPTANCE").count() == 1
    part_clocks = Clock.objects.filter(case__parent=application.case, kind="decision")
    assert part_clocks.values("case").distinct().count() == 4
    follow(application.pk)
    assert Clock.objects.filter(case=application.case).count() == 2


def test_a_gate_opens_on_the_grant_and_the_result_stands_for_the_material(city: City) -> None:
    application = apply(city.citizen())
    act(city, application, "household", "accept")
    act(city, application, "household", "grant")

    fund = part(application, "fund")
    assert fund.begun_at is not None
    assert Task.objects.filter(case=fund.case, status=Task.Status.OPEN).count() == 1
    record = ApplicationMaterial.objects.get(application_id=fund.case_id, key="cancel_record")
    assert (record.source, record.licence is not None) == ("LICENCE", True)


def test_several_corrections_are_asked_once_and_answered_in_one_place(city: City) -> None:
    citizen = city.citizen()
    application = apply(citizen)
    asked = OutboxEvent.objects.filter(
        type="case.correction_asked", subject=application.case.number
    )
    act(city, application, "benefit", "correct", given={"points": ["账号少一位"]})
    assert asked.count() == 0, "others have not looked yet"
    act(city, application, "medical", "correct", given={"points": ["写清开户行"]})
    act(city, application, "funeral", "accept")
    act(city, application, "household", "accept")

    assert asked.count() == 1
    told = tell_whole(citizen, Case.objects.get(pk=application.pk))
    assert [one["point"] for one in told["correction_points"]] == ["账号少一位", "写清开户行"]
    assert told["phase"] == "CORRECTING"

    with pytest.raises(InvalidInputError):
        supply_whole(
            actor=citizen,
            case_id=application.pk,
            form_data={"bank_account": "1"},
            materials={},
        )
    supply_whole(
        actor=citizen,
        case_id=application.pk,
        form_data={"bank_account": "6228480088000000001"},
        materials={},
    )

    accounts = {
        row.key: Application.objects.get(pk=row.case_id).form_data["bank_account"]
        for row in application.parts.exclude(key="household")
    }
    assert set(accounts.values()) == {"6228480088000000001"}, "shared answers change for all"
    with pytest.raises(CorrectionNotAskedError):
        supply_whole(actor=citizen, case_id=application.pk, form_data={}, materials={})


def test_success_in_part_keeps_what_is_granted(city: City) -> None:
    citizen = city.citizen()
    application = apply(
        citizen, circumstances={"cremated": "NO", "insured": True, "medical": False, "fund": True}
    )
    act(city, application, "household", "accept")
    act(city, application, "household", "refuse", opinion="死亡证明与人口信息不符")
    assert part(application, "fund").case.outcome == "LAPSED"
    act(city, application, "benefit", "accept")
    act(city, application, "benefit", "grant")

    case = Case.objects.get(pk=application.pk)
    assert (case.status, case.outcome) == ("CONCLUDED", "PARTIAL")
    assert state_of(view_whole(citizen, case)) == "PARTIAL"
    assert Paper.objects.filter(case=part(application, "household").case, kind="REFUSAL").exists()
    assert not Paper.objects.filter(case=part(application, "fund").case).exists()


def test_one_part_or_the_whole_may_be_withdrawn(city: City) -> None:
    citizen = city.citizen()
    application = apply(citizen)

    withdraw_whole(actor=citizen, case_id=application.pk, reason="", part="benefit")
    assert part(application, "benefit").case.outcome == "WITHDRAWN"
    with pytest.raises(PartUnknownError):
        withdraw_whole(actor=citizen, case_id=application.pk, reason="", part="nothing")
    with pytest.raises(NotFoundError):
        withdraw_whole(actor=city.citizen("黄小明"), case_id=application.pk, reason="")
    assert Case.objects.get(pk=application.pk).status == "OPEN"

    withdraw_whole(actor=citizen, case_id=application.pk, reason="")

    case = Case.objects.get(pk=application.pk)
    assert (case.status, case.outcome) == ("CONCLUDED", "WITHDRAWN")
    with pytest.raises(CaseConcludedError):
        withdraw_whole(actor=citizen, case_id=application.pk, reason="")


def test_a_department_sees_its_part_and_how_far_the_others_are(city: City) -> None:
    application = apply(city.citizen())
    act(city, application, "benefit", "accept")
    police = city.official("household_police.reviewer")
    own, other = part(application, "household").case, part(application, "benefit").case

    assert access_at_desk(police, application.case.number).pk == application.pk
    assert access_at_desk(police, own.number).pk == own.pk
    with pytest.raises(NotFoundError):
        access_at_desk(police, other.number)
    told = {one["key"]: one for one in tell_whole(police, application.case)["parts"]}
    assert (told["household"]["is_mine"], told["benefit"]["is_mine"]) == (True, False)
    assert (told["benefit"]["number"], told["benefit"]["papers"]) == ("", [])
    elsewhere = city.official("market_supervision.reviewer")
    with pytest.raises(NotFoundError):
        access_at_desk(elsewhere, application.case.number)


def test_results_are_handed_over_together_at_the_end(city: City) -> None:
    citizen = city.citizen()
    application = apply(
        citizen,
        circumstances={"cremated": "NO", "insured": False, "medical": False, "fund": False},
        form_data={
            key: value
            for key, value in life_end(citizen).form_data.items()
            if key != "bank_account"
        },
        materials={},
        delivery="WINDOW",
    )
    clerk = city.official("service_hall.window_clerk")
    with pytest.raises(NotConcludedError):
        hand_over_results(actor=clerk, case_id=application.pk, receipt="本人签收")
    act(city, application, "household", "accept")
    act(city, application, "household", "grant")

    handed = hand_over_results(actor=clerk, case_id=application.pk, receipt="本人签收")
    again = hand_over_results(actor=clerk, case_id=application.pk, receipt="本人签收")

    assert handed.delivered_at == again.delivered_at is not None
    with pytest.raises(NotPermittedError):
        hand_over_results(
            actor=city.official("health.reviewer"), case_id=application.pk, receipt="x"
        )


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_of_a_theme_and_of_a_whole_open(city: City, language: str) -> None:
    citizen = city.citizen()
    application = apply(citizen)
    act(city, application, "benefit", "correct", given={"points": ["账号少一位"]})
    client = client_of(citizen)
    client.cookies["django_language"] = language
    number = application.case.number

    listed = client.get("/themes/")
    guide = client.get("/themes/life_end/")
    began = client.post("/themes/life_end/start/", {"division": "441702000000"})
    asked = client.get(began.url)
    followed = client.get(f"/cases/{number}/")
    whole = client.get(f"/wholes/{number}/")
    correct = client.get(f"/wholes/{number}/correct/")

    assert [page.status_code for page in (listed, guide, asked, whole, correct)] == [200] * 5
    assert (began.status_code, followed.url) == (302, f"/wholes/{number}/")
    title = "身后事一件事" if language == "zh-hans" else "When a life has ended"
    assert title in whole.content.decode()
    assert "账号少一位" in correct.content.decode()
    sent = client.post(f"/wholes/{number}/correct/", {"bank_account": "6228480088000000002"})
    assert sent.status_code == 302
    desk = client_of(city.official("household_police.reviewer"))
    assert desk.get(f"/desk/wholes/{number}/").status_code == 200
    assert desk.get(f"/desk/cases/{number}/").url == f"/desk/wholes/{number}/"


def test_the_number_of_questions_does_not_grow_with_the_parts(
    city: City, django_assert_max_num_queries: object
) -> None:
    citizen = city.citizen()
    small = apply(
        citizen,
        circumstances={"cremated": "NO", "insured": True, "medical": False, "fund": False},
    )
    large = apply(citizen)

    counts = []
    for application in (small, large):
        with django_assert_max_num_queries(20) as seen:  # type: ignore[operator]
            view_whole(citizen, application.case)
        counts.append(len(seen.captured_queries))

    assert counts[0] == counts[1]
    assert ThemeApplication.objects.filter(pk__in=[small.pk, large.pk]).count() == 2


def test_the_wizard_leads_without_scripts_from_the_first_page_to_the_whole(city: City) -> None:
    citizen = city.citizen()
    client = client_of(citizen)
    began = client.post("/themes/life_end/start/", {"division": "441702000000"})
    base = began.url.rsplit("/", 2)[0]
    pages = {
        "circumstances": {
            "circumstances.cremated": "NO",
            "circumstances.insured": "true",
            "circumstances.medical": "false",
            "circumstances.fund": "false",
        },
        "deceased": {
            "deceased_name": "陈水生",
            "deceased_id_no": "441702194803121212",
            "died_on": "2026-10-08",
            "relation": "CHILD",
        },
        "applicant": {"phone": "13827600001", "bank_account": "6228480088123456789"},
        "materials": {"material.kinship": ["promise", ""]},
    }
    for key, typed in pages.items():
        answer = client.post(f"{base}/{key}/", typed)
        assert answer.status_code == 302, (key, answer.context["errors"])
    review = client.get(f"{base}/review/").content.decode()
    assert "死亡户口注销" in review
    assert "阳江市公安局江城分局" in review
    sent = client.post(f"{base}/review/", {"face_token": ""})

    assert sent.status_code == 302
    whole = client.get(sent.url, follow=True)
    assert whole.redirect_chain[0][0].startswith("/wholes/")
    assert "2 件事同时在办。" in whole.content.decode()
    assert client.get(f"{base}/review/").status_code == 302
