"""送达: how a paper reached the person, with its proof; the date starts the receiver's periods."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import LOCAL_ZONE, now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.files.models import FileStatus, StoredFile
from yiwang.kernel.casework.cases.actions.cases import lock_case, tell
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks import facade as clocks
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.papers.errors import (
    PaperNotOnTheWayError,
    PaperServedError,
    PaperServiceError,
)
from yiwang.kernel.casework.papers.models import Paper, PaperService, PaperServiceFile
from yiwang.kernel.casework.papers.serving import MOST_CHARACTERS, RESULTS, WAYS, read_proof

MAY_SERVE = ("case.window", "case.receive", "case.decide")
MOST_FILES = 10

Method = PaperService.Method
State = PaperService.State


def serve_paper(
    *,
    actor: Actor,
    paper: Paper,
    method: str,
    proof: Mapping[str, Any],
    files: Sequence[int] = (),
    at: datetime | None = None,
) -> PaperService:
    """送达: record how a paper was served, or that it is on its way (posted, published).

    Saying the same again changes nothing. The first service counts: later ones are refused, for
    the periods of the receiver run from it. ``at`` is when it was handed over, left or arrived.
    Source: 民事诉讼法 88-91, 95 (2023).

    :raises PaperServiceError: the way, a part of its proof, a file or the time is not right.
    :raises PaperServedError: it was served before, in another way.
    :raises NotPermittedError: the actor takes in or decides no cases of this unit and place.
    """
    told = read_proof(method, proof, files)
    with transaction.atomic():
        case = lock_case(paper.case_id)
        _require(actor, case)
        known = _same(paper, method, told)
        if known is not None:
            return known
        moment = _moment(paper, at)
        way = WAYS[method]
        service = PaperService.objects.create(
            paper=paper,
            method=method,
            state=State.SERVED if way.counts_at_once else State.ON_THE_WAY,
            begun_at=moment,
            served_at=moment if way.counts_at_once else None,
            proof=told,
            recorded_by_id=actor.account_id,
        )
        _keep_files(actor, service, files)
        audit.record(
            actor, "paper.serve", "paper", paper.pk, case_id=case.pk, details={"method": method}
        )
        if service.state == State.SERVED:
            _count(case, paper, service, actor)
        else:
            if method == Method.PUBLIC_NOTICE:
                _publish(case, paper, moment)
            _tell(case, paper, service, actor, "已发出", "is on its way")
        return service


def report_post(
    *,
    actor: Actor,
    paper: Paper,
    is_delivered: bool,
    at: datetime,
    note: str,
    files: Sequence[int] = (),
) -> PaperService:
    """邮寄回执: the item was signed for on a day, or came back.

    ``note`` names who signed, or why it came back. The date on the receipt is the date of service.
    Source: 民事诉讼法 91 (2023).

    :raises PaperNotOnTheWayError: it is not in the post (any more).
    :raises PaperServiceError: no note, or a day before it was posted or in the future.
    :raises NotPermittedError: as :func:`serve_paper`.
    """
    note = note.strip()
    if not note or len(note) > MOST_CHARACTERS:
        raise PaperServiceError(field="note")
    with transaction.atomic():
        case = lock_case(paper.case_id)
        _require(actor, case)
        posted = paper.services.filter(method=Method.POST).order_by("-id").first()
        if posted is None:
            raise PaperNotOnTheWayError
        wanted = State.SERVED if is_delivered else State.RETURNED
        if posted.state != State.ON_THE_WAY:
            if posted.state == wanted:
                return posted
            raise PaperNotOnTheWayError
        _not_yet_served(paper)
        if not posted.begun_at <= at <= now():
            raise PaperServiceError(field="at")
        posted.state = wanted
        posted.served_at = at if is_delivered else None
        posted.proof = {**posted.proof, "signed_by" if is_delivered else "returned_for": note}
        posted.save(update_fields=["state", "served_at", "proof"])
        _keep_files(actor, posted, files)
        audit.record(
            actor,
            "paper.post",
            "paper",
            paper.pk,
            case_id=case.pk,
            details={"delivered": is_delivered},
        )
        if is_delivered:
            _count(case, paper, posted, actor)
        else:
            _tell(case, paper, posted, actor, "邮寄退回", "came back")
        return posted


def serve_in_inbox(
    *, case: Case, paper: Paper, actor: Actor, consent_at: datetime, consent_how: str
) -> PaperService:
    """电子送达 into the person's own inbox here, with the consent that choosing it gave.

    Arrival in the system is service. Source: 民事诉讼法 90 (2023).
    """
    at = now()
    service = PaperService.objects.create(
        paper=paper,
        method=Method.ELECTRONIC,
        state=State.SERVED,
        begun_at=at,
        served_at=at,
        proof={
            "address": INBOX,
            "consent_at": consent_at.isoformat(),
            "consent_how": consent_how,
            "arrived_at": at.isoformat(),
        },
        recorded_by_id=actor.account_id,
    )
    _begin_periods(case, paper, at)
    return service


INBOX = "政务服务门户“我的”"
"""The address of electronic service: the inbox of the person's own account."""


def deem_served(case: Case, clock: Clock, at: datetime) -> None:
    """公告期满视为送达, on the last day of the notice. Source: 民事诉讼法 95 (2023)."""
    paper = Paper.objects.get(pk=int(clock.subject.removeprefix("paper:")), case=case)
    service = paper.services.filter(method=Method.PUBLIC_NOTICE, state=State.ON_THE_WAY).first()
    clocks.stop_clock(
        case=case, kind=NOTICE, subject=clock.subject, at=at, outcome=clocks.ClockOutcome.MET
    )
    if service is None or paper.services.filter(state=State.SERVED).exists():
        return
    service.state = State.SERVED
    service.served_at = clock.due_at
    service.save(update_fields=["state", "served_at"])
    audit.record(
        SYSTEM,
        "paper.serve",
        "paper",
        paper.pk,
        case_id=case.pk,
        details={"method": Method.PUBLIC_NOTICE},
    )
    _count(case, paper, service, SYSTEM)


NOTICE = "public_notice_service"


def _publish(case: Case, paper: Paper, at: datetime) -> None:
    clocks.start_clock(
        case=case,
        kind=NOTICE,
        limit=clocks.limit_on(NOTICE, at.astimezone(LOCAL_ZONE).date()),
        started_at=at,
        calendar_key=case.division_id[:4],
        subject=f"paper:{paper.pk}",
    )


def _count(case: Case, paper: Paper, service: PaperService, actor: Actor) -> None:
    """The paper is served: the receiver's periods begin, the organ's limit for delivery ends."""
    assert service.served_at is not None
    _begin_periods(case, paper, service.served_at)
    if service.method != Method.PUBLIC_NOTICE:
        # Whoever gets it in another way while the notice hangs is served by that.
        clocks.stop_clock(
            case=case,
            kind=NOTICE,
            subject=f"paper:{paper.pk}",
            outcome=clocks.ClockOutcome.CANCELLED,
        )
    if paper.kind in RESULTS:
        clocks.stop_clock(case=case, kind="delivery", at=service.served_at)
    _tell(case, paper, service, actor, "已送达", "is served")


def _begin_periods(case: Case, paper: Paper, at: datetime) -> None:
    for key in paper.starts:
        clocks.start_clock(
            case=case,
            kind=key,
            limit=clocks.limit_on(key, at.astimezone(LOCAL_ZONE).date()),
            started_at=at,
            calendar_key=case.division_id[:4],
            subject=f"paper:{paper.pk}",
        )
    events.emit("paper.served", paper.number, {"paper": paper.pk, "case": case.pk})


def _tell(case: Case, paper: Paper, service: PaperService, actor: Actor, zh: str, en: str) -> None:
    tell(
        case,
        kind="paper.served",
        title_zh=f"{paper.content['title']}（{paper.number}）{service.get_method_display()}：{zh}",
        title_en=f"Paper {paper.number} {en} ({service.method.replace('_', ' ').lower()})",
        actor=actor,
        details={"paper": paper.pk, "service": service.pk},
    )


def _same(paper: Paper, method: str, proof: Mapping[str, Any]) -> PaperService | None:
    """Return the service that says the same already.

    :raises PaperServedError: another one counts.
    """
    for service in paper.services.exclude(state=State.RETURNED).order_by("id"):
        is_same = service.method == method and all(
            service.proof.get(name) == value for name, value in proof.items()
        )
        if is_same:
            return service
        if service.method == method and service.state == State.ON_THE_WAY:
            raise PaperServiceError(
                "这份文书正在按这种方式送达，请先登记结果",
                "The paper is on its way like this already; record how that ended.",
                field="method",
            )
    _not_yet_served(paper)
    return None


def _not_yet_served(paper: Paper) -> None:
    served = paper.services.filter(state=State.SERVED).first()
    if served is not None:
        raise PaperServedError(served_at=served.served_at, method=served.method)


def _moment(paper: Paper, at: datetime | None) -> datetime:
    moment = at or now()
    if not paper.issued_at <= moment <= now():
        raise PaperServiceError(
            "送达时间不能早于制发时间，也不能晚于现在",
            "Service lies neither before the paper was issued nor in the future.",
            field="at",
        )
    return moment


def _keep_files(actor: Actor, service: PaperService, files: Sequence[int]) -> None:
    wanted = sorted(set(files))
    own = StoredFile.objects.filter(
        pk__in=wanted, uploaded_by_id=actor.account_id, status=FileStatus.OK
    )
    found = set(own.values_list("pk", flat=True))
    if len(wanted) > MOST_FILES or found != set(wanted):
        raise PaperServiceError(field="files")
    at = now()
    PaperServiceFile.objects.bulk_create(
        PaperServiceFile(service=service, file_id=pk, added_at=at) for pk in wanted
    )


def _require(actor: Actor, case: Case) -> None:
    place = {"org_path": case.org_path, "division_path": case.division_path}
    if not any(access.allowed(actor, key, **place) for key in MAY_SERVE):
        access.require(actor, "case.receive", **place)
