"""Rows of one act: written together, once, as Django itself would have written them."""

import uuid
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiwang.kernel import acts
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.parties.models import Party

pytestmark = pytest.mark.django_db

# PostgreSQL keeps no NUL in text; that is so with any way of writing.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def entry(**fields: Any) -> AuditEntry:
    return AuditEntry(
        **{
            "at": now(),
            "kind": AuditEntry.Kind.ACT,
            "action": "test.act",
            "account_id": 1,
            "channel": "API",
            "object_kind": "thing",
            "object_id": "1",
        }
        | fields
    )


def event(subject: str = "one") -> OutboxEvent:
    return OutboxEvent(id=uuid.uuid4(), type="test.done", subject=subject, time=now(), data={})


def person(**fields: Any) -> Party:
    return Party(kind="PERSON", name="陈小满", pinyin="chen", created_at=now(), **fields)


def content(row: Any) -> dict[str, Any]:
    stored = type(row).objects.get(pk=row.pk)
    return {
        column.name: bytes(value) if isinstance(value, memoryview) else value
        for column in row._meta.local_concrete_fields
        if not column.primary_key
        for value in [getattr(stored, column.attname)]
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
@given(details=st.dictionaries(TEXT, JSON, max_size=4), words=TEXT, number=st.integers(0, 2**62))
def test_an_act_stores_what_saving_stores(details: dict[str, Any], words: str, number: int) -> None:
    fields = {"at": now(), "details": details, "object_id": words, "account_id": number}
    saved = entry(**fields)
    saved.save()
    before = AuditEntry.objects.latest("id").pk
    with acts.one_act():
        acts.append(entry(**fields))
    written = AuditEntry.objects.latest("id")
    assert written.pk > before
    assert content(written) == content(saved)


def test_sealed_columns_keys_and_empty_values_are_stored_alike() -> None:
    fields = {
        "citizen_id_no": "44170219900521002X",
        "citizen_id_no_index": b"\x00\x01\xff" * 10,
        "address": "南恩街道“环城北路”\\12号",
    }
    (key,) = acts.next_keys(Party)
    with acts.one_act():
        row = person(pk=key, **fields)
        acts.append(row)
    stored = Party.objects.get(pk=key)
    assert stored.citizen_id_no == fields["citizen_id_no"]
    assert bytes(stored.citizen_id_no_index or b"") == fields["citizen_id_no_index"]
    assert stored.address == fields["address"]
    assert stored.phone is None
    assert stored.uscc is None
    assert not row._state.adding


def test_all_tables_leave_in_one_statement_and_in_order() -> None:
    # Reads that other tests logged stay: they survive rollback on purpose.
    logged = AuditEntry.objects.count()
    with CaptureQueriesContext(connection) as seen, acts.one_act():
        acts.append(event("first"))
        acts.append(entry())
        acts.append(event("second"), event("third"))
    sent = [query["sql"] for query in seen if "SAVEPOINT" not in query["sql"]]
    assert len(sent) == 1
    subjects = OutboxEvent.objects.order_by("sequence").values_list("subject", flat=True)
    assert list(subjects) == ["first", "second", "third"]
    assert AuditEntry.objects.count() == logged + 1


def test_a_change_of_a_new_row_needs_no_update_and_of_an_old_row_one() -> None:
    old = person()
    old.save()
    with CaptureQueriesContext(connection) as seen, acts.one_act():
        (key,) = acts.next_keys(Party)
        new = person(pk=key)
        acts.append(new)
        new.name = "梁国安"
        acts.change(new, "name")
        old.name = "林月华"
        acts.change(old, "name")
        old.sex = "FEMALE"
        acts.change(old, "sex")
    writes = [query["sql"] for query in seen if query["sql"].startswith("WITH")]
    assert len(writes) == 1
    assert writes[0].count("UPDATE") == 1
    assert Party.objects.get(pk=key).name == "梁国安"
    stored = Party.objects.get(pk=old.pk)
    assert (stored.name, stored.sex) == ("林月华", "FEMALE")


def test_changes_of_many_rows_and_to_nothing_are_stored_and_other_fields_left() -> None:
    rows = [person(phone=f"1382760000{n}") for n in range(4)]
    for row in rows:
        row.save()
    with CaptureQueriesContext(connection) as seen, acts.one_act():
        for row in rows[:3]:
            row.name, row.phone = "林月华", None
            acts.change(row, "phone")
        rows[3].phone = "13827609999"
        acts.change(rows[3], "phone")
        acts.append(event("beside"))
    assert sum(query["sql"].startswith("WITH") for query in seen) == 1
    stored = [Party.objects.get(pk=row.pk) for row in rows]
    assert [row.phone for row in stored] == [None, None, None, "13827609999"]
    assert {row.name for row in stored} == {"陈小满"}


def test_changing_a_row_that_is_gone_takes_the_whole_act_back() -> None:
    gone = person()
    gone.save()
    Party.objects.filter(pk=gone.pk).delete()
    with pytest.raises(DatabaseError), acts.one_act():
        acts.append(event("lost"))
        gone.name = "林月华"
        acts.change(gone, "name")
    assert not OutboxEvent.objects.filter(subject="lost").exists()


def test_an_act_that_fails_leaves_nothing_and_later_rows_are_written_at_once() -> None:
    with pytest.raises(ValueError, match="stop"), acts.one_act():
        acts.append(event("lost"))
        raise ValueError("stop")
    acts.append(event("kept"))
    assert list(OutboxEvent.objects.values_list("subject", flat=True)) == ["kept"]


def test_a_row_that_breaks_a_constraint_takes_the_whole_act_back() -> None:
    logged = AuditEntry.objects.count()
    taken = event("first")
    taken.save()
    with pytest.raises(IntegrityError), acts.one_act():
        acts.append(entry())
        acts.append(
            OutboxEvent(id=taken.id, type="test.done", subject="again", time=now(), data={})
        )
    assert AuditEntry.objects.count() == logged


def test_what_is_flushed_can_be_read_and_goes_back_with_the_act() -> None:
    with pytest.raises(ValueError, match="stop"), acts.one_act():
        acts.append(event("early"))
        assert not OutboxEvent.objects.filter(subject="early").exists()
        acts.flush()
        assert OutboxEvent.objects.filter(subject="early").count() == 1
        acts.append(event("late"))
        acts.flush()
        raise ValueError("stop")
    assert not OutboxEvent.objects.filter(subject__in=["early", "late"]).exists()


def test_rows_with_and_without_keys_of_one_table_leave_together() -> None:
    first, second = acts.next_keys(Party, Party)
    with CaptureQueriesContext(connection) as seen, acts.one_act():
        acts.append(person(pk=first), person(pk=second))
        acts.append(person(address="无键"))
    assert sum(query["sql"].startswith("WITH") for query in seen) == 1
    assert Party.objects.filter(pk__in=[first, second]).count() == 2
    assert Party.objects.get(pk__gt=second).address == "无键"


def test_an_act_in_an_act_is_written_at_its_own_end() -> None:
    with acts.one_act():
        acts.append(event("outer"))
        with acts.one_act():
            acts.append(event("inner"))
        assert list(OutboxEvent.objects.values_list("subject", flat=True)) == ["inner"]
        with pytest.raises(ValueError, match="stop"), acts.one_act():
            acts.append(event("lost"))
            raise ValueError("stop")
    subjects = OutboxEvent.objects.order_by("sequence").values_list("subject", flat=True)
    assert list(subjects) == ["inner", "outer"]
