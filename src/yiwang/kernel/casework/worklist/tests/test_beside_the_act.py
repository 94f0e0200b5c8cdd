"""Copies, haste, signatures, phrases and many at once: what officials do beside the single act."""

import base64
from datetime import timedelta

import pytest

from yiwang.kernel.base.calendars import freeze, now
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.files.facade import open_file
from yiwang.kernel.casework.cases.models import CaseEvent
from yiwang.kernel.casework.process.access import NotTheHolderError, see_task
from yiwang.kernel.casework.process.models import Task, TaskAct
from yiwang.kernel.casework.process.selectors import inbox
from yiwang.kernel.casework.process.tests import factories
from yiwang.kernel.casework.worklist.actions.acting import (
    MOST_AT_ONCE,
    MOST_INK_BYTES,
    act_in_turn,
    begin_bulk,
    digest_of,
    go_on_with_bulk,
)
from yiwang.kernel.casework.worklist.actions.circulating import confirm_read, show_to
from yiwang.kernel.casework.worklist.actions.holding import claim_task
from yiwang.kernel.casework.worklist.actions.phrases import add_phrase, remove_phrase
from yiwang.kernel.casework.worklist.actions.urging import urge_task
from yiwang.kernel.casework.worklist.errors import (
    InkRefusedError,
    NothingToUrgeError,
    OfficialUnknownError,
    ReasonMissingError,
    TextTooLongError,
    TooManyError,
    UrgedTooSoonError,
)
from yiwang.kernel.casework.worklist.models import (
    BulkRow,
    Circulation,
    InkSignature,
    Phrase,
    Urge,
)
from yiwang.kernel.casework.worklist.tests import office
from yiwang.kernel.errors import NotFoundError, NotPermittedError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind", "notes")]

# A picture of one white pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"
)
INK = "data:image/png;base64," + base64.b64encode(PIXEL).decode()


@pytest.fixture
def zhang():
    return office.official("张三")


# 抄送、传阅


def test_a_copy_lets_one_see_and_confirm_but_never_act(zhang):
    reader, task = office.outsider("周知晓"), office.waiting()
    with pytest.raises(NotFoundError):
        see_task(reader, task.pk)

    (row,) = show_to(actor=zhang, task_id=task.pk, readers=[reader.account_id], note="供参考")

    assert see_task(reader, task.pk) == task
    assert inbox(reader) == []
    with pytest.raises(NotFoundError):
        act_in_turn(actor=reader, task_id=task.pk, act="to_0")
    claim_task(actor=zhang, task_id=task.pk)
    with pytest.raises(NotTheHolderError):
        act_in_turn(actor=reader, task_id=task.pk, act="to_0")
    assert row.read_at is None
    first = confirm_read(actor=reader, circulation_id=row.pk, remark="已阅，无意见")
    again = confirm_read(actor=reader, circulation_id=row.pk)
    assert (again.read_at, again.remark) == (first.read_at, "已阅，无意见")
    with pytest.raises(NotFoundError):
        confirm_read(actor=zhang, circulation_id=row.pk)


def test_nobody_is_sent_the_same_twice(zhang):
    one, two = office.outsider("周一"), office.outsider("吴二")
    task = office.waiting()
    show_to(actor=zhang, task_id=task.pk, readers=[one.account_id], kind="CIRCULATE")
    both = [one.account_id, two.account_id]
    rows = show_to(actor=zhang, task_id=task.pk, readers=both, kind="CIRCULATE")
    assert [row.reader_name for row in rows] == ["周一", "吴二"]
    before = office.everything()
    assert show_to(actor=zhang, task_id=task.pk, readers=both, kind="CIRCULATE") == rows
    assert office.everything() == before
    lines = CaseEvent.objects.filter(kind="task.circulated").order_by("pk")
    assert [line.title_zh for line in lines] == ["核对：张三传阅周一", "核对：张三传阅吴二"]
    assert Circulation.objects.count() == 2


def test_a_copy_that_cannot_be_sent_is_refused_whole(zhang):
    good, task, gone = office.outsider(), office.waiting(), office.outsider("钱离")
    office.close(gone)
    before = office.everything()
    for readers, error in (
        ([], OfficialUnknownError),
        ([good.account_id, gone.account_id], OfficialUnknownError),
        (list(range(1, 60)), TooManyError),
    ):
        with pytest.raises(error):
            show_to(actor=zhang, task_id=task.pk, readers=readers)
    with pytest.raises(NotFoundError):
        show_to(actor=good, task_id=task.pk, readers=[good.account_id])
    assert office.everything() == before


# 催办


def test_one_may_urge_once_an_hour_and_it_shows(zhang):
    li, wang, task = office.official("李四"), office.official("王五"), office.waiting()
    claim_task(actor=zhang, task_id=task.pk)
    at = now()
    with freeze(at):
        urge_task(actor=li, task_id=task.pk, words="申请人在窗口等")
        urge_task(actor=wang, task_id=task.pk)
        before = office.everything()
        with pytest.raises(UrgedTooSoonError):
            urge_task(actor=li, task_id=task.pk)
    with freeze(at + timedelta(minutes=59, seconds=59)), pytest.raises(UrgedTooSoonError):
        urge_task(actor=li, task_id=task.pk)
    assert office.everything() == before
    with freeze(at + timedelta(hours=1)):
        urge_task(actor=li, task_id=task.pk)
    assert Urge.objects.filter(task=task).count() == 3
    event = OutboxEvent.objects.filter(type="task.urged").order_by("time").first()
    assert event.data["holder"] == zhang.account_id
    line = CaseEvent.objects.filter(kind="task.urged").order_by("pk").first()
    assert line.title_zh == "核对：李四催办：申请人在窗口等"


def test_who_holds_it_need_not_urge_and_strangers_may_not(zhang):
    task, stranger = office.waiting(), office.outsider()
    claim_task(actor=zhang, task_id=task.pk)
    for actor, error in ((zhang, NothingToUrgeError), (stranger, NotFoundError)):
        with pytest.raises(error):
            urge_task(actor=actor, task_id=task.pk)
    with pytest.raises(TextTooLongError):
        urge_task(actor=office.official("李四"), task_id=task.pk, words="快" * 201)
    assert not Urge.objects.exists()


# 手写签名


def test_a_signature_is_kept_by_its_content_with_what_was_signed(zhang):
    task = office.waiting()
    act_in_turn(actor=zhang, task_id=task.pk, act="to_0", opinion="同意。", ink=INK)

    signature = InkSignature.objects.select_related("act", "file").get(act__task=task)
    with open_file(signature.file_id) as stream:
        assert stream.read() == PIXEL
    row, file = signature.act, signature.file
    assert signature.signed_digest == digest_of(row, office.fresh(task), file)
    row.opinion = "不同意。"
    assert signature.signed_digest != digest_of(row, office.fresh(task), file)
    act_in_turn(actor=zhang, task_id=task.pk, act="to_0", opinion="同意。", ink=INK)
    assert InkSignature.objects.count() == 1


@pytest.mark.parametrize(
    "ink",
    [
        "hello",
        "data:image/png;base64,!!!",
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:image/png;base64," + base64.b64encode(b"<script>").decode(),
        "data:image/png;base64," + "A" * (MOST_INK_BYTES * 2),
    ],
    ids=["text", "no base64", "svg", "no picture", "too large"],
)
def test_what_is_no_drawing_is_refused_and_nothing_is_done(zhang, ink):
    task = office.waiting()
    before = office.everything()
    with pytest.raises(InkRefusedError):
        act_in_turn(actor=zhang, task_id=task.pk, act="to_0", ink=ink)
    assert office.everything() == before


# 批量办理


def test_every_row_is_checked_on_its_own(zhang):
    li = office.official("李四")
    good, held, done = office.waiting(), office.waiting(), office.waiting()
    pair, other = office.waiting(signers=2), office.waiting(role="approver")
    strict = factories.begin(
        {"a": factories.task(acts={"to_0": factories.act("z", opinion="required")}), "z": END}
    )
    needs_words = factories.open_task(strict)
    claim_task(actor=li, task_id=held.pk)
    act_in_turn(actor=li, task_id=done.pk, act="to_0")
    chosen = [good, held, done, pair, other, needs_words]

    run = begin_bulk(actor=zhang, task_ids=[t.pk for t in chosen] + [good.pk], act="to_0")
    assert go_on_with_bulk(actor=zhang, run_id=run.pk) == 0

    rows = BulkRow.objects.filter(run=run).order_by("position")
    assert [(row.status, row.code) for row in rows] == [
        ("DONE", ""),
        ("REFUSED", "TASK_HELD"),
        ("REFUSED", "TASK_CLOSED"),
        ("SIGNED", ""),
        ("REFUSED", "NOT_FOUND"),
        ("REFUSED", "OPINION_REQUIRED"),
    ]
    hidden = rows.get(task_id=other.pk)
    assert (hidden.case_number, hidden.case_title) == ("", "")
    assert rows.get(task_id=held.pk).reason_zh == "这件待办正由李四办理"
    assert TaskAct.objects.filter(account_id=zhang.account_id).count() == 2
    before = office.everything()
    assert go_on_with_bulk(actor=zhang, run_id=run.pk) == 0
    assert office.everything() == before


END = factories.END


def test_a_run_goes_on_where_it_stopped_and_is_its_owners_alone(zhang):
    tasks = [office.waiting() for _ in range(5)]
    run = begin_bulk(actor=zhang, task_ids=[t.pk for t in tasks], act="to_0")
    assert go_on_with_bulk(actor=zhang, run_id=run.pk, limit=2) == 3
    with pytest.raises(NotFoundError):
        go_on_with_bulk(actor=office.official("李四"), run_id=run.pk)
    assert go_on_with_bulk(actor=zhang, run_id=run.pk) == 0
    assert Task.objects.filter(pk__in=[t.pk for t in tasks], status="DONE").count() == 5


def test_too_many_or_none_are_refused(zhang):
    for ids in ([], list(range(MOST_AT_ONCE + 1))):
        with pytest.raises(TooManyError):
            begin_bulk(actor=zhang, task_ids=ids, act="to_0")


# 常用语


def test_phrases_of_ones_own_and_of_the_unit(zhang):
    head, unit = office.leader(), office.post().organization_id
    mine = add_phrase(actor=zhang, text=" 材料齐全，同意受理。 ")
    assert mine.text == "材料齐全，同意受理。"
    assert add_phrase(actor=zhang, text="材料齐全，同意受理。") == mine
    units = add_phrase(actor=head, text="请按期办结。", unit=unit)
    with pytest.raises(NotPermittedError):
        add_phrase(actor=zhang, text="请按期办结。", unit=unit)
    with pytest.raises(NotPermittedError):
        remove_phrase(actor=zhang, phrase_id=units.pk)
    with pytest.raises(NotFoundError):
        remove_phrase(actor=head, phrase_id=mine.pk)
    with pytest.raises(NotFoundError):
        add_phrase(actor=head, text="x", unit="no.such.unit")
    for text, error in ((" ", ReasonMissingError), ("长" * 201, TextTooLongError)):
        with pytest.raises(error):
            add_phrase(actor=zhang, text=text)
    remove_phrase(actor=zhang, phrase_id=mine.pk)
    remove_phrase(actor=zhang, phrase_id=mine.pk)
    assert list(Phrase.objects.values_list("text", flat=True)) == ["请按期办结。"]


def test_phrases_have_an_end(zhang):
    for number in range(50):
        add_phrase(actor=zhang, text=f"常用语 {number}")
    with pytest.raises(TooManyError):
        add_phrase(actor=zhang, text="再来一条")
