"""文书: issue under a number, serve with proof, draw when first read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import LOCAL_ZONE, now
from yiwang.kernel.base.files.facade import MediaType, store_made
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.cases.actions.cases import lock_case, tell
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.papers.errors import PaperServiceError
from yiwang.kernel.casework.papers.models import Paper, PaperService
from yiwang.kernel.casework.papers.wording import Wording
from yiwang.kernel.trust.seals import facade as seals

MOST_RECEIPT_CHARACTERS = 200


def next_paper_number(organization: Organization, word: str, at: datetime) -> str:
    """Return the next number of the unit's book for the year, without gaps.

    The book's row stays locked until the act commits: a number that was given is a paper that
    exists. Units with the same 机关代字 share a book, since their numbers would read alike.
    """
    year = at.astimezone(LOCAL_ZONE).year
    prefix = organization.paper_prefix
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO papers_papernumberbook (book, last) VALUES (%s, 1) "
            "ON CONFLICT (book) DO UPDATE SET last = papers_papernumberbook.last + 1 "
            "RETURNING last",
            [f"{prefix}/{word}/{year}"],
        )
        (value,) = cursor.fetchone()
    return f"{prefix}{word}〔{year}〕{value}号"


def issue_paper(
    *,
    case: Case,
    kind: str,
    organization: Organization,
    wording: Wording,
    actor: Actor,
    wants_electronic: bool = True,
) -> Paper:
    """制发文书: number it, keep its words, and serve it electronically at once where lawful.

    Electronic service needs the person's consent (``wants_electronic``), which choosing electronic
    delivery gives; else somebody hands it over or posts it and records that
    (:func:`serve_paper`). Source: 民事诉讼法 第九十条 (2023).
    """
    at = now()
    paper = Paper.objects.create(
        case=case,
        kind=kind,
        number=next_paper_number(organization, wording.word, at),
        organization=organization,
        addressee=case.party.name,
        content={
            "title": wording.title,
            "body": list(wording.body),
            "remedy": wording.remedy,
        },
        seal_kind=wording.seal_kind,
        issued_at=at,
        issued_by_id=actor.account_id,
    )
    if wants_electronic:
        _record_service(paper, PaperService.Method.ELECTRONIC, at, {"inbox": True})
    audit.record(actor, "paper.issue", "paper", paper.pk, case_id=case.pk, details={"kind": kind})
    done_zh, done_en = ("已送达", "served") if wants_electronic else ("已制发", "issued")
    tell(
        case,
        kind=f"paper.{kind.lower()}",
        title_zh=f"{wording.title}（{paper.number}）{done_zh}",
        title_en=f"Paper {done_en}: {kind.replace('_', ' ').lower()} ({paper.number})",
        actor=actor,
        organization_name=organization.name,
        details={"paper": paper.pk},
    )
    return paper


def serve_paper(*, actor: Actor, paper: Paper, method: str, receipt: str) -> PaperService:
    """送达: record that the paper was handed over or posted; ``receipt`` says by which proof.

    Saying the same again changes nothing: the first service counts, it starts the person's clocks.

    :raises PaperServiceError: the method is none that leaves a receipt, or no proof is named.
    :raises NotPermittedError: the actor takes in no cases of this unit and place.
    """
    if method not in (PaperService.Method.IN_PERSON, PaperService.Method.POST):
        raise PaperServiceError(field="method")
    if not receipt.strip() or len(receipt) > MOST_RECEIPT_CHARACTERS:
        raise PaperServiceError(field="receipt")
    with transaction.atomic():
        case = lock_case(paper.case_id)
        place = {"org_path": case.org_path, "division_path": case.division_path}
        if not access.allowed(actor, "case.window", **place):
            access.require(actor, "case.receive", **place)
        known = paper.services.filter(method=method).order_by("id").first()
        if known is not None:
            return known
        service = _record_service(paper, method, now(), {"receipt": receipt.strip()})
        audit.record(
            actor, "paper.serve", "paper", paper.pk, case_id=case.pk, details={"method": method}
        )
        tell(
            case,
            kind="paper.served",
            title_zh=f"{paper.content['title']}（{paper.number}）{service.get_method_display()}",
            title_en=f"Paper served ({paper.number})",
            actor=actor,
            details={"paper": paper.pk},
        )
        return service


def _record_service(
    paper: Paper, method: str, at: datetime, proof: Mapping[str, Any]
) -> PaperService:
    return PaperService.objects.create(paper=paper, method=method, served_at=at, proof=dict(proof))


def draw_paper(paper: Paper) -> StoredFile:
    """Return the sealed PDF, drawn and sealed when it is first asked for, the same ever after."""
    if paper.file is not None:
        return paper.file
    with transaction.atomic():
        paper = (
            Paper.objects.select_for_update(of=("self",))
            .select_related("organization", "case", "file")
            .get(pk=paper.pk)
        )
        if paper.file is not None:
            return paper.file
        pdf = seals.draw_document(
            "paper",
            {
                "title": paper.content["title"],
                "number": paper.number,
                "addressee": paper.addressee,
                "body": paper.content["body"],
                "remedy": paper.content["remedy"],
                "unit": paper.organization.name,
                "date": f"{paper.issued_at.astimezone(LOCAL_ZONE):%Y年%-m月%-d日}",
                "case_number": paper.case.number,
            },
        )
        sealed = seals.seal_document(
            pdf=pdf,
            unit_code=paper.organization_id,
            seal_kind=paper.seal_kind,
            actor=SYSTEM,
            document_key=f"paper:{paper.number}",
        )
        paper.file = store_made(
            content=sealed, name=f"{paper.number}.pdf", media_type=MediaType.PDF
        )
        paper.save(update_fields=["file"])
        return paper.file
