"""Rule tables at the desk: drafted, checked, replayed, released by a second person, exported."""

from copy import deepcopy
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.rules.models import RuleDefinition
from yiwang.kernel.errors import NotFoundError, NotPermittedError
from yiwang.kernel.packs.canonical import write_yaml
from yiwang.kernel.packs.exporting import export_pack
from yiwang.kernel.packs.models import PackRelease
from yiwang.services.applications.actions.applications import submit_application
from yiwang.services.applications.models import Application
from yiwang.services.applications.tests import desk_cast as desk
from yiwang.services.applications.tests.applying import CLEAR, DOUBTFUL, business
from yiwang.services.releases.actions.drafts import (
    begin_draft,
    discard_draft,
    release_draft,
    save_draft,
)
from yiwang.services.releases.actions.replays import advance_replay, start_replay
from yiwang.services.releases.errors import (
    DraftChangedError,
    DraftClosedError,
    NothingChangedError,
    ReplayMissingError,
    SamePersonError,
    TableFaultyError,
    TableMovedError,
)
from yiwang.services.releases.models import Replay, RuleDraft
from yiwang.services.releases.rules.diffing import compare
from yiwang.services.releases.tables import findings_of, open_table

KEY = "individual_business_intake"
PACK = "yj.individual-business"
CITY_MARKET = "441700000000.market_supervision"


@pytest.fixture(scope="module", autouse=True)
def city(django_db_setup, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        freeze(desk.MONDAY, whole_process=True),
        desk.the_city(),
    ):
        yield


@pytest.fixture(autouse=True)
def _database(city, db):
    """Each test's own savepoint inside the city."""


def head(name: str = "曾局长") -> Actor:
    return cast.official(name, f"{CITY_MARKET}.leader")


def apply_for_business(**changes) -> Application:
    citizen = cast.citizen()
    return submit_application(actor=citizen, submission=business(citizen, **changes))


def stricter(content):
    """Send shops on rented ground to a person as well."""
    changed = deepcopy(content)
    values = changed["parameters"][1]["values"]
    values[0]["value"] = ["LEASED", "ONLINE"]
    return changed


def saved(actor: Actor, content=None, **changes) -> RuleDraft:
    draft = begin_draft(actor=actor, key=KEY)
    return save_draft(
        actor=actor,
        draft_id=draft.pk,
        revision=draft.revision,
        content=content or stricter(draft.content),
        reason="自有场所也要核对",
        **changes,
    )


def replayed(actor: Actor, draft: RuleDraft) -> Replay:
    replay = start_replay(actor=actor, draft_id=draft.pk, revision=draft.revision)
    for _ in range(50):
        if replay.finished_at is not None:
            return replay
        replay = advance_replay(actor=actor, replay_id=replay.pk)
    raise AssertionError("the replay does not end")


def released(draft: RuleDraft) -> RuleDefinition:
    second = head("关副局长")
    replayed(second, draft)
    return release_draft(actor=second, draft_id=draft.pk, revision=draft.revision)


def test_a_released_draft_decides_new_cases_and_leaves_running_ones():
    before = apply_for_business()
    running = apply_for_business(circumstances=DOUBTFUL)
    definition = released(saved(head()))
    assert definition.is_current
    assert RuleDefinition.objects.filter(key=KEY).count() == 2
    after = apply_for_business()
    assert before.case.outcome == Case.Outcome.GRANTED
    assert after.case.status == Case.Status.OPEN
    running.refresh_from_db()
    assert running.item_version.rules != after.item_version.rules
    draft = RuleDraft.objects.get()
    assert (draft.status, draft.closed_by_name) == ("RELEASED", "关副局长")
    assert draft.released_version == definition.version
    acts = AuditEntry.objects.filter(object_id=KEY, kind="ACT").order_by("id")
    assert list(acts.values_list("action", flat=True)) == [
        "rule.draft",
        "rule.edit",
        "rule.replay",
        "rule.release",
    ]


def test_the_pack_exports_the_released_table_in_canonical_form(tmp_path: Path):
    version = PackRelease.objects.get(key=PACK, is_current=True)
    draft = saved(head())
    released(draft)
    export_pack(key=PACK, folder=tmp_path)
    assert (tmp_path / "rules" / f"{KEY}.yaml").read_bytes() == write_yaml(draft.content)
    now_in_force = PackRelease.objects.get(key=PACK, is_current=True)
    assert now_in_force.digest != version.digest
    assert PackRelease.objects.filter(pk=version.pk, is_current=False).exists()


def test_who_edited_may_not_release_even_when_another_began():
    first, second = head(), head("关副局长")
    draft = saved(first)
    draft = save_draft(
        actor=second,
        draft_id=draft.pk,
        revision=draft.revision,
        content=draft.content,
        reason="改了理由",
    )
    replayed(second, draft)
    for one in (first, second):
        with pytest.raises(SamePersonError):
            release_draft(actor=one, draft_id=draft.pk, revision=draft.revision)
    assert RuleDefinition.objects.filter(key=KEY).count() == 1
    third = head("麦副局长")
    release_draft(actor=third, draft_id=draft.pk, revision=draft.revision)


def test_release_refuses_what_is_not_fit():
    second = head("关副局长")
    draft = begin_draft(actor=head(), key=KEY)
    replayed(second, draft)
    with pytest.raises(NothingChangedError):
        release_draft(actor=second, draft_id=draft.pk, revision=0)
    draft = saved(head("王科长"))
    with pytest.raises(ReplayMissingError):
        release_draft(actor=second, draft_id=draft.pk, revision=draft.revision)
    with pytest.raises(DraftChangedError):
        release_draft(actor=second, draft_id=draft.pk, revision=0)
    faulty = deepcopy(draft.content)
    faulty["rules"][0]["when"][0] = "没有的事实 > 1"
    draft = save_draft(
        actor=head("王科长"), draft_id=draft.pk, revision=draft.revision, content=faulty
    )
    with pytest.raises(TableFaultyError):
        release_draft(actor=second, draft_id=draft.pk, revision=draft.revision)
    assert RuleDefinition.objects.filter(key=KEY).count() == 1


def test_a_draft_of_a_version_that_is_gone_is_not_released():
    draft = saved(head())
    replayed(head("关副局长"), draft)
    RuleDefinition.objects.filter(key=KEY).update(version="9.9.9+moved")
    with pytest.raises(TableMovedError):
        release_draft(actor=head("关副局长"), draft_id=draft.pk, revision=draft.revision)


def test_releasing_twice_gives_the_same_version():
    draft = saved(head())
    second = head("关副局长")
    replayed(second, draft)
    once = release_draft(actor=second, draft_id=draft.pk, revision=draft.revision)
    again = release_draft(actor=second, draft_id=draft.pk, revision=draft.revision)
    assert once == again
    with pytest.raises(DraftClosedError):
        release_draft(actor=head("麦副局长"), draft_id=draft.pk, revision=draft.revision)


def test_an_older_page_does_not_overwrite_a_newer_draft():
    first = head()
    draft = begin_draft(actor=first, key=KEY)
    changed = stricter(draft.content)
    saved_once = save_draft(actor=first, draft_id=draft.pk, revision=0, content=changed)
    assert saved_once.revision == 1
    # The same page sent twice is no change; another page of the same age is refused.
    assert save_draft(actor=first, draft_id=draft.pk, revision=0, content=changed).revision == 1
    other = deepcopy(changed)
    other["rules"].pop()
    with pytest.raises(DraftChangedError):
        save_draft(actor=head("关副局长"), draft_id=draft.pk, revision=0, content=other)
    assert RuleDraft.objects.get().content == changed


def test_there_is_one_open_draft_of_a_table():
    draft = begin_draft(actor=head(), key=KEY)
    assert begin_draft(actor=head("关副局长"), key=KEY) == draft
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleDraft.objects.create(
            key=KEY,
            base_version="x",
            content={},
            status="OPEN",
            drafted_by_id=1,
            drafted_by_name="x",
            drafted_at=desk.MONDAY,
            changed_at=desk.MONDAY,
        )
    discard_draft(actor=head(), draft_id=draft.pk)
    discard_draft(actor=head(), draft_id=draft.pk)
    with pytest.raises(DraftClosedError):
        save_draft(actor=head(), draft_id=draft.pk, revision=0, content={"key": KEY})
    assert begin_draft(actor=head(), key=KEY) != draft
    assert AuditEntry.objects.filter(action="rule.discard").count() == 1


@pytest.mark.parametrize("post", [f"{desk.MARKET}.leader", f"{CITY_MARKET}.reviewer"])
def test_others_may_not_touch_the_table(post):
    outsider = cast.official("外人", post)
    draft = saved(head())
    for act in (
        lambda: begin_draft(actor=outsider, key=KEY),
        lambda: save_draft(actor=outsider, draft_id=draft.pk, revision=1, content={}),
        lambda: discard_draft(actor=outsider, draft_id=draft.pk),
        lambda: start_replay(actor=outsider, draft_id=draft.pk, revision=1),
        lambda: release_draft(actor=outsider, draft_id=draft.pk, revision=1),
    ):
        with pytest.raises(NotPermittedError):
            act()
    draft.refresh_from_db()
    assert (draft.status, draft.revision) == ("OPEN", 1)
    with pytest.raises(NotFoundError):
        begin_draft(actor=outsider, key="absent")


def test_the_replay_tells_who_would_be_decided_differently():
    same = apply_for_business(circumstances=DOUBTFUL)
    other = apply_for_business()
    changed_since = apply_for_business()
    changed_since.circumstances = CLEAR | {"place_kind": "HOME"}
    changed_since.save()
    draft = saved(head())
    replay = replayed(head("关副局长"), draft)
    assert (replay.total, replay.done, replay.same, replay.incomparable) == (3, 3, 1, 1)
    (found,) = replay.differences
    assert found["case"] == other.case.number
    assert (found["before"]["route"], found["after"]["route"]) == ("APPROVE", "PERSON")
    assert (found["rules_before"], found["rules_after"]) == (["clear"], ["place_in_doubt"])
    # Nothing of the cases themselves has changed.
    other.case.refresh_from_db()
    assert other.case.outcome == Case.Outcome.GRANTED
    assert Case.objects.get(pk=same.pk).status == Case.Status.OPEN


def test_a_replay_belongs_to_one_state_of_the_draft():
    apply_for_business()
    draft = saved(head())
    replay = start_replay(actor=head(), draft_id=draft.pk, revision=draft.revision)
    assert start_replay(actor=head(), draft_id=draft.pk, revision=draft.revision) == replay
    changed = deepcopy(draft.content)
    changed["default"][1] = '"请等一等"'
    save_draft(actor=head(), draft_id=draft.pk, revision=draft.revision, content=changed)
    with pytest.raises(DraftChangedError):
        advance_replay(actor=head(), replay_id=replay.pk)


def test_findings_name_the_place_and_give_an_example():
    release = PackRelease.objects.get(key=PACK, is_current=True)
    table = open_table(release, KEY)
    content = deepcopy(RuleDefinition.objects.get(key=KEY).content)
    assert findings_of(table, content) == []
    content["hit_policy"] = "UNIQUE"
    overlap = next(one for one in findings_of(table, content) if one.code == "overlap")
    assert overlap.path == "rules[1].when" and overlap.example["identity"] is False
    # Without errors of its own, the table is asked for names that nothing in the pack bears.
    content["hit_policy"] = "FIRST"
    content["inputs"][0]["expression"] = "checks.no_such_fact = true"
    (finding,) = findings_of(table, content)
    assert finding.path == "inputs[0].expression" and "no_such_fact" in finding.reason.en


def test_the_comparison_names_what_was_added_removed_changed_and_moved():
    before = RuleDefinition.objects.get(key=KEY).content
    after = deepcopy(before)
    first, second, _third, fourth, *rest = after["rules"]
    fourth["when"][3] = "true"
    new = {"id": "new", "when": ["-"] * 7, "then": ['"PERSON"', '"x"', '"x"']}
    after["rules"] = [second, first, fourth, new, *rest]
    change = compare(before, after)
    states = {one.id: one.state for one in change.rules}
    assert states["not_mainland"] == "moved"
    assert states["breach"] == "changed" and states["under_age"] == "removed"
    assert states["new"] == "added" and states["clear"] == "same"
    (cell,) = [c for one in change.rules if one.id == "breach" for c in one.when if c.changed]
    assert (cell.before, cell.after) == ("false", "true")
    assert not compare(before, deepcopy(before)).changed
