"""两个窗口: whatever two pages of one draft send, in any order, no answer disappears unseen."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.city import City
from yiwang.kernel.casework.forms.models import Draft
from yiwang.services.applications.tabs import (
    REPLACED,
    PageMark,
    _merge,
    fingerprint,
    save_typed,
)
from yiwang.services.applications.wizard import begin


def drawn(draft: Draft, tab: str, *names: str) -> PageMark:
    """Return the mark of a page that shows these answers as the draft has them now."""
    answers = draft.data.get("form", {})
    return PageMark(
        tab, draft.revision, {f"form.{name}": fingerprint(answers.get(name)) for name in names}
    )


@pytest.fixture
def draft(city: City, db: None) -> Draft:
    citizen = city.citizen()
    made = begin(citizen, city.item("individual_business_registration"), citizen.party_id or 0)
    made.owner = citizen  # type: ignore[attr-defined]
    return made


def save(draft: Draft, mark: PageMark, **answers: object) -> dict[str, object]:
    merge = save_typed(actor=draft.owner, draft=draft, changes={"form": answers}, mark=mark)
    return dict(merge.clashes)


def stored(draft: Draft) -> dict[str, object]:
    return dict(Draft.objects.get(pk=draft.pk).data["form"])


def test_what_the_other_page_wrote_stays_where_this_one_touched_nothing(draft: Draft) -> None:
    first, second = drawn(draft, "one", "name", "size"), drawn(draft, "two", "name", "size")
    assert save(draft, first, name="小满", size=3) == {}
    assert save(draft, second, name=None, size=5) == {"form.size": 3}
    assert stored(draft) == {"name": "小满", "size": 5}


def test_a_clash_is_told_once_and_then_settled(draft: Draft) -> None:
    first, second = drawn(draft, "one", "name"), drawn(draft, "two", "name")
    save(draft, first, name="小满")
    assert save(draft, second, name="大满") == {"form.name": "小满"}
    now = Draft.objects.get(pk=draft.pk)
    assert now.data[REPLACED] == {"form.name": "小满"}
    now.owner = draft.owner
    assert save(now, drawn(now, "two", "name"), name="大满") == {}
    assert Draft.objects.get(pk=draft.pk).data[REPLACED] == {"form.name": None}


def test_saving_as_one_types_is_no_clash_with_oneself(draft: Draft) -> None:
    page = drawn(draft, "one", "name")
    typing = PageMark("one", page.revision)
    assert save(draft, typing, name="小") == {}
    assert save(Draft.objects.get(pk=draft.pk) and draft, typing, name="小满") == {}
    assert save(draft, page, name="小满店") == {}
    assert stored(draft) == {"name": "小满店"}


def test_a_page_drawn_later_overwrites_what_it_has_seen(draft: Draft) -> None:
    save(draft, drawn(draft, "one", "name"), name="小满")
    later = Draft.objects.get(pk=draft.pk)
    later.owner = draft.owner
    assert save(later, drawn(later, "two", "name"), name="大满") == {}


def test_a_save_between_reading_and_writing_is_merged(draft: Draft) -> None:
    stale = Draft.objects.get(pk=draft.pk)
    stale.owner = draft.owner
    save(draft, drawn(draft, "one", "name"), name="小满")
    save(stale, PageMark("two", stale.revision), size=2)
    assert stored(draft) == {"name": "小满", "size": 2}


_VALUES = st.sampled_from([None, "", "甲", "乙", "丙", 3])
_SENT = st.lists(st.tuples(st.sampled_from(["one", "two"]), _VALUES), max_size=8)


@given(_VALUES, _SENT)
def test_every_answer_of_the_other_page_is_kept_or_shown(start: object, sent: list[tuple]) -> None:
    draft = Draft(client_id=uuid.uuid4(), data={"form": {"name": start}}, revision=0)
    marks = {tab: drawn(draft, tab, "name") for tab in ("one", "two")}
    last = {"one": start, "two": start}
    for tab, value in sent:
        other = draft.data["form"].get("name")
        wrote = (draft.data.get("written", {}).get("form.name") or [tab])[0]
        kept, clashes = _merge(draft, {"form": {"name": value}}, marks[tab])
        for section, answers in kept.items():
            draft.data.setdefault(section, {}).update(answers)
        draft.revision += 1
        now = draft.data["form"].get("name")
        last[tab] = value
        is_lost = fingerprint(now) != fingerprint(other) and wrote != tab
        is_news = fingerprint(other) != marks[tab].drawn["form.name"]
        if is_lost and is_news:
            assert clashes == {"form.name": other}
            marks[tab] = drawn(draft, tab, "name")
