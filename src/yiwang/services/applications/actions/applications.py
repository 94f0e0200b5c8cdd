"""申请: submit, supply what was asked, withdraw."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from yiwang.kernel import acts
from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.errors import AssuranceTooLowError
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.crypto.facade import canonical_json, sign_record
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.base.parties.facade import acts_within_mandate
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.actions.cases import conclude_case, lock_case, open_case, tell
from yiwang.kernel.casework.cases.models import Case, CaseFile
from yiwang.kernel.casework.forms.models import Draft
from yiwang.kernel.casework.forms.selectors import get_form
from yiwang.kernel.casework.process.actions.tasks import signal_case, start_process
from yiwang.kernel.casework.process.engine import Move, get_process
from yiwang.kernel.errors import DomainError, FieldProblem, InvalidInputError, NotFoundError
from yiwang.kernel.registers.licences.actions.licences import use_licence
from yiwang.kernel.registers.payments import facade as payments
from yiwang.services.applications import limits
from yiwang.services.applications.errors import (
    CaseConcludedError,
    CircumstanceStopsError,
    CorrectionNotAskedError,
    ItemNotOnlineError,
    MandateTooNarrowError,
    PromiseBarredError,
)
from yiwang.services.applications.facts import applicant_facts, attach
from yiwang.services.applications.models import (
    Application,
    ApplicationMaterial,
)
from yiwang.services.applications.rules.materials import (
    AskedMaterial,
    asked_materials,
    check_circumstances,
    stop_of,
)
from yiwang.services.items.models import ImplementationItem, ItemVersion
from yiwang.services.items.selectors import get_version


@dataclass(frozen=True, slots=True)
class Supplied:
    """What stands for one asked material: a file, a licence, a promise, shared data, or paper."""

    source: str
    file_id: int | None = None
    licence_id: int | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A whole application as it is submitted, by any channel.

    ``client_id`` is made once when the form is opened: submitting twice gives the first answer.
    """

    implementation_code: str
    client_id: uuid.UUID
    party_id: int
    agent_id: int | None = None
    circumstances: Mapping[str, Any] = field(default_factory=dict)
    form_data: Mapping[str, Any] = field(default_factory=dict)
    materials: Mapping[str, Supplied] = field(default_factory=dict)
    checks: Mapping[str, Any] = field(default_factory=dict)
    delivery: str = "ELECTRONIC"


def submit_application(*, actor: Actor, submission: Submission) -> Application:
    """提交申请: check everything, open the case, sign, and start its process; all or nothing.

    The same ``client_id`` again (a double click, a lost answer) gives the case that exists.

    :raises ItemNotOnlineError, AssuranceTooLowError, CircumstanceStopsError, PromiseBarredError:
    :raises InvalidInputError: with every problem of circumstances, form and materials at once.
    :raises NotPermittedError: the actor may not act for the party.
    """
    try:
        with acts.one_act():
            return _submit(actor, submission)
    except (IntegrityError, DomainError):
        # A repetition, be it a double click: the first case is the answer, whatever the checks say
        # now. It is looked for only here, for nearly all submissions are the first.
        existing = _find_submitted(actor, submission)
        if existing is None:
            raise
        return existing


def _find_submitted(actor: Actor, submission: Submission) -> Application | None:
    return (
        Application.objects.select_related("case")
        .filter(client_id=submission.client_id, case__party_id=submission.party_id)
        .first()
    )


def _submit(actor: Actor, submission: Submission) -> Application:
    offers = ImplementationItem.objects.select_related("organization", "division").defer("search")
    try:
        implementation = offers.get(code=submission.implementation_code, is_active=True)
    except ImplementationItem.DoesNotExist as error:
        raise ItemNotOnlineError from error
    version = get_version(implementation.version_id)
    if version.process is None:
        raise ItemNotOnlineError
    content = version.content
    if actor.assurance_level < content.get("assurance_level", 2) and not actor.is_official:
        raise AssuranceTooLowError(needed=content.get("assurance_level", 2))
    if not acts_within_mandate(actor, content["key"]):
        raise MandateTooNarrowError
    party = Party.objects.get(pk=submission.party_id)
    facts = {
        "circumstances": submission.circumstances,
        "form": submission.form_data,
        "applicant": applicant_facts(party),
        "checks": submission.checks,
    }
    asked = asked_materials(content, facts)
    supplied = with_shared_data(asked, submission.materials)
    _check(submission, version, facts, asked, supplied)
    at = now()
    form_data = (
        get_form(version.form_id).clean(submission.form_data, facts) if version.form_id else {}
    )
    case = open_case(
        actor=actor,
        kind="application",
        title=version.title_zh,
        title_en=version.title_en,
        organization=implementation.organization,
        division=implementation.division,
        party=party,
        agent_id=submission.agent_id,
        at=at,
    )
    signed_content = {
        "case": case.number,
        "item": implementation.code,
        "version": version.version,
        "circumstances": submission.circumstances,
        "form": form_data,
        "materials": {key: one.source for key, one in supplied.items()},
    }
    digest = hashlib.sha256(canonical_json(_text_only(signed_content))).hexdigest()
    signature = sign_record(
        {
            "signer": actor.account_id,
            "party": party.pk,
            "level": actor.assurance_level,
            "digest": digest,
            "at": at.isoformat(),
        }
    )
    application = Application(
        case=case,
        implementation=implementation,
        item_version=version,
        item_key=content["key"],
        client_id=submission.client_id,
        circumstances=dict(submission.circumstances),
        form_data=form_data,
        checks=dict(submission.checks),
        received_at=at,
        signed_digest=digest,
        signature=signature.compact,
        signer_level=actor.assurance_level,
        delivery=submission.delivery,
    )
    acts.append(application)
    attach(case, application, applicant=facts["applicant"])
    limits.has_no_clock_yet(case)
    _keep_materials(actor, application, case, asked, supplied, given_round=0)
    tell(
        case,
        kind="case.received",
        title_zh=f"已收到申请，办件编号 {case.number}",
        title_en=f"Application received, case number {case.number}",
        actor=actor,
        organization_name=implementation.organization.name,
    )
    audit.record(
        actor,
        "application.submit",
        "case",
        case.number,
        case_id=case.pk,
        details={"item": implementation.code, "version": version.version},
    )
    events.emit("case.received", case.number, {"case": case.pk, "item": content["key"]})
    Draft.objects.filter(client_id=submission.client_id).update(submitted_case_id=case.pk)
    start_process(case=case, definition=version.process, actor=actor)
    waits = case.status == Case.Status.OPEN and application.accepted_at is None
    if waits and get_process(version.process.pk).has_effect("deem_accepted"):
        limits.start_correction_clock(case, at)
    return application


def with_shared_data(
    asked: list[AskedMaterial], given: Mapping[str, Supplied]
) -> dict[str, Supplied]:
    """Add what the government's own data stand for: nobody is asked to bring it."""
    shared = {m.key: Supplied("DATA") for m in asked if "DATA" in m.sources}
    return shared | dict(given)


def _check(
    submission: Submission,
    version: ItemVersion,
    facts: Mapping[str, Any],
    asked: list[AskedMaterial],
    supplied: Mapping[str, Supplied],
) -> None:
    content = version.content
    stop = stop_of(content, submission.circumstances)
    if stop is not None:
        raise CircumstanceStopsError(*stop)
    problems = check_circumstances(content, submission.circumstances)
    if version.form_id:
        problems += get_form(version.form_id).check(submission.form_data, facts)
    for material in asked:
        given = supplied.get(material.key)
        if given is None:
            if material.is_required:
                problems.append(
                    FieldProblem(
                        f"materials.{material.key}",
                        "MATERIAL_MISSING",
                        f"缺少材料：{material.title_zh}",
                        f"Missing: {material.title_en}",
                        "请上传，或选择已有的电子证照",
                        "Upload it or choose a licence that you hold.",
                    )
                )
        elif given.source not in material.sources and given.source != "PAPER":
            problems.append(
                FieldProblem(
                    f"materials.{material.key}",
                    "MATERIAL_SOURCE",
                    "这份材料不能用这种方式提交",
                    "This material cannot be supplied in this way.",
                )
            )
        elif given.source == "PROMISE" and facts["applicant"]["has_breach"]:
            raise PromiseBarredError
    if problems:
        raise InvalidInputError(problems=problems)


def _keep_materials(
    actor: Actor,
    application: Application,
    case: Case,
    asked: list[AskedMaterial],
    given: Mapping[str, Supplied],
    *,
    given_round: int,
) -> None:
    rows = []
    files = []
    for material in asked:
        supplied = given.get(material.key)
        if supplied is None:
            continue
        licence = None
        if supplied.source == ApplicationMaterial.Source.LICENCE:
            licence = use_licence(
                actor=actor,
                licence_id=supplied.licence_id or 0,
                type_key=material.licence_type,
                party_id=case.party_id,
                purpose=f"办理“{case.title}”",
                case=case,
            )
        stored = None
        if supplied.source == ApplicationMaterial.Source.UPLOAD:
            stored = StoredFile.objects.filter(
                pk=supplied.file_id, uploaded_by_id=actor.account_id
            ).first()
            if stored is None:
                raise NotFoundError
            files.append(CaseFile(case=case, file=stored, label=material.title_zh, added_at=now()))
        rows.append(
            ApplicationMaterial(
                application=application,
                key=material.key,
                title_zh=material.title_zh,
                title_en=material.title_en,
                source=supplied.source,
                file=stored,
                licence=licence,
                promise_text=material.promise_zh if supplied.source == "PROMISE" else "",
                round=given_round,
                added_at=now(),
            )
        )
    acts.append(*files)
    acts.append(*rows)


def supply_correction(
    *,
    actor: Actor,
    case_id: int,
    form_data: Mapping[str, Any],
    materials: Mapping[str, Supplied],
    explanation: str = "",
) -> Application:
    """补正: the applicant supplies what was asked; the case goes on from where it stood.

    :raises CorrectionNotAskedError: nothing is asked now, or it was supplied already.
    :raises InvalidInputError: the new answers do not fit the form.
    """
    with transaction.atomic():
        case = lock_case(case_id)
        require_own(actor, case)
        application = Application.objects.select_related(
            "item_version", "implementation", "correction"
        ).get(pk=case.pk)
        attach(case, application)
        correction = getattr(application, "correction", None)
        if correction is None or correction.supplied_at is not None:
            raise CorrectionNotAskedError
        merged = {**application.form_data, **form_data}
        facts = {
            "circumstances": application.circumstances,
            "form": merged,
            "applicant": applicant_facts(case.party),
            "checks": application.checks,
        }
        if application.item_version.form_id:
            form = get_form(application.item_version.form_id)
            problems = form.check(merged, facts)
            if problems:
                raise InvalidInputError(problems=problems)
            application.form_data = form.clean(merged, facts)
            application.save(update_fields=["form_data"])
        asked = asked_materials(application.item_version.content, facts)
        replaced = [material.key for material in asked if material.key in materials]
        application.materials.filter(key__in=replaced).update(is_current=False)
        _keep_materials(actor, application, case, asked, materials, given_round=1)
        correction.supplied_at = now()
        correction.save(update_fields=["supplied_at"])
        tell(
            case,
            kind="case.corrected",
            title_zh="申请人已补正",
            title_en="The applicant has supplied the correction",
            actor=actor,
            details={"reason": explanation},
        )
        audit.record(actor, "application.correct", "case", case.number, case_id=case.pk)
        events.emit("case.corrected", case.number, {"case": case.pk})
        signal_case(case=case, event="correction_supplied", actor=actor)
        return application


def withdraw_application(*, actor: Actor, case_id: int, reason: str) -> Case:
    """撤件: the applicant takes the application back, any time before the decision.

    :raises CaseConcludedError: a decision was made already.
    """
    with transaction.atomic():
        case = lock_case(case_id)
        require_own(actor, case)
        application = Application.objects.select_related("item_version").get(pk=case.pk)
        attach(case, application)
        if case.status == Case.Status.CONCLUDED or application.decided_at is not None:
            raise CaseConcludedError
        limits.cancel_clocks(case)
        conclude_case(case=case, outcome=Case.Outcome.WITHDRAWN)
        Move(
            case=case, definition_id=application.item_version.process_id or 0, actor=actor
        ).cancel_rest()
        payments.cancel_open_bills(actor=actor, case=case)
        tell(
            case,
            kind="case.withdrawn",
            title_zh="申请人撤回申请",
            title_en="The applicant withdrew the application",
            actor=actor,
            details={"reason": reason},
        )
        audit.record(actor, "application.withdraw", "case", case.number, case_id=case.pk)
        events.emit("case.concluded", case.number, {"case": case.pk, "outcome": case.outcome})
        return case


def require_own(actor: Actor, case: Case) -> None:
    """Let only the applicant, its agent, or a clerk for whoever stands at the window go on.

    :raises NotFoundError: not yours is the same as absent.
    """
    if actor.is_official:
        access.require(
            actor, "case.window", org_path=case.org_path, division_path=case.division_path
        )
        return
    if actor.acting_for_id not in (case.party_id, case.agent_id):
        raise NotFoundError


def _text_only(value: Any) -> Any:
    """Signed content holds text: a fraction has no single canonical writing."""
    if isinstance(value, Mapping):
        return {str(key): _text_only(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_text_only(entry) for entry in value]
    return str(value) if isinstance(value, float) else value
