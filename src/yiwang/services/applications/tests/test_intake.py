"""What an applicant sends is checked as a whole; what is wrong is told by field, and stays out."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.city import HOME, City
from yiwang.kernel.base.access.errors import AssuranceTooLowError
from yiwang.kernel.base.calendars import now, today
from yiwang.kernel.base.crypto.facade import verify_record
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.casework.cases.models import Case, CaseFile
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.forms.models import Draft
from yiwang.kernel.casework.process.models import Token
from yiwang.kernel.errors import InvalidInputError, NotPermittedError
from yiwang.kernel.registers.licences.models import Licence, LicenceUse
from yiwang.services.applications.actions.applications import Supplied, submit_application
from yiwang.services.applications.errors import (
    CircumstanceStopsError,
    ClientIdTakenError,
    ItemNotOnlineError,
    PromiseBarredError,
)
from yiwang.services.applications.models import Application, ApplicationMaterial, BreachRecord
from yiwang.services.applications.tests.applying import (
    CLEAR,
    DOUBTFUL,
    business,
    everything,
    hygiene,
)
from yiwang.services.applications.tests.desk_cast import upload
from yiwang.services.items.models import ImplementationItem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.VAR = tmp_path


@pytest.fixture
def citizen(city: City):
    return city.citizen()


def submit(actor, submission):
    return submit_application(actor=actor, submission=submission)


def refused(actor, submission) -> list[tuple[str, str]]:
    """Return field and code of each problem; nothing at all may have changed."""
    before = everything()
    with pytest.raises(InvalidInputError) as error:
        submit(actor, submission)
    assert everything() == before
    for problem in error.value.problems:
        words = (problem.reason_zh, problem.reason_en, problem.mend_zh, problem.mend_en)
        assert all(words), problem
    return [(problem.field, problem.code) for problem in error.value.problems]


# what is right


@pytest.mark.proves("B67", "信息齐全、没有疑问的设立登记当场自动准予并发照，不经人工")
@pytest.mark.proves(
    "B53", "申请以已核验身份的电子签名提交，签名验得出签名人、级别和内容摘要，不用手写"
)
def test_a_clear_application_is_decided_signed_and_licensed_at_once(citizen):
    application = submit(citizen, business(citizen))
    case = Case.objects.get(pk=application.pk)
    assert (case.status, case.outcome, case.agent_id) == ("CONCLUDED", "GRANTED", None)
    assert application.is_automatic is True
    signed = verify_record(application.signature)
    assert signed["digest"] == application.signed_digest
    assert (signed["signer"], signed["party"], signed["level"]) == (
        citizen.account_id,
        citizen.party_id,
        2,
    )
    assert Licence.objects.get(case=case).holder.operator_id == citizen.party_id


@pytest.mark.proves("B49", "政府已知的信息和材料自动带出，申请人不用填写、不用提交")
def test_what_is_on_record_is_filled_in_and_what_government_holds_is_not_asked_for(citizen):
    application = submit(citizen, business(citizen))
    person = application.case.party
    assert application.form_data["operator_name"] == person.name
    assert application.form_data["operator_id_no"] == person.citizen_id_no
    sources = dict(
        ApplicationMaterial.objects.filter(application=application).values_list("key", "source")
    )
    assert "DATA" in sources.values()
    assert set(sources.values()) <= {"DATA", "PROMISE"}


@pytest.mark.proves(
    "B17", "情形引导：按申请人的回答只问相关问题、只收相关材料，前后矛盾的旧答案不算数"
)
def test_answers_to_what_is_not_asked_are_left_out(citizen):
    shown = business(
        citizen,
        circumstances=CLEAR | {"named": False},
        form_data=business(citizen).form_data | {"business_name": "写了又不要的名称"},
    )
    application = submit(citizen, shown)
    assert "business_name" not in application.form_data
    assert application.circumstances == CLEAR | {"named": False}


def test_the_same_facts_may_be_stated_again_in_their_own_writing(citizen):
    person = business(citizen)
    number = submit(citizen, person).form_data["operator_id_no"]
    again = replace(
        business(citizen), form_data=person.form_data | {"operator_id_no": f" {number.lower()} "}
    )
    assert submit(citizen, again).form_data["operator_id_no"] == number


def test_a_draft_that_is_submitted_is_closed_and_a_stranger_s_is_not(citizen, city):
    other = city.citizen("李四")
    version = ImplementationItem.objects.get(code=business(citizen).implementation_code).version
    drafts = [
        Draft.objects.create(
            account_id=account,
            party_id=citizen.party_id,
            subject="x",
            client_id=uuid.uuid4(),
            form=version.form,
            updated_at=now(),
            expires_at=now() + timedelta(days=1),
        )
        for account in (citizen.account_id, other.account_id)
    ]
    for draft in drafts:
        application = submit(citizen, business(citizen, client_id=draft.client_id))
    drafts[0].refresh_from_db()
    drafts[1].refresh_from_db()
    assert drafts[0].submitted_case_id is not None
    assert (drafts[1].submitted_case_id, application.case.status) == (None, "CONCLUDED")


def test_the_trace_of_a_decision_tells_no_name_and_no_number(citizen):
    application = submit(citizen, business(citizen, circumstances=DOUBTFUL))
    person = application.case.party
    kept = [token.outputs for token in Token.objects.filter(case_id=application.pk)]
    text = str(kept)
    assert "'facts'" in text
    for secret in (person.name, person.citizen_id_no, person.phone, "13800001234"):
        assert secret not in text


# what is wrong


@pytest.mark.parametrize(
    ("circumstances", "problems"),
    [
        (
            {},
            {
                ("circumstances.operator_kind", "CIRCUMSTANCE_UNANSWERED"),
                ("circumstances.named", "CIRCUMSTANCE_UNANSWERED"),
            },
        ),
        (CLEAR | {"named": "true"}, {("circumstances.named", "CIRCUMSTANCE_UNANSWERED")}),
        (
            CLEAR | {"place_kind": "CASTLE"},
            {("circumstances.place_kind", "CIRCUMSTANCE_UNANSWERED")},
        ),
        (
            CLEAR | {"place_kind": ["OWNED"]},
            {("circumstances.place_kind", "CIRCUMSTANCE_UNANSWERED")},
        ),
        (CLEAR | {"colour": "red"}, {("circumstances.colour", "CIRCUMSTANCE_UNKNOWN")}),
    ],
)
def test_a_question_wants_one_of_its_answers(citizen, circumstances, problems):
    assert problems <= set(refused(citizen, business(citizen, circumstances=circumstances)))


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"place_address": ""}, ("place_address", "REQUIRED")),
        ({"place_address": "  "}, ("place_address", "REQUIRED")),
        ({"operator_phone": "1380000123"}, ("operator_phone", "PHONE_LENGTH")),
        ({"employees": "两人"}, ("employees", "TYPE")),
        ({"scope": []}, ("scope", "REQUIRED")),
        ({"place_address": "a\0b" * 5}, ("place_address", "CHARACTER")),
        ({"colour": "red"}, ("colour", "UNKNOWN")),
        ({"operator_name": "李四"}, ("operator_name", "FACT_DIFFERS")),
        ({"operator_id_no": "441702199001010011"}, ("operator_id_no", "FACT_DIFFERS")),
    ],
)
def test_an_answer_that_does_not_fit_is_told_by_its_field(citizen, changed, problem):
    wrong = business(citizen, form_data=business(citizen).form_data | changed)
    found = refused(citizen, wrong)
    assert [field for field, _code in found] == [problem[0]]
    if problem[1] != "PHONE_LENGTH":
        assert found == [problem]


def test_every_problem_is_told_at_once(citizen):
    wrong = business(
        citizen,
        circumstances=CLEAR | {"colour": "red"},
        form_data=business(citizen).form_data | {"employees": 0, "operator_name": "李四"},
        materials={},
    )
    fields = {field for field, _code in refused(citizen, wrong)}
    assert fields == {
        "circumstances.colour",
        "employees",
        "operator_name",
        "materials.place_promise",
    }


@pytest.mark.parametrize(
    ("supplied", "code"),
    [
        (None, "MATERIAL_MISSING"),
        (Supplied("PAPER"), "MATERIAL_SOURCE"),
        (Supplied("MAGIC"), "MATERIAL_SOURCE"),
        (Supplied("DATA"), "MATERIAL_SOURCE"),
        (Supplied("UPLOAD"), "FILE_UNKNOWN"),
        (Supplied("UPLOAD", file_id=10**30), "FILE_UNKNOWN"),
        (Supplied("UPLOAD", file_id=-1), "FILE_UNKNOWN"),
        (Supplied("LICENCE"), "LICENCE_NOT_USABLE"),
        (Supplied("LICENCE", licence_id=10**30), "LICENCE_NOT_USABLE"),
    ],
)
def test_a_material_comes_in_a_way_that_the_guide_lists(citizen, supplied, code):
    whole = hygiene(citizen)
    materials = {k: v for k, v in whole.materials.items() if k != "business_licence"}
    if supplied is not None:
        materials["business_licence"] = supplied
    assert refused(citizen, replace(whole, materials=materials)) == [
        ("materials.business_licence", code)
    ]


def test_only_a_file_of_one_s_own_that_is_not_in_quarantine_counts(citizen, city):
    whole = hygiene(citizen)
    strange = upload(city.citizen("李四"), "别人的.pdf")
    ours = upload(citizen, "自己的.pdf")
    StoredFile.objects.filter(pk=ours.file_id).update(status="QUARANTINED", reason="test")
    for one in (strange, ours):
        wrong = replace(whole, materials={**whole.materials, "layout_plan": one})
        assert refused(citizen, wrong) == [("materials.layout_plan", "FILE_UNKNOWN")]
    assert not CaseFile.objects.exists()


@pytest.mark.proves("B50", "有营业执照电子证照的不用再交；过期、别人的、别的种类的证照都不能顶替")
def test_a_licence_stands_only_for_its_own_kind_its_holder_and_its_time(citizen, city):
    shop = submit(citizen, business(citizen)).case
    licence = Licence.objects.get(case=shop)
    other = city.citizen("李四")
    strange = Licence.objects.get(case=submit(other, business(other)).case)

    def offering(one):
        whole = hygiene(citizen)
        supplied = Supplied("LICENCE", licence_id=one.pk)
        return replace(whole, materials={**whole.materials, "business_licence": supplied})

    wrong = [("materials.business_licence", "LICENCE_NOT_USABLE")]
    assert refused(citizen, offering(strange)) == wrong
    Licence.objects.filter(pk=licence.pk).update(type_key="senior_card")
    assert refused(citizen, offering(licence)) == wrong
    Licence.objects.filter(pk=licence.pk).update(
        type_key="business_licence", valid_to=today() - timedelta(days=1)
    )
    assert refused(citizen, offering(licence)) == wrong
    Licence.objects.filter(pk=licence.pk).update(valid_to=None)
    case = submit(citizen, offering(licence)).case
    kept = ApplicationMaterial.objects.get(application_id=case.pk, key="business_licence")
    assert (kept.source, kept.licence_id, kept.file_id) == ("LICENCE", licence.pk, None)
    assert LicenceUse.objects.get(licence=licence).case == case


def test_a_material_that_nobody_asks_for_is_refused_and_one_not_asked_now_left_out(citizen):
    whole = business(citizen)
    alien = replace(whole, materials={**whole.materials, "horoscope": Supplied("PROMISE")})
    assert refused(citizen, alien) == [("materials.horoscope", "UNKNOWN")]
    normal = hygiene(citizen, "NORMAL")
    extra = replace(normal, materials={**normal.materials, "promise": Supplied("PROMISE")})
    application = submit(citizen, extra)
    assert not ApplicationMaterial.objects.filter(application=application, key="promise").exists()


def test_a_delivery_that_the_item_does_not_have_is_refused(citizen):
    assert refused(citizen, business(citizen, delivery="DRONE")) == [
        ("delivery", "DELIVERY_UNKNOWN")
    ]
    assert refused(citizen, business(citizen, delivery="x" * 500)) == [
        ("delivery", "DELIVERY_UNKNOWN")
    ]


def raises(kind, actor, submission):
    before = everything()
    with pytest.raises(kind) as error:
        submit(actor, submission)
    assert everything() == before
    return error.value


def test_an_answer_that_leads_elsewhere_says_where(citizen):
    whole = hygiene(citizen)
    circumstances = {**whole.circumstances, "place_kind": "FOOD"}
    error = raises(CircumstanceStopsError, citizen, replace(whole, circumstances=circumstances))
    assert "食品经营许可" in error.zh
    assert "food business licence" in error.en


@pytest.mark.proves("B68", "违背过承诺的不再适用告知承诺秒批，改走一般程序后可以继续办理")
def test_who_broke_a_promise_may_promise_no_more(citizen):
    first = submit(citizen, hygiene(citizen)).case
    assert first.outcome == "GRANTED"
    BreachRecord.objects.create(party_id=citizen.party_id, case=first, kind="BREACH", at=now())
    raises(PromiseBarredError, citizen, hygiene(citizen))
    normal = submit(citizen, hygiene(citizen, "NORMAL")).case
    assert (normal.status, normal.phase) == ("OPEN", "RECEIVED")


@pytest.mark.parametrize("code", ["", "nothing", "x" * 5000])
def test_an_item_that_is_not_offered_cannot_be_applied_for(citizen, code):
    raises(ItemNotOnlineError, citizen, business(citizen, implementation_code=code))


def test_an_item_that_was_taken_back_cannot_be_applied_for(citizen):
    whole = business(citizen)
    ImplementationItem.objects.filter(code=whole.implementation_code).update(is_active=False)
    raises(ItemNotOnlineError, citizen, whole)


@pytest.mark.proves("A03", "未完成实名核验的账号不能提交需要实名的申请，也不会留下任何记录")
def test_who_has_not_proved_the_real_name_cannot_apply(citizen):
    error = raises(AssuranceTooLowError, replace(citizen, assurance_level=1), business(citizen))
    assert error.details == {"needed": 2}


def test_nobody_applies_in_a_name_that_they_do_not_act_for(citizen, city):
    victim = city.citizen("李四")
    raises(NotPermittedError, citizen, business(citizen, party_id=victim.party_id))
    raises(NotPermittedError, replace(citizen, acting_for_id=None), business(citizen))
    # Nor is what a stranger submitted told to who guesses its number.
    theirs = business(victim)
    submit(victim, theirs)
    raises(ClientIdTakenError, citizen, business(citizen, client_id=theirs.client_id))
    raises(
        NotPermittedError,
        citizen,
        business(citizen, client_id=theirs.client_id, party_id=victim.party_id),
    )


def test_only_who_waits_for_an_officer_has_a_clock(citizen):
    instant = submit(citizen, business(citizen))
    assert not Clock.objects.filter(case_id=instant.pk).exists()
    waits = submit(citizen, business(citizen, circumstances=DOUBTFUL))
    clock = Clock.objects.get(case_id=waits.pk)
    assert (clock.kind, clock.amount, clock.unit) == ("correction_notice", 5, "WORKING_DAY")
    assert "行政许可法" in clock.source
    assert Application.objects.get(pk=waits.pk).accepted_at is None
    assert waits.case.division_id == HOME
