"""Drafts: two pages lose nothing of each other, what is submitted stays, strangers find nothing."""

import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import freeze, now
from yiwang.kernel.casework.forms.actions.drafts import (
    KEPT_DAYS,
    access_draft,
    save_draft,
    start_draft,
)
from yiwang.kernel.casework.forms.errors import DraftConflictError, DraftSubmittedError
from yiwang.kernel.casework.forms.models import Draft, FormDefinition
from yiwang.kernel.casework.forms.pumps import end_drafts
from yiwang.kernel.errors import NotFoundError

OWNER = Actor(7, "陈大文", "CITIZEN", 70, 70, 2)
STRANGER = Actor(8, "李四", "CITIZEN", 80, 80, 2)


def begin(**data):
    form = FormDefinition.objects.create(
        key=f"f{uuid.uuid4().hex[:6]}", version="1", content={"key": "f", "pages": []}
    )
    return start_draft(actor=OWNER, party_id=70, subject="item", form=form, data={"form": data})


@pytest.mark.django_db
def test_what_is_typed_is_merged_field_by_field():
    draft = begin(name="陈")
    saved = save_draft(actor=OWNER, client_id=draft.client_id, changes={"form": {"phone": "138"}})
    saved = save_draft(actor=OWNER, client_id=draft.client_id, changes={"extra": 1})
    assert saved.data == {"form": {"name": "陈", "phone": "138"}, "extra": 1}
    assert saved.revision == 2


@pytest.mark.django_db
def test_a_page_that_is_older_than_the_store_overwrites_nothing():
    draft = begin(name="陈")
    save_draft(actor=OWNER, client_id=draft.client_id, changes={"form": {"name": "李"}}, revision=0)
    with pytest.raises(DraftConflictError) as refused:
        save_draft(
            actor=OWNER, client_id=draft.client_id, changes={"form": {"name": "王"}}, revision=0
        )
    assert refused.value.details == {"revision": 1}
    assert Draft.objects.get(pk=draft.pk).data["form"]["name"] == "李"


@pytest.mark.django_db
def test_what_was_submitted_is_not_written_over():
    draft = begin(name="陈")
    Draft.objects.filter(pk=draft.pk).update(submitted_case_id=3)
    with pytest.raises(DraftSubmittedError) as refused:
        save_draft(actor=OWNER, client_id=draft.client_id, changes={"form": {"name": "李"}})
    assert refused.value.details == {"case_id": 3}
    assert Draft.objects.get(pk=draft.pk).data == {"form": {"name": "陈"}}


@pytest.mark.django_db
def test_a_stranger_s_draft_and_no_draft_are_the_same_answer():
    draft = begin(name="陈")
    answers = []
    for actor, client_id in ((STRANGER, draft.client_id), (OWNER, uuid.uuid4())):
        for act in (
            lambda a, c: access_draft(a, c),
            lambda a, c: save_draft(actor=a, client_id=c, changes={"form": {"name": "李"}}),
        ):
            with pytest.raises(NotFoundError) as refused:
                act(actor, client_id)
            answers.append(refused.value.as_problem())
    assert all(answer == answers[0] for answer in answers)
    assert access_draft(OWNER, draft.client_id).data == {"form": {"name": "陈"}}


@pytest.mark.django_db
def test_a_draft_ends_after_its_days():
    with freeze(datetime(2026, 11, 23, tzinfo=UTC)) as clock:
        draft = begin()
        clock.advance(timedelta(days=KEPT_DAYS))
        assert end_drafts() == 0
        clock.advance(timedelta(seconds=1))
        assert end_drafts() == 1
    assert not Draft.objects.filter(pk=draft.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_two_pages_at_the_same_moment_lose_nothing():
    draft = begin()
    start = threading.Barrier(2)

    def type_in(name):
        try:
            start.wait(10)
            for turn in range(10):
                changes = {"form": {f"{name}{turn}": turn}}
                save_draft(actor=OWNER, client_id=draft.client_id, changes=changes)
        finally:
            connection.close()

    pages = [threading.Thread(target=type_in, args=(name,)) for name in "ab"]
    for page in pages:
        page.start()
    for page in pages:
        page.join(30)
    saved = Draft.objects.get(pk=draft.pk)
    assert saved.revision == 20
    assert saved.data["form"] == {f"{name}{turn}": turn for name in "ab" for turn in range(10)}
    assert saved.updated_at <= now()
