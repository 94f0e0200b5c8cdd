"""文书用语: the legal text of each kind of paper, filled in for one case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yiwang.kernel.base.calendars import LOCAL_ZONE
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.papers.templates import (
    DEEMED_ACCEPTANCE,
    DEEMED_RENEWAL,
    REMEDY,
    fill,
    read_template,
)

__all__ = ["REMEDY", "Wording", "word_paper", "written_day"]


@dataclass(frozen=True, slots=True)
class Wording:
    """What a paper says, before number, unit and date."""

    title: str
    body: tuple[str, ...]
    remedy: str
    seal_kind: str
    word: str


def written_day(at: datetime) -> str:
    """Return a day as papers write it."""
    return f"{at.astimezone(LOCAL_ZONE):%Y年%-m月%-d日}"


def word_paper(
    kind: str,
    *,
    title: str,
    received_at: datetime,
    reason: str = "",
    points: Sequence[str] = (),
    extra: Sequence[str] = (),
    is_licensing: bool = True,
    is_deemed: bool = False,
    template: Mapping[str, Any] | None = None,
    **facts: str,
) -> Wording:
    """Return the text of one kind of paper about the application named ``title``.

    ``is_deemed`` is an acceptance or a renewal by lapse of time: nobody examined it. ``template``
    holds a pack's own words; ``facts`` are the further names of ``templates.NAMES``.

    An item that is no licence (confirmation, public service) follows the Licensing Law by analogy
    where its own law is silent, and its paper says so.

    :raises KeyError: when the kind is not one of :class:`Paper.Kind`.
    :raises PaperTemplateError: when the pack's words ask for something that is not there.
    """
    known: dict[str, Any] = {
        "asked": f"您于{written_day(received_at)}提出的“{title}”申请",
        "item": title,
        "received_date": written_day(received_at),
        "law": ("根据" if is_licensing else "参照") + "《中华人民共和国行政许可法》",
        "refused": "不予许可" if is_licensing else "不予办理",
        "reason": reason,
        "points": points,
        "extra": extra,
        **facts,
    }
    used = read_template(kind, template or {})
    lines = used.lines
    if is_deemed:
        lines = DEEMED_RENEWAL if kind == Paper.Kind.GRANT else DEEMED_ACCEPTANCE
    return Wording(
        title=fill(used.title, known)[0],
        body=tuple(part for line in lines for part in fill(line, known)),
        remedy=used.remedy,
        seal_kind=used.seal_kind,
        word=used.word,
    )
