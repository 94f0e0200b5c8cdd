"""申请一件事: one submission becomes one whole with its parts, all of it or nothing."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.errors import AssuranceTooLowError
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.crypto.facade import canonical_json, sign_record
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.actions.cases import open_case, tell
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.forms.models import Draft
from yiwang.kernel.casework.forms.selectors import get_form
from yiwang.kernel.casework.rules import feel
from yiwang.kernel.errors import (
    DomainError,
    FieldProblem,
    InvalidInputError,
    NotPermittedError,
)
from yiwang.services.applications.actions.applications import (
    Submission,
    Supplied,
    submit_application,
)
from yiwang.services.applications.actions.windows import require_window
from yiwang.services.applications.errors import CircumstanceStopsError, ClientIdTakenError
from yiwang.services.applications.facts import applicant_facts
from yiwang.services.applications.rules.materials import (
    asked_circumstances,
    check_circumstances,
    stop_of,
)
from yiwang.services.themes.actions.following import follow
from yiwang.services.themes.errors import NothingChosenError, ThemeNotHereError
from yiwang.services.themes.models import KIND, ThemeApplication, ThemePart, ThemeVersion
from yiwang.services.themes.rules.merging import name_in_theme, part_answers, part_materials
from yiwang.services.themes.selectors import Offer, get_theme, offer_at

__all__ = ["ThemeSubmission", "chosen_parts", "submit_theme"]


@dataclass(frozen=True, slots=True)
class ThemeSubmission:
    """A theme as it is submitted, by any channel; ``client_id`` makes repeating it safe."""

    theme: str
    division_code: str
    client_id: uuid.UUID
    party_id: int
    circumstances: Mapping[str, Any] = field(default_factory=dict)
    form_data: Mapping[str, Any] = field(default_factory=dict)
    materials: Mapping[str, Supplied] = field(default_factory=dict)
    checks: Mapping[str, Any] = field(default_factory=dict)
    delivery: str = "ELECTRONIC"


def chosen_parts(content: Mapping[str, Any], facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the parts that the answers call for, in the order of the theme."""
    return [
        part
        for part in content["parts"]
        if "when" not in part or feel.compile(part["when"])(facts) is True
    ]


def submit_theme(*, actor: Actor, submission: ThemeSubmission) -> ThemeApplication:
    """提交一件事: check everything, open the whole, and send each part to its department at once.

    A part that waits for another is checked and signed too, and begins when that is granted.
    The same ``client_id`` again gives the whole that exists.

    :raises NotPermittedError: the actor does not act for the party, or has no window here.
    :raises ThemeNotHereError, NothingChosenError, CircumstanceStopsError:
    :raises InvalidInputError: with every problem, by the names that the theme gives the fields.
    """
    if submission.party_id != actor.acting_for_id:
        raise NotPermittedError
    try:
        with transaction.atomic():
            return _submit(actor, submission)
    except (IntegrityError, DomainError) as error:
        submitted = ThemeApplication.objects.filter(client_id=submission.client_id)
        existing = (
            submitted.select_related("case").filter(case__party_id=submission.party_id).first()
        )
        if existing is not None:
            return existing
        if isinstance(error, IntegrityError) and submitted.exists():
            raise ClientIdTakenError from error
        raise


def _submit(actor: Actor, submission: ThemeSubmission) -> ThemeApplication:
    version = get_theme(submission.theme)
    offer = offer_at(version, submission.division_code)
    content = version.content
    if actor.is_official:
        require_window(actor, org_path=offer.lead.path, division_path=offer.division.path)
    elif actor.assurance_level < content["assurance_level"]:
        raise AssuranceTooLowError(needed=content["assurance_level"])
    party = Party.objects.get(pk=submission.party_id)
    facts = _checked(version, party, submission)
    parts = chosen_parts(content, facts)
    if not parts:
        raise NothingChosenError
    if any(part["key"] not in offer.parts for part in parts):
        raise ThemeNotHereError
    at = now()
    case = open_case(
        actor=actor,
        kind=KIND,
        title=version.title_zh,
        title_en=version.title_en,
        organization=offer.lead,
        division=offer.division,
        party=party,
        agent_id=actor.party_id if actor.party_id != party.pk else None,
        at=at,
    )
    digest, signature = _sign(actor, case, version, submission, facts)
    application = ThemeApplication.objects.create(
        case=case,
        version=version,
        theme_key=content["key"],
        client_id=submission.client_id,
        circumstances=facts["circumstances"],
        form_data=facts["form"],
        checks=dict(submission.checks),
        received_at=at,
        delivery=submission.delivery,
        signed_digest=digest,
        signature=signature,
        signer_level=actor.assurance_level,
    )
    tell(
        case,
        kind="case.received",
        title_zh=f"已收到“{version.title_zh}”申请（{case.number}），并联办理 {len(parts)} 项",
        title_en=f"Application received, number {case.number}; {len(parts)} items begin from it",
        actor=actor,
        organization_name=offer.lead.name,
    )
    _send_parts(actor, application, submission, facts, parts, offer)
    audit.record(
        actor,
        "theme.submit",
        "case",
        case.number,
        case_id=case.pk,
        details={"theme": content["key"], "parts": [part["key"] for part in parts]},
    )
    events.emit("case.received", case.number, {"case": case.pk, "theme": content["key"]})
    Draft.objects.filter(client_id=submission.client_id, account_id=actor.account_id).update(
        submitted_case_id=case.pk
    )
    follow(case.pk)
    return application


def _checked(version: ThemeVersion, party: Party, submission: ThemeSubmission) -> dict[str, Any]:
    """Return the facts of the theme with the answers to what it asks, and nothing else."""
    content = version.content
    given = submission.circumstances
    stop = stop_of(content, given)
    if stop is not None:
        raise CircumstanceStopsError(*stop)
    problems = check_circumstances(content, given)
    asked = [question["key"] for question in asked_circumstances(content, given)]
    circumstances = {key: given[key] for key in asked if key in given}
    facts: dict[str, Any] = {
        "circumstances": circumstances,
        "form": dict(submission.form_data),
        "applicant": applicant_facts(party),
        "checks": submission.checks,
    }
    form = get_form(version.form_id)
    problems += form.check(submission.form_data, facts)
    if submission.delivery not in content["delivery"]:
        problems.append(_delivery_unknown())
    known = {material["key"] for material in content["materials"]}
    problems += [
        _unknown(f"materials.{key}") for key in sorted(submission.materials.keys() - known)
    ]
    if problems:
        raise InvalidInputError(problems=problems)
    return facts | {"form": form.clean(submission.form_data, facts)}


def _send_parts(
    actor: Actor,
    application: ThemeApplication,
    submission: ThemeSubmission,
    facts: Mapping[str, Any],
    parts: list[Mapping[str, Any]],
    offer: Offer,
) -> None:
    """并联分派: open every part under the whole; those that wait for none begin at once.

    :raises InvalidInputError: with the problems of all parts together.
    """
    content = application.version.content
    chosen = {part["key"] for part in parts}
    problems: dict[str, FieldProblem] = {}
    for position, part in enumerate(parts):
        after = [key for key in part.get("after", []) if key in chosen]
        results = {
            name: one for name, one in part.get("results", {}).items() if one["part"] in after
        }
        circumstances, form = part_answers(content, part, facts)
        implementation = offer.parts[part["key"]]
        try:
            sent = submit_application(
                actor=actor,
                submission=Submission(
                    implementation_code=implementation.code,
                    client_id=uuid.uuid5(submission.client_id, part["key"]),
                    party_id=submission.party_id,
                    circumstances=circumstances,
                    form_data=form,
                    materials=part_materials(content, part["key"], submission.materials),
                    checks=submission.checks,
                    delivery=_delivery_of(implementation, submission.delivery),
                    parent=application.case,
                    begins=not after,
                    later=frozenset(results),
                ),
            )
        except InvalidInputError as error:
            for problem in error.problems:
                name = name_in_theme(content, part["key"], problem.field)
                problems.setdefault(name, _renamed(problem, name))
            continue
        ThemePart.objects.create(
            application=application,
            key=part["key"],
            position=position,
            case=sent.case,
            after=after,
            results=results,
            begun_at=None if after else application.received_at,
        )
        tell(
            application.case,
            kind="part.sent",
            title_zh=f"“{sent.case.title}”已转{implementation.organization.name}"
            + ("，等前面的事项办成后开始" if after else "办理"),
            title_en=f"{sent.case.title_en} goes to {implementation.organization.name}"
            + (", to begin once what comes first is granted" if after else ""),
            actor=actor,
            organization_name=implementation.organization.name,
            details={"part": sent.case.number},
        )
    if problems:
        raise InvalidInputError(problems=list(problems.values()))


def _delivery_of(implementation: Any, wanted: str) -> str:
    """Return how one item hands over its result; what it cannot do is done for the whole."""
    ways = implementation.version.content.get("delivery", ["ELECTRONIC"])
    return wanted if wanted in ways else str(ways[0])


def _renamed(problem: FieldProblem, name: str) -> FieldProblem:
    return FieldProblem(
        name,
        problem.code,
        problem.reason_zh,
        problem.reason_en,
        problem.mend_zh,
        problem.mend_en,
    )


def _sign(
    actor: Actor,
    case: Case,
    version: ThemeVersion,
    submission: ThemeSubmission,
    facts: Mapping[str, Any],
) -> tuple[str, str]:
    """Sign the whole in the name of who is signed in. Source: 国令第716号 第八条 (2019)."""
    content = {
        "case": case.number,
        "theme": version.content["key"],
        "version": version.version,
        "circumstances": _text_only(facts["circumstances"]),
        "form": _text_only(facts["form"]),
        "materials": {key: one.source for key, one in submission.materials.items()},
    }
    digest = hashlib.sha256(canonical_json(content)).hexdigest()
    signature = sign_record(
        {
            "signer": actor.account_id,
            "party": case.party_id,
            "level": actor.assurance_level,
            "digest": digest,
            "at": case.opened_at.isoformat(),
        }
    )
    return digest, signature.compact


def _text_only(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Signed content holds text: a fraction has no single canonical writing."""
    return {
        key: [str(one) for one in value] if isinstance(value, list) else str(value)
        for key, value in answers.items()
    }


def _unknown(name: str) -> FieldProblem:
    return FieldProblem(
        name, "UNKNOWN", "没有这一项", "There is no such entry.", "请去掉", "Remove it."
    )


def _delivery_unknown() -> FieldProblem:
    return FieldProblem(
        "delivery",
        "DELIVERY_UNKNOWN",
        "这件事不能这样取件",
        "The results cannot be had in this way.",
        "请从列出的取件方式中选择",
        "Choose one of the ways that are listed.",
    )
