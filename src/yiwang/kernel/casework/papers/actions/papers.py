"""文书: issue under a number, serve with proof, draw when first read."""

from datetime import datetime

from django.db import connection, transaction

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import LOCAL_ZONE, now
from yiwang.kernel.base.files.facade import MediaType, store_made
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.papers.actions.serving import serve_in_inbox
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.papers.serving import STARTS
from yiwang.kernel.casework.papers.wording import Wording
from yiwang.kernel.trust.seals import facade as seals


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
    consent: tuple[datetime, str] | None = None,
    addressee: Party | None = None,
    addressee_name: str = "",
    is_public: bool = True,
) -> Paper:
    """制发文书: number it, keep its words, and serve it electronically at once where lawful.

    Electronic service needs the person's consent (``wants_electronic``), which choosing electronic
    delivery gives: ``consent`` says when and how, the opening of the case unless told otherwise.
    Else somebody serves it and records that (``serving.serve_paper``). The addressee is the case's
    party unless another is named, who may be no party that is known here. ``is_public`` False
    keeps the line of the timeline from the applicant. Source: 民事诉讼法 第九十条 (2023).
    """
    at = now()
    is_own = addressee is None and not addressee_name
    paper = Paper.objects.create(
        case=case,
        kind=kind,
        number=next_paper_number(organization, wording.word, at),
        organization=organization,
        addressee=addressee_name or (addressee or case.party).name,
        addressee_party=case.party if is_own else addressee,
        content={
            "title": wording.title,
            "body": list(wording.body),
            "remedy": wording.remedy,
        },
        starts=list(STARTS.get(kind, ())),
        seal_kind=wording.seal_kind,
        issued_at=at,
        issued_by_id=actor.account_id,
    )
    wants_electronic = wants_electronic and is_own
    if wants_electronic:
        consent_at, consent_how = consent or (case.opened_at, "APPLICATION")
        serve_in_inbox(
            case=case, paper=paper, actor=actor, consent_at=consent_at, consent_how=consent_how
        )
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
        is_public=is_public,
    )
    return paper


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
