"""Given templates of packs, when something happens to a case, then the right people are told."""

from datetime import UTC, datetime

import pytest

from yiwang.kernel.base.calendars import freeze, now
from yiwang.kernel.base.events import dispatch
from yiwang.kernel.base.events.facade import emit
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.http.testing import assert_query_count
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.process.models import ProcessDefinition, Token
from yiwang.kernel.casework.ratings.tests.factories import citizen, make_case, make_party
from yiwang.kernel.errors import NotFoundError
from yiwang.kernel.reach.notify import facade as notify
from yiwang.kernel.reach.notify import registry
from yiwang.kernel.reach.notify.errors import TemplateFormError, TemplateMissingError
from yiwang.kernel.reach.notify.models import Binding, Channel, Message, Template
from yiwang.kernel.reach.notify.tests.factories import ACCEPTED, apply

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MORNING_AFTER = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
PHONE = "13800138000"
DATA = {"title": "食品经营许可", "number": "YJ1", "due_date": "2026年12月8日"}


def tell(case, event_type="case.accepted", **data):
    emit(event_type, case.number, {"case": case.pk, **data})
    for _ in range(20):
        if not dispatch.dispatch_batch(20):
            break
    assert not OutboxEvent.objects.filter(dispatched_at=None).exists()


def keys():
    return sorted(Message.objects.values_list("template_key", "channel"))


def test_an_event_becomes_a_message_on_each_channel_in_both_languages():
    apply(accepted=ACCEPTED)
    case = make_case(make_party(phone=PHONE), due_at=datetime(2026, 12, 8, 10, tzinfo=UTC))

    with freeze(NOON):
        tell(case)

    in_app = Message.objects.get(channel=Channel.IN_APP)
    sms = Message.objects.get(channel=Channel.SMS)
    assert in_app.body == f"您的{case.title}（{case.number}）已受理，最迟 2026年12月8日 办结。"
    assert in_app.body_en == f"{case.title_en} ({case.number}) is accepted and due on 2026-12-08."
    assert in_app.link == f"/cases/{case.number}/"
    assert (in_app.party, in_app.case, in_app.status) == (case.party, case, "DELIVERED")
    assert (sms.phone, sms.status, sms.next_attempt_at) == (PHONE, "QUEUED", NOON)


def test_the_same_event_tells_once_even_when_it_is_given_again():
    apply(accepted=ACCEPTED)
    case = make_case()
    tell(case)
    OutboxEvent.objects.update(dispatched_at=None)
    dispatch.dispatch_batch(10)
    assert keys() == [("accepted", "IN_APP")]


def test_the_agent_is_told_as_well():
    apply(accepted=ACCEPTED)
    agent = make_party("黄代办")
    case = make_case(agent=agent)
    tell(case)
    assert set(Message.objects.values_list("party", flat=True)) == {case.party_id, agent.pk}


@pytest.fixture
def pack_of_case():
    """Say that every case of kind ``test`` belongs to the pack ``yj.food``."""
    registry.register_pack_of_case("test", lambda case_id: "yj.food")
    yield
    registry.register_pack_of_case("test", lambda case_id: "")


def test_a_packs_own_notice_goes_before_the_general_one_and_only_to_its_cases(pack_of_case):
    apply(accepted=ACCEPTED)
    own = {**ACCEPTED, "channels": ["IN_APP"], "for_all": False}
    apply(pack_key="yj.food", food_accepted=own)
    foreign = {**ACCEPTED, "for_all": False}
    apply(pack_key="yj.other", other_accepted=foreign)

    tell(make_case(kind="test"))
    assert keys() == [("food_accepted", "IN_APP")]
    tell(make_case(kind="another"))
    assert keys() == [("accepted", "IN_APP"), ("food_accepted", "IN_APP")]


def test_a_step_tells_when_the_case_rests_there_and_once_per_visit(pack_of_case):
    apply(
        pack_key="yj.food",
        check={**ACCEPTED, "event": "step.site_check", "channels": ["IN_APP"], "for_all": False},
    )
    apply(pack_key="yj.other", foreign={**ACCEPTED, "event": "step.site_check", "for_all": False})
    case = make_case(kind="test")
    definition = ProcessDefinition.objects.create(key="p", version="1", content={})

    def rest_at(step, status=Token.Status.ACTIVE):
        return Token.objects.create(
            case=case, definition=definition, step=step, status=status, entered_at=now()
        )

    rest_at("site_check", Token.Status.LEFT)
    tell(case, "case.moved")
    assert keys() == []

    token = rest_at("site_check")
    tell(case, "case.moved")
    tell(case, "case.moved")
    assert keys() == [("check", "IN_APP")]

    Token.objects.filter(pk=token.pk).update(status=Token.Status.LEFT)
    rest_at("site_check")
    tell(case, "case.moved")
    assert keys() == [("check", "IN_APP")] * 2


def test_events_that_nobody_bound_or_that_have_no_case_tell_nobody():
    apply(accepted=ACCEPTED)
    tell(make_case(), "case.moved")
    emit("case.accepted", "x", {})
    dispatch.dispatch_batch(10)
    assert keys() == []


def test_at_night_a_text_message_waits_and_a_mandatory_one_does_not():
    apply(accepted=ACCEPTED, warning={**ACCEPTED, "is_mandatory": True})
    party = make_party(phone=PHONE)
    with freeze(NIGHT):
        notify.notify(party=party, template="accepted", data=DATA)
        notify.notify(party=party, template="warning", data=DATA)

    sms = Message.objects.filter(channel=Channel.SMS)
    assert sms.get(template_key="accepted").next_attempt_at == MORNING_AFTER
    assert sms.get(template_key="warning").next_attempt_at == NIGHT


def test_who_opted_out_gets_no_text_message_unless_it_is_mandatory():
    apply(accepted=ACCEPTED, warning={**ACCEPTED, "is_mandatory": True})
    party = make_party(phone=PHONE)
    notify.set_opt_out(actor=citizen(party), channel=Channel.SMS, is_out=True)
    notify.set_opt_out(actor=citizen(party), channel=Channel.SMS, is_out=True)
    notify.notify(party=party, template="accepted", data=DATA)
    notify.notify(party=party, template="warning", data=DATA)
    assert keys() == [("accepted", "IN_APP"), ("warning", "IN_APP"), ("warning", "SMS")]

    notify.set_opt_out(actor=citizen(party), channel=Channel.SMS, is_out=False)
    notify.notify(party=party, template="accepted", data=DATA, channels=["SMS"])
    assert keys().count(("accepted", "SMS")) == 1


def test_a_business_without_a_phone_is_reached_through_who_runs_it():
    apply(accepted=ACCEPTED)
    business = make_party(
        "小明饮食店", kind=Party.Kind.INDIVIDUAL_BUSINESS, operator=make_party(phone=PHONE)
    )
    notify.notify(party=business, template="accepted", data=DATA)
    notify.notify(party=make_party("无机"), template="accepted", data=DATA)
    assert [message.phone for message in Message.objects.filter(channel=Channel.SMS)] == [PHONE]


def test_words_are_not_readable_in_the_table():
    apply(accepted=ACCEPTED)
    notify.notify(party=make_party(phone=PHONE), template="accepted", data=DATA)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT body, phone FROM notify_message WHERE channel = 'SMS'")
        body, phone = cursor.fetchone()
    assert "受理".encode() not in bytes(body)
    assert PHONE.encode() not in bytes(phone)


def test_a_missing_template_or_value_is_an_error_and_writes_nothing():
    apply(accepted=ACCEPTED)
    with pytest.raises(TemplateMissingError):
        notify.notify(party=make_party(), template="absent", data={})
    with pytest.raises(TemplateFormError) as refusal:
        notify.notify(party=make_party(), template="accepted", data={"title": "x"})
    assert refusal.value.details["template"] == "accepted"
    assert not Message.objects.exists()


@pytest.mark.parametrize("body", ["{Number}", "{secret}", "{number", "{number.real}"])
def test_a_pack_with_a_wrong_placeholder_changes_nothing(body):
    apply(accepted=ACCEPTED)
    with pytest.raises(TemplateFormError):
        apply(fine=ACCEPTED, wrong={**ACCEPTED, "body_zh": body})
    assert set(Template.objects.values_list("key", flat=True)) == {"accepted"}


def test_applying_again_replaces_and_removes_by_key():
    apply(one=ACCEPTED, two=ACCEPTED)
    notify.apply_templates(
        pack_key="yangjiang",
        templates={"one": {**ACCEPTED, "channels": ["IN_APP"], "title_zh": "新"}},
        removed=frozenset({"two"}),
    )
    row = Template.objects.get()
    assert (row.key, row.channel, row.title_zh) == ("one", "IN_APP", "新")
    assert [binding.template_key for binding in Binding.objects.all()] == ["one"]


def test_the_inbox_pages_marks_and_belongs_to_its_party():
    apply(accepted=ACCEPTED)
    party, stranger = make_party(), make_party("林大海")
    for n in range(5):
        notify.notify(party=party, template="accepted", data={**DATA, "number": str(n)})

    first = notify.list_messages(party_id=party.pk, size=3)
    rest = notify.list_messages(party_id=party.pk, size=3, cursor=first.next_cursor)
    assert [m.link for m in (*first.rows, *rest.rows)] == [f"/cases/{n}/" for n in (4, 3, 2, 1, 0)]
    assert notify.unread_count(party.pk) == 5

    message = first.rows[0]
    with pytest.raises(NotFoundError):
        notify.mark_read(actor=citizen(stranger), message_id=message.pk)
    assert notify.unread_count(party.pk) == 5
    notify.mark_read(actor=citizen(party), message_id=message.pk)
    read_at = Message.objects.get(pk=message.pk).read_at
    notify.mark_read(actor=citizen(party), message_id=message.pk)
    assert Message.objects.get(pk=message.pk).read_at == read_at
    assert notify.unread_count(party.pk) == 4
    assert notify.mark_all_read(actor=citizen(party)) == 4
    assert notify.list_messages(party_id=stranger.pk).rows == []


@pytest.mark.parametrize("rows", [3, 60])
def test_the_inbox_takes_the_same_queries_at_any_size(rows):
    apply(accepted=ACCEPTED)
    party = make_party()
    case = make_case(party)
    for _ in range(rows):
        notify.notify(party=party, template="accepted", data=DATA, case=case)

    with assert_query_count("message_list"):
        page = notify.list_messages(party_id=party.pk)
        assert all(message.case.number == case.number for message in page.rows)
    with assert_query_count("unread_count"):
        notify.unread_count(party.pk)
