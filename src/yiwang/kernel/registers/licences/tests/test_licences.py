"""Licences: numbers and days, lawful ends, use with consent, and who may use which."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import freeze, today
from yiwang.kernel.base.crypto.facade import verify_record
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.rules import uscc
from yiwang.kernel.casework.forms.prefill import PrefillContext
from yiwang.kernel.casework.ratings.tests.factories import make_case, make_party, make_unit
from yiwang.kernel.registers.licences.actions.licences import (
    change_status,
    issue_licence,
    usable_licences,
    use_licence,
)
from yiwang.kernel.registers.licences.errors import (
    LicenceNotUsableError,
    LicenceStatusError,
    LicenceTypeUnknownError,
    ValidityUnknownError,
)
from yiwang.kernel.registers.licences.models import (
    Licence,
    LicenceConsent,
    LicenceStatusChange,
    LicenceType,
    LicenceUse,
)
from yiwang.kernel.registers.licences.prefill import prefill_from_licence
from yiwang.kernel.registers.licences.rules.definition import compile_licence
from yiwang.kernel.registers.licences.rules.status import ENDED, FOLLOWING
from yiwang.kernel.registers.licences.selectors import licences_of
from yiwang.kernel.registers.licences.tests.factories import OFFICER, make_licence, make_type

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
LAW = "行政许可法 第六十九条"


def end(licence, status, reason="承诺不实"):
    return change_status(
        actor=OFFICER, licence=licence, status=status, reason=reason, legal_basis=LAW
    )


@pytest.mark.django_db
def test_a_licence_is_a_signed_record_under_a_number_of_its_own():
    with freeze(NOON):
        first, second = make_licence(), make_licence()
    assert re.fullmatch(r"JY4417022026\d{6}", first.number)
    assert first.number != second.number
    assert first.record["fields"] == {"name": first.holder.name}
    assert (first.valid_from, first.valid_to) == (date(2026, 11, 23), date(2031, 11, 22))
    assert verify_record(first.signed) == first.record
    assert re.fullmatch(r"[0-9A-F]{16}", first.verification_code)
    assert AuditEntry.objects.filter(action="licence.issue").count() == 2
    told = OutboxEvent.objects.filter(type="licence.issued").order_by("sequence").first()
    assert told.data == {"licence": first.pk, "case": None, "type": first.type_key}
    assert first.holder.name not in str(told.data)


@pytest.mark.django_db
def test_the_day_of_issue_is_the_local_one():
    # 00:30 of the next day in Yangjiang.
    with freeze(datetime(2026, 12, 31, 16, 30, tzinfo=UTC)):
        licence = make_licence()
    assert (licence.valid_from, licence.record["issued_on"]) == (date(2027, 1, 1), "2027-01-01")


@pytest.mark.django_db
def test_a_founded_business_holds_its_licence_and_its_founder_operates_it():
    founder = make_party("林伯")
    founding = make_type(
        new_party="INDIVIDUAL_BUSINESS",
        number="{uscc}",
        validity={},
        fields=[
            {"key": "name", "title_zh": "名称", "title_en": "N", "value": "form.business_name"},
            {"key": "uscc", "title_zh": "代码", "title_en": "C", "value": "uscc"},
        ],
    )
    licence = make_licence(founder, founding, form={"business_name": "林伯海味店"})
    business = licence.holder
    assert (business.kind, business.name, business.operator) == (
        Party.Kind.INDIVIDUAL_BUSINESS,
        "林伯海味店",
        founder,
    )
    assert uscc.parse(business.uscc).is_individual_business
    assert licence.number == business.uscc == licence.record["fields"]["uscc"]
    assert licence.valid_to is None
    assert set(usable_licences(founder.pk)) == {licence}
    # The business passes to somebody else, and with it what it holds.
    heir = make_party("林小")
    Party.objects.filter(pk=business.pk).update(operator=heir)
    assert set(usable_licences(heir.pk)) == set(licences_of(heir.pk)) == {licence}
    assert set(usable_licences(founder.pk)) == set(licences_of(founder.pk)) == set()


@pytest.mark.django_db
def test_a_type_that_its_pack_gave_up_still_ends_the_cases_that_began_with_it():
    given_up = make_type()
    LicenceType.objects.filter(pk=given_up.pk).update(is_current=False)
    assert make_licence(of=given_up).type == given_up
    newer = LicenceType.objects.create(
        key=given_up.key, version="2", title_zh="新", title_en="New", content=given_up.content
    )
    assert make_licence(of=given_up).type == newer
    with pytest.raises(LicenceTypeUnknownError):
        issue_licence(
            actor=OFFICER,
            type_key="nothing",
            holder=make_party(),
            organization=make_unit(),
            case=None,
            facts={},
        )


# until when


def years(number):
    return compile_licence(
        {
            "key": "k",
            "number": "",
            "seal_kind": "OFFICIAL",
            "kind": "LICENCE",
            "fields": [],
            "validity": {"years": number},
        }
    )


@pytest.mark.parametrize(
    ("start", "number", "last"),
    [
        (date(2026, 11, 23), 5, date(2031, 11, 22)),
        (date(2026, 1, 1), 1, date(2026, 12, 31)),
        (date(2027, 3, 1), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 4, date(2032, 2, 28)),
        (date(2028, 2, 29), 5, date(2033, 2, 28)),
    ],
)
def test_a_licence_of_years_ends_on_the_day_before_its_return(start, number, last):
    assert years(number).valid_to(start, {}) == last


@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)), st.integers(min_value=1, max_value=9))
def test_periods_of_years_follow_each_other_without_gap_or_overlap(start, number):
    last = years(number).valid_to(start, {})
    following = last + timedelta(days=1)
    assert (following.year, following.month) == (
        start.year + number,
        3 if (start.month, start.day) == (2, 29) and following.day == 1 else start.month,
    )
    assert (following.day == start.day) or (start.month, start.day) == (2, 29)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("form", "last"),
    [
        ({"until": date(2026, 12, 31)}, date(2026, 12, 31)),
        ({"until": "2026-12-31"}, date(2026, 12, 31)),
        ({"until": datetime(2026, 12, 31, 8, tzinfo=UTC)}, date(2026, 12, 31)),
    ],
)
def test_a_day_of_end_may_come_from_the_form(form, last):
    made = make_type(validity={"until": "form.until"})
    assert make_licence(of=made, form=form).valid_to == last


@pytest.mark.django_db
@pytest.mark.parametrize("until", [None, "", "下个月"])
def test_without_a_day_of_end_none_is_issued(until):
    made = make_type(validity={"until": "form.until"})
    with pytest.raises(ValidityUnknownError):
        make_licence(of=made, form={"until": until})
    assert not Licence.objects.exists()


@pytest.mark.django_db
def test_what_stands_on_a_licence_is_text_with_days_in_one_writing():
    fields = [
        {"key": key, "title_zh": key, "title_en": key, "value": f"form.{key}"}
        for key in ("area", "since", "kinds", "seats", "open")
    ]
    form = {
        "area": Decimal("12.50"),
        "since": date(2026, 1, 2),
        "kinds": ["热食", "冷食"],
        "seats": 0,
        "open": True,
    }
    licence = make_licence(of=make_type(fields=fields), form=form)
    licence.refresh_from_db()
    assert licence.record["fields"] == {
        "area": "12.50",
        "since": "2026-01-02",
        "kinds": "热食；冷食",
        "seats": "0",
        "open": True,
    }


# its end


@pytest.mark.django_db
@pytest.mark.parametrize("status", sorted(Licence.Status.values))
@pytest.mark.parametrize("after", sorted(Licence.Status.values))
def test_a_status_follows_only_what_the_law_lets_it_follow(status, after):
    licence = make_licence()
    Licence.objects.filter(pk=licence.pk).update(status=status)
    if after in FOLLOWING.get(status, ()):
        assert end(licence, after).status == after
        kept = LicenceStatusChange.objects.get(licence=licence)
        assert (kept.status, kept.reason, kept.legal_basis) == (after, "承诺不实", LAW)
        told = "licence.ended" if after in ENDED else "licence.status_changed"
        assert OutboxEvent.objects.filter(type=told, subject=licence.number).count() == 1
    else:
        with pytest.raises(LicenceStatusError):
            end(licence, after)
        assert Licence.objects.get(pk=licence.pk).status == status
        assert not LicenceStatusChange.objects.exists()


@pytest.mark.django_db
def test_an_unknown_status_is_refused_and_a_long_reason_is_kept_whole():
    licence = make_licence()
    with pytest.raises(LicenceStatusError):
        end(licence, "GONE")
    end(licence, "ANNULLED", reason="经查" * 1000)
    assert LicenceStatusChange.objects.get().reason == "经查" * 1000


# its use


@pytest.mark.django_db
def test_only_a_licence_that_holds_today_may_be_used_by_whose_it_is():
    holder = make_party()
    with freeze(NOON) as clock:
        licence = make_licence(holder)
        assert list(usable_licences(holder.pk)) == [licence]
        assert list(usable_licences(make_party("李四").pk)) == []
        clock.move_to(datetime(2031, 11, 22, 15, 59, tzinfo=UTC))
        assert list(usable_licences(holder.pk)) == [licence]
        clock.advance(timedelta(minutes=2))
        assert list(usable_licences(holder.pk)) == []
        assert list(licences_of(holder.pk)) == [licence]


@pytest.mark.django_db
@pytest.mark.proves("B50", "选用已有的电子证照代替提交：记下用途、办件和授权，持证人看得到每次使用")
def test_each_use_is_consented_to_and_traced():
    licence, case = make_licence(), make_case()
    holder = Actor(7, licence.holder.name, "CITIZEN", licence.holder_id, licence.holder_id, 2)
    with freeze(NOON):
        use_licence(
            actor=holder,
            licence_id=licence.pk,
            type_key=licence.type_key,
            party_id=licence.holder_id,
            purpose="办理“公共场所卫生许可”",
            case=case,
        )
    (consent,) = LicenceConsent.objects.filter(licence=licence)
    assert (consent.purpose, consent.subject) == ("办理“公共场所卫生许可”", case.number)
    assert (consent.granted_by_id, consent.valid_until) == (7, NOON + timedelta(days=30))
    (use,) = LicenceUse.objects.filter(licence=licence)
    assert (use.consent, use.case, use.at) == (consent, case, NOON)
    assert use.organization_name == case.organization.name


@pytest.mark.django_db
def test_a_licence_that_does_not_fit_is_not_used_and_leaves_no_trace():
    licence, other = make_licence(), make_licence()
    expired, annulled = make_licence(), make_licence()
    Licence.objects.filter(pk=expired.pk).update(valid_to=today() - timedelta(days=1))
    end(annulled, "ANNULLED")
    wrong = [
        (other.pk, licence.type_key, licence.holder_id),
        (licence.pk, other.type_key, licence.holder_id),
        (licence.pk, "", licence.holder_id),
        (expired.pk, expired.type_key, expired.holder_id),
        (annulled.pk, annulled.type_key, annulled.holder_id),
        (0, licence.type_key, licence.holder_id),
    ]
    for licence_id, type_key, party_id in wrong:
        with pytest.raises(LicenceNotUsableError):
            use_licence(
                actor=OFFICER,
                licence_id=licence_id,
                type_key=type_key,
                party_id=party_id,
                purpose="p",
                case=None,
            )
    assert not LicenceUse.objects.exists()
    assert not LicenceConsent.objects.exists()


@pytest.mark.django_db
@pytest.mark.proves("B51", "表单用持有的有效证照里的内容预先填好，并说明来源")
def test_a_form_takes_over_what_the_newest_valid_licence_says():
    holder, of = make_party(), make_type()
    make_licence(holder, of)
    newest = make_licence(holder, of)
    context = PrefillContext(holder, "441702000000")
    number = prefill_from_licence(context, f"{of.key}.number")
    assert (number.value, number.source_zh) == (newest.number, "食品经营许可证")
    assert prefill_from_licence(context, f"{of.key}.name").value == holder.name
    end(newest, "REVOKED")
    assert prefill_from_licence(context, f"{of.key}.number").value != newest.number
    assert prefill_from_licence(context, "other.number") is None
