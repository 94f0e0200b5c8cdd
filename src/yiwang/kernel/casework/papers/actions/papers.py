"""文书: issue under a number, serve with proof, draw when first read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.files.facade import MediaType, store_made
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.papers.models import Paper, PaperService
from yiwang.kernel.casework.papers.wording import Wording
from yiwang.kernel.trust.seals import facade as seals


def next_paper_number(organization: Organization, word: str, at: datetime) -> str:
    """Return the next number of the unit's book for the year, without gaps.

    The book's row stays locked until the act commits: a number that was given is a paper that
    exists.
    """
    year = at.astimezone().year
    book = f"{organization.code}/{word}/{year}"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO papers_papernumberbook (book, last) VALUES (%s, 1) "
            "ON CONFLICT (book) DO UPDATE SET last = papers_papernumberbook.last + 1 "
            "RETURNING last",
            [book],
        )
        (value,) = cursor.fetchone()
    return f"{organization.paper_prefix}{word}〔{year}〕{value}号"


def issue_paper(
    *,
    case: Case,
    kind: str,
    organization: Organization,
    wording: Wording,
    actor: Actor,
    facts: Mapping[str, Any] | None = None,
) -> Paper:
    """制发文书: number it, keep its words, and serve it electronically at once.

    Electronic service needs the person's consent, which submitting online gives; at a window the
    clerk hands over a print and records it (:func:`record_service`).
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
            "facts": dict(facts or {}),
        },
        seal_kind=wording.seal_kind,
        issued_at=at,
        issued_by_id=actor.account_id,
    )
    record_service(paper=paper, method=PaperService.Method.ELECTRONIC, proof={"inbox": True})
    audit.record(actor, "paper.issue", "paper", paper.pk, case_id=case.pk, details={"kind": kind})
    tell(
        case,
        kind=f"paper.{kind.lower()}",
        title_zh=f"{wording.title}（{paper.number}）已送达",
        title_en=f"Paper served: {kind.replace('_', ' ').lower()} ({paper.number})",
        actor=actor,
        organization_name=organization.name,
        details={"paper": paper.pk},
    )
    return paper


def record_service(*, paper: Paper, method: str, proof: Mapping[str, Any]) -> PaperService:
    """送达: record how and when the paper reached the person."""
    return PaperService.objects.create(
        paper=paper, method=method, served_at=now(), proof=dict(proof)
    )


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
                "date": f"{paper.issued_at.astimezone():%Y年%-m月%-d日}",
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
