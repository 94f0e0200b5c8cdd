"""门户页面: each shows the reader's own and nobody else's, at a fixed cost."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils.datastructures import MultiValueDict

from tests.city import City, client_of
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.http.testing import assert_query_count
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.forms.actions.drafts import save_draft
from yiwang.kernel.casework.forms.models import Draft
from yiwang.kernel.casework.ratings.models import Rating
from yiwang.kernel.registers.licences.models import Licence
from yiwang.services.applications.actions.applications import (
    Submission,
    Supplied,
    submit_application,
)
from yiwang.services.applications.matters import MatterKind, matters_of
from yiwang.services.applications.models import Application
from yiwang.services.applications.wizard import begin

pytestmark = pytest.mark.django_db

SITUATION = {
    "operator_kind": "MAINLAND",
    "composition": "PERSONAL",
    "place_kind": "OWNED",
    "named": False,
    "later_licence": False,
    "by_agent": False,
}
OWN_PAGES = ["/me/", "/cases/", "/licences/", "/messages/", "/drafts/"]


@pytest.fixture
def citizen(city: City) -> Actor:
    return city.citizen()


def registered(city: City, citizen: Actor, *, face: bool | None = True) -> Case:
    """Register a business: at once when the face fits, else it waits at a window."""
    party = cast.party_of(citizen)
    application = submit_application(
        actor=citizen,
        submission=Submission(
            city.item("individual_business_registration").code,
            uuid.uuid4(),
            party.pk,
            circumstances=SITUATION,
            form_data={
                "operator_name": party.name,
                "operator_id_no": party.citizen_id_no,
                "operator_phone": "13827600001",
                "operator_address": "阳江市江城区南恩街道环城北路12号",
                "scope": ["水产品零售"],
                "employees": 1,
                "place_address": "阳江市江城区南恩街道环城北路12号",
            },
            materials={"place_promise": Supplied("PROMISE")},
            checks={"real_name": True, "face": face},
        ),
    )
    return application.case


def copies(case: Case, count: int, **changes: Any) -> list[Case]:
    """Make more cases of the same person, as many years would bring."""
    fields = {
        one.attname: getattr(case, one.attname)
        for one in Case._meta.concrete_fields
        if one.attname not in ("id", "number")
    }
    first = Case.objects.count()
    return Case.objects.bulk_create(
        Case(**fields | changes | {"number": f"99{first + turn:010}"}) for turn in range(count)
    )


# who may see what


@pytest.mark.parametrize("path", OWN_PAGES)
def test_own_pages_need_a_citizen(city: City, client: Client, citizen: Actor, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/sign-in/?next={path.replace('/', '%2F')}"
    assert client_of(city.official("market_supervision.receiver")).get(path).status_code == 403
    assert client_of(citizen).get(path).status_code == 200


def test_a_case_and_all_of_it_are_its_own_applicants(city: City, client: Client) -> None:
    owner, stranger = city.citizen(), city.citizen("周大满")
    case = registered(city, owner)
    licence = Licence.objects.get(case=case)
    root = f"/cases/{case.number}"
    readable = [f"{root}/", f"/licences/{licence.pk}/", f"/licences/{licence.pk}/pdf/"]
    for path in readable:
        assert client_of(owner).get(path).status_code == 200
        assert client_of(stranger).get(path).status_code == 404
        assert client.get(path).status_code == 302
        assert client_of(city.official("health.receiver")).get(path).status_code == 403


@pytest.mark.parametrize("act", ["withdraw", "rate", "pay"])
def test_nobody_else_acts_on_a_case(city: City, client: Client, act: str) -> None:
    case = registered(city, city.citizen(), face=False)
    path = f"/cases/{case.number}/{act}/"
    typed = {"grade": "very_satisfied", "reason": "不想办了"}
    assert client.post(path, typed).status_code == 302
    assert client_of(city.citizen("周大满")).post(path, typed).status_code == 404
    case.refresh_from_db()
    assert case.status == Case.Status.OPEN
    assert not Rating.objects.filter(case=case).exists()


def test_a_draft_is_seen_by_nobody_else(city: City, client: Client, citizen: Actor) -> None:
    draft = begin(citizen, city.item("senior_card"), citizen.party_id or 0)
    path = f"/drafts/{draft.client_id}/circumstances/"
    assert client_of(citizen).get(path).status_code == 200
    other = client_of(city.citizen("周大满"))
    assert other.get(path).status_code == 404
    assert other.post(f"{path}autosave/", {"changed": "x"}).status_code == 404
    assert client.post(f"{path}autosave/", {}, headers={"Accept": "application/json"}).status_code
    assert Draft.objects.get(pk=draft.pk).revision == 0


def test_an_upload_needs_somebody(city: City, client: Client) -> None:
    answer = client.post("/drafts/upload/", headers={"Accept": "application/json"})
    assert answer.status_code == 401


# what the pages do


def test_a_rating_counts_once_and_keeps_known_tags_only(city: City, citizen: Actor) -> None:
    case = registered(city, citizen)
    client = client_of(citizen)
    path = f"/cases/{case.number}/rate/"
    typed = {"grade": "satisfied", "tags": ["办得快", "<b>"], "client_id": str(uuid.uuid4())}
    for _turn in range(2):
        client.post(path, typed)
    rating = Rating.objects.get(case=case)
    assert (rating.grade, rating.tags, rating.version) == ("SATISFIED", ["办得快"], 1)
    assert client.get(f"/cases/{case.number}/").context["rated"] == rating


def test_a_rating_without_a_grade_is_asked_for(city: City, citizen: Actor) -> None:
    case = registered(city, citizen)
    answer = client_of(citizen).post(f"/cases/{case.number}/rate/", {}, follow=True)
    assert "请先选一个评价等级。" in answer.content.decode()
    assert not Rating.objects.filter(case=case).exists()


def test_a_case_can_be_taken_back_before_the_decision(city: City, citizen: Actor) -> None:
    case = registered(city, citizen, face=False)
    client = client_of(citizen)
    assert client.get(f"/cases/{case.number}/").context["can_withdraw"]
    client.post(f"/cases/{case.number}/withdraw/", {"reason": "不开了"})
    page = client.get(f"/cases/{case.number}/")
    assert page.context["state"] == "您已撤回这次申请。"
    assert not page.context["can_withdraw"]


def test_a_submitted_draft_leads_to_its_case(city: City, citizen: Actor) -> None:
    draft = begin(citizen, city.item("individual_business_registration"), citizen.party_id or 0)
    case = registered(city, citizen)
    Draft.objects.filter(pk=draft.pk).update(submitted_case_id=case.pk)
    client = client_of(citizen)
    path = f"/drafts/{draft.client_id}/review/"
    assert client.get(path).headers["Location"] == f"/cases/{case.number}/"
    page = client.post(path, {}, follow=True)
    assert "没有重复提交" in page.content.decode()
    assert Application.objects.filter(case__party_id=citizen.party_id).count() == 1


def test_the_review_page_says_what_is_missing_and_where(city: City, citizen: Actor) -> None:
    draft = begin(citizen, city.item("individual_business_registration"), citizen.party_id or 0)
    save_draft(actor=citizen, client_id=draft.client_id, changes={"circumstances": SITUATION})
    root = f"/drafts/{draft.client_id}"
    page = client_of(citizen).post(f"{root}/review/", {"delivery": "WINDOW"})
    assert page.status_code == 422
    found = {one["reason"]: one["href"] for one in page.context["errors"]}
    assert found["从业人数：请填写"] == f"{root}/business/"
    assert found["缺少材料：住所（经营场所）申报承诺"] == f"{root}/materials/"
    assert Draft.objects.get(pk=draft.pk).data["delivery"] == {"way": "WINDOW"}


def test_a_draft_is_taken_up_where_an_answer_is_missing(city: City, citizen: Actor) -> None:
    draft = begin(citizen, city.item("individual_business_registration"), citizen.party_id or 0)
    save_draft(actor=citizen, client_id=draft.client_id, changes={"circumstances": SITUATION})
    answer = client_of(citizen).get(f"/drafts/{draft.client_id}/start/")
    assert answer.headers["Location"] == f"/drafts/{draft.client_id}/business/"


@pytest.mark.parametrize(
    "typed",
    [
        {"material.place_promise_ids": "9" * 40},
        {"material.place_promise": "licence:" + "9" * 40},
        {"drawn": "[1", "revision": "x", "tab": "t" * 500},
        {"drawn": "[]", "revision": "-5"},
        {"drawn": '{"materials.place_promise": 7}', "revision": "99999999999999"},
    ],
)
def test_odd_forms_are_answered(city: City, citizen: Actor, typed: dict[str, str]) -> None:
    draft = begin(citizen, city.item("individual_business_registration"), citizen.party_id or 0)
    save_draft(actor=citizen, client_id=draft.client_id, changes={"circumstances": SITUATION})
    answer = client_of(citizen).post(f"/drafts/{draft.client_id}/materials/", typed)
    assert answer.status_code == 422


def test_an_unticked_promise_is_no_promise(city: City, citizen: Actor) -> None:
    draft = begin(citizen, city.item("individual_business_registration"), citizen.party_id or 0)
    save_draft(actor=citizen, client_id=draft.client_id, changes={"circumstances": SITUATION})
    client, path = client_of(citizen), f"/drafts/{draft.client_id}/materials/"
    assert client.post(path, {"material.place_promise": "promise"}).status_code == 302
    client.post(f"{path}autosave/", MultiValueDict({"changed": ["material.place_promise"]}))
    assert Draft.objects.get(pk=draft.pk).data["materials"]["place_promise"] == {}
    assert client.post(path, {}).status_code == 422


# what comes first


def test_what_waits_for_the_person_comes_first(city: City, citizen: Actor) -> None:
    done = registered(city, citizen)
    running = {"status": "OPEN", "outcome": "", "concluded_at": None, "due_at": now()}
    copies(done, 1, **running, phase="REVIEWING")
    copies(done, 1, **running, phase="PAYING")
    copies(done, 1, **running, phase="CORRECTING")
    begin(citizen, city.item("senior_card"), citizen.party_id or 0)
    assert [matter.kind for matter in matters_of(citizen)] == [
        MatterKind.CORRECT,
        MatterKind.PAY,
        MatterKind.DELIVERED,
        MatterKind.DRAFT,
        MatterKind.RUNNING,
    ]
    page = client_of(citizen).get("/")
    assert page.context["mine"][0]["act_label"] == "去补正：个体工商户设立登记"


# at what cost


def test_my_cases_cost_the_same_at_any_number(city: City, citizen: Actor) -> None:
    case = registered(city, citizen)
    client = client_of(citizen)
    client.get("/cases/")
    for more in (2, 50):
        copies(case, more)
        for name, path in (("portal.cases", "/cases/"), ("portal.home", "/")):
            with assert_query_count(name):
                client.get(path)


def test_pages_of_cases_follow_each_other(city: City, citizen: Actor) -> None:
    case = registered(city, citizen)
    copies(case, 24)
    client = client_of(citizen)
    first = client.get("/cases/")
    second = client.get(f"/cases/{first.context['next_href']}")
    numbers = [one["number"] for page in (first, second) for one in page.context["cases"]]
    assert len(numbers) == len(set(numbers)) == 25
    assert second.context["next_href"] == ""
    assert client.get("/cases/?before=" + "9" * 40).status_code == 200


def test_one_case_and_one_page_of_the_wizard_cost_what_is_written_down(
    city: City, citizen: Actor
) -> None:
    case = registered(city, citizen)
    draft = begin(citizen, city.item("individual_business_registration"), citizen.party_id or 0)
    client = client_of(citizen)
    for name, path in (
        ("portal.case", f"/cases/{case.number}/"),
        ("portal.item", f"/items/{city.item('senior_card').code}/"),
        ("portal.wizard", f"/drafts/{draft.client_id}/materials/"),
    ):
        client.get(path)
        with assert_query_count(name):
            assert client.get(path).status_code in (200, 302)
