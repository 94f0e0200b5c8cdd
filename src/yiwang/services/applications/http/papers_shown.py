"""How the desk says of each paper: how it was served, when, and what runs since."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.clocks.reading import read_all
from yiwang.kernel.casework.papers.models import Paper, PaperService
from yiwang.services.applications.desk_selectors import DeskCase
from yiwang.services.applications.http import desk_shown, shown

__all__ = [
    "PROOF_FIELDS",
    "extend_href",
    "method_titles",
    "paper_rows",
    "proof_title",
    "service_words",
]

Method = PaperService.Method


def method_titles() -> dict[str, str]:
    """Return the five ways of service in words."""
    return {
        "IN_PERSON": _("直接送达（本人或者同住成年家属签收）"),
        "POST": _("邮寄送达"),
        "ELECTRONIC": _("电子送达（受送达人同意）"),
        "LEFT": _("留置送达（拒绝签收）"),
        "PUBLIC_NOTICE": _("公告送达（满三十日视为送达）"),
    }


PROOF_FIELDS = {
    "IN_PERSON": ("signed_by", "relation"),
    "POST": ("carrier", "tracking_no", "address"),
    "ELECTRONIC": ("address", "consent_at", "consent_how"),
    "LEFT": ("place", "reason", "witnesses"),
    "PUBLIC_NOTICE": ("where", "reason", "address"),
}


def proof_title(name: str) -> str:
    """Return the words for a part of the proof of a service."""
    return {
        "signed_by": _("签收人"),
        "relation": _("与受送达人的关系"),
        "carrier": _("快递公司"),
        "tracking_no": _("邮件号"),
        "address": _("地址"),
        "consent_at": _("同意电子送达的时间"),
        "consent_how": _("怎么同意的"),
        "arrived_at": _("到达时间"),
        "place": _("留置地点"),
        "reason": _("事由"),
        "witnesses": _("见证人"),
        "where": _("公告载体"),
        "returned_for": _("退回原因"),
    }.get(name, name)


def paper_rows(view: DeskCase) -> list[dict[str, Any]]:
    """Return each paper of a case with its service and the receiver's periods."""
    by_subject: dict[str, list[Clock]] = {}
    for clock in view.clocks:
        if clock.subject:
            by_subject.setdefault(clock.subject, []).append(clock)
    readings = read_all(clock for rows in by_subject.values() for clock in rows)
    return [
        {
            "title": row.content["title"],
            "number": row.number,
            "at": row.issued_at,
            "addressee": row.addressee,
            "service": service_words(row),
            "is_served": _state(row) == PaperService.State.SERVED,
            "is_posted": _is_posted(row),
            "proof": [
                (proof_title(name), "、".join(value) if isinstance(value, list) else value)
                for service in list(row.services.all())[-1:]
                for name, value in service.proof.items()
                if name not in ("consent_at", "arrived_at") or service.method != Method.ELECTRONIC
            ],
            "since": [
                shown.either(readings[clock.pk].zh, readings[clock.pk].en) + f"（{clock.source}）"
                for clock in by_subject.get(f"paper:{row.pk}", [])
            ],
            "serve_href": reverse("desk:serve", args=[view.case.number, row.pk]),
        }
        for row in view.papers
    ]


def extend_href(view: DeskCase) -> str:
    """Return where the limit of the decision is extended, while that is possible."""
    can = any(
        clock.kind == "decision"
        and clock.stopped_at is None
        and clock.extension_allowed
        and not clock.extended_amount
        for clock in view.clocks
    )
    return reverse("desk:extend", args=[view.case.number]) if can else ""


def service_words(paper: Paper) -> str:
    """Return how a paper was served, or that it is not."""
    services = list(paper.services.all())
    if not services:
        return _("未送达")
    last = services[-1]
    words = {
        "way": last.get_method_display(),
        "at": desk_shown.moment(last.served_at or last.begun_at),
    }
    return {
        PaperService.State.SERVED: _("%(way)s，%(at)s送达"),
        PaperService.State.ON_THE_WAY: _("%(way)s，%(at)s发出，尚未送达"),
        PaperService.State.RETURNED: _("%(way)s，%(at)s发出，被退回"),
    }[PaperService.State(last.state)] % words


def _state(paper: Paper) -> str:
    services = list(paper.services.all())
    return services[-1].state if services else ""


def _is_posted(paper: Paper) -> bool:
    return any(
        one.method == Method.POST and one.state == PaperService.State.ON_THE_WAY
        for one in paper.services.all()
    )
