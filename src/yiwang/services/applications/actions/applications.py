"""申请: submit, supply what was asked, withdraw."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from yiwang.kernel import acts
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.errors import AssuranceTooLowError
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.crypto.facade import canonical_json, sign_record
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.parties.facade import acts_within_mandate, may_act_for
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.actions.cases import conclude_case, lock_case, open_case, tell
from yiwang.kernel.casework.cases.models import Case, CaseFile
from yiwang.kernel.casework.forms.models import Draft
from yiwang.kernel.casework.process.actions.tasks import signal_case, start_process, stop_process
from yiwang.kernel.casework.process.engine import get_process
from yiwang.kernel.errors import (
    DomainError,
    FieldProblem,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
)
from yiwang.kernel.registers.licences.actions.licences import use_licence
from yiwang.kernel.registers.licences.models import Licence
from yiwang.kernel.registers.payments import facade as payments
from yiwang.kernel.registers.payments.models import Bill
from yiwang.services.applications import limits
from yiwang.services.applications.actions.intake import (
    Asking,
    CheckedMaterial,
    Intake,
    Supplied,
    check_intake,
    read_words,
)
from yiwang.services.applications.actions.windows import require_window
from yiwang.services.applications.errors import (
    CaseConcludedError,
    ClientIdTakenError,
    CorrectionNotAskedError,
    ItemNotOnlineError,
    MandateTooNarrowError,
)
from yiwang.services.applications.facts import applicant_facts, attach, remember_materials
from yiwang.services.applications.instant import instant_gate
from yiwang.services.applications.models import (
    Application,
    ApplicationMaterial,
    CorrectionRequest,
)
from yiwang.services.applications.rules.materials import asked_materials
from yiwang.services.items.models import ImplementationItem
from yiwang.services.items.selectors import get_version

__all__ = [
    "Submission",
    "Supplied",
    "amend_shared",
    "begin_part",
    "require_own",
    "submit_application",
    "supply_correction",
    "withdraw_application",
]


@dataclass(frozen=True, slots=True)
class Submission:
    """A whole application as it is submitted, by any channel.

    ``client_id`` is made once when the form is opened: submitting twice gives the first answer.

    ``parent`` makes it a part of a whole. One that waits for another part (``begins`` false) is
    checked and signed now and handled from :func:`begin_part` on; ``later`` names the materials
    that the other part's result will stand for.
    """

    implementation_code: str
    client_id: uuid.UUID
    party_id: int
    circumstances: Mapping[str, Any] = field(default_factory=dict)
    form_data: Mapping[str, Any] = field(default_factory=dict)
    materials: Mapping[str, Supplied] = field(default_factory=dict)
    checks: Mapping[str, Any] = field(default_factory=dict)
    delivery: str = "ELECTRONIC"
    parent: Case | None = None
    begins: bool = True
    later: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Signed:
    """申请人电子签名: a digest of the content, signed with who said it at which level and when."""

    digest: str
    signature: str


def submit_application(
    *, actor: Actor, submission: Submission, is_received_elsewhere: bool = False
) -> Application:
    """提交申请: check everything, open the case, sign, and start its process; all or nothing.

    The same ``client_id`` again (a double click, a lost answer) gives the case that exists.
    ``is_received_elsewhere`` says that the caller has checked the right of a window of another
    place to take it in.

    :raises NotPermittedError: the actor does not act for the party.
    :raises ItemNotOnlineError, AssuranceTooLowError, MandateTooNarrowError:
    :raises CircumstanceStopsError, PromiseBarredError:
    :raises InvalidInputError: with every problem of circumstances, form and materials at once.
    :raises ClientIdTakenError: somebody else submitted under this number.
    """
    if submission.party_id != actor.acting_for_id:
        raise NotPermittedError
    try:
        with acts.one_act():
            return _submit(actor, submission, is_received_elsewhere)
    except (IntegrityError, DomainError) as error:
        # A repetition, be it a double click: the first case is the answer, whatever the checks say
        # now. It is looked for only here, for nearly all submissions are the first.
        submitted = Application.objects.filter(client_id=submission.client_id)
        existing = (
            submitted.select_related("case").filter(case__party_id=submission.party_id).first()
        )
        if existing is not None:
            return existing
        if isinstance(error, IntegrityError) and submitted.exists():
            raise ClientIdTakenError from error
        raise


def _submit(actor: Actor, submission: Submission, is_received_elsewhere: bool) -> Application:
    offers = ImplementationItem.objects.select_related("organization", "division").defer("search")
    try:
        implementation = (
            instant_gate()
            .annotated(offers)
            .get(code=submission.implementation_code, is_active=True)
        )
    except ImplementationItem.DoesNotExist as error:
        raise ItemNotOnlineError from error
    version = get_version(implementation.version_id)
    if version.process is None:
        raise ItemNotOnlineError
    content = version.content
    if actor.is_official:
        if not is_received_elsewhere:
            require_window(
                actor,
                org_path=implementation.organization.path,
                division_path=implementation.division_path,
            )
    elif actor.assurance_level < content.get("assurance_level", 2):
        raise AssuranceTooLowError(needed=content.get("assurance_level", 2))
    if not acts_within_mandate(actor, content["key"]):
        raise MandateTooNarrowError
    party = Party.objects.get(pk=submission.party_id)
    asking = Asking(
        actor, party, applicant_facts(party), version, implementation.division_id, submission.checks
    )
    _check_delivery(content, submission.delivery)
    intake = check_intake(
        asking,
        circumstances=submission.circumstances,
        form_data=submission.form_data,
        materials=submission.materials,
        kept_materials=submission.later,
    )
    at = now()
    case = open_case(
        actor=actor,
        kind="application",
        title=version.title_zh,
        title_en=version.title_en,
        organization=implementation.organization,
        division=implementation.division,
        party=party,
        agent_id=actor.party_id if actor.party_id != party.pk else None,
        at=at,
        parent=submission.parent,
    )
    signed = _sign(actor, case, implementation.code, version.version, intake, at)
    application = Application(
        case=case,
        implementation=implementation,
        item_version=version,
        item_key=content["key"],
        client_id=submission.client_id,
        circumstances=dict(intake.circumstances),
        form_data=dict(intake.form_data),
        checks=dict(submission.checks),
        received_at=at,
        signed_digest=signed.digest,
        signature=signed.signature,
        signer_level=actor.assurance_level,
        delivery=submission.delivery,
    )
    acts.append(application)
    attach(case, application, applicant=asking.applicant)
    limits.has_no_clock_yet(case)
    _keep_materials(actor, application, case, intake.materials, given_round=0)
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
    Draft.objects.filter(client_id=submission.client_id, account_id=actor.account_id).update(
        submitted_case_id=case.pk
    )
    if submission.begins:
        _begin(actor, case, application)
    return application


def _begin(actor: Actor, case: Case, application: Application) -> None:
    """Start the process, and the clock of asking for correction when an officer must look."""
    process = application.item_version.process
    if process is None:
        raise ItemNotOnlineError
    start_process(case=case, definition=process, actor=actor)
    waits = case.status == Case.Status.OPEN and application.accepted_at is None
    if waits and get_process(process.pk).has_effect("deem_accepted"):
        limits.start_correction_clock(case, application.received_at)


def begin_part(*, actor: Actor, case: Case, results: Mapping[str, Licence]) -> Application:
    """开始办理后续部分: what it waited for is granted; its limits count from today.

    ``results`` are the licences of earlier parts by the material that they stand for. The caller
    has locked the case, which no process handles yet.
    """
    application = Application.objects.select_related("item_version__process", "implementation").get(
        pk=case.pk
    )
    at = now()
    application.received_at = at
    application.save(update_fields=["received_at"])
    attach(case, application)
    facts = {
        "circumstances": application.circumstances,
        "form": application.form_data,
        "applicant": applicant_facts(case.party),
        "checks": application.checks,
    }
    asked = asked_materials(application.item_version.content, facts)
    found = [
        CheckedMaterial(one, ApplicationMaterial.Source.LICENCE, None, results[one.key])
        for one in asked
        if one.key in results
    ]
    _keep_materials(actor, application, case, found, given_round=0)
    tell(
        case,
        kind="part.begun",
        title_zh="前面的事项已办成，开始办理",
        title_en="What had to come first is granted; this now begins",
        actor=actor,
        organization_name=case.organization.name,
    )
    audit.record(actor, "application.begin_part", "case", case.number, case_id=case.pk)
    _begin(actor, case, application)
    return application


def _check_delivery(content: Mapping[str, Any], delivery: str) -> None:
    if delivery not in content.get("delivery", ["ELECTRONIC"]):
        raise InvalidInputError(
            problems=[
                FieldProblem(
                    "delivery",
                    "DELIVERY_UNKNOWN",
                    "这个事项不能这样取件",
                    "The result of this item cannot be had in this way.",
                    "请从办事指南列出的取件方式中选择",
                    "Choose one of the ways that the guide lists.",
                )
            ]
        )


def _sign(
    actor: Actor, case: Case, item: str, version: str, intake: Intake, at: datetime
) -> Signed:
    """Sign what was sent in the name of who is signed in: no signature by hand is asked for.

    Source: 国务院关于在线政务服务的若干规定 第八条 (国令第716号, 2019).
    """
    content = {
        "case": case.number,
        "item": item,
        "version": version,
        "circumstances": intake.circumstances,
        "form": intake.form_data,
        "materials": {one.asked.key: one.source for one in intake.materials},
    }
    digest = hashlib.sha256(canonical_json(_text_only(content))).hexdigest()
    signature = sign_record(
        {
            "signer": actor.account_id,
            "party": case.party_id,
            "level": actor.assurance_level,
            "digest": digest,
            "at": at.isoformat(),
        }
    )
    return Signed(digest, signature.compact)


def _keep_materials(
    actor: Actor,
    application: Application,
    case: Case,
    materials: Sequence[CheckedMaterial],
    *,
    given_round: int,
) -> None:
    at = now()
    rows = []
    files = []
    for one in materials:
        if one.licence is not None:
            use_licence(
                actor=actor,
                licence_id=one.licence.pk,
                type_key=one.asked.licence_type,
                party_id=case.party_id,
                purpose=f"办理“{case.title}”",
                case=case,
            )
        if one.file is not None:
            files.append(
                CaseFile(case=case, file=one.file, label=one.asked.title_zh[:120], added_at=at)
            )
        is_promise = one.source == ApplicationMaterial.Source.PROMISE
        rows.append(
            ApplicationMaterial(
                application=application,
                key=one.asked.key,
                title_zh=one.asked.title_zh,
                title_en=one.asked.title_en,
                source=one.source,
                file=one.file,
                licence=one.licence,
                promise_text=one.asked.promise_zh if is_promise else "",
                round=given_round,
                added_at=at,
            )
        )
    acts.append(*files)
    acts.append(*rows)
    if given_round == 0:
        remember_materials(case, rows)


def supply_correction(
    *,
    actor: Actor,
    case_id: int,
    form_data: Mapping[str, Any],
    materials: Mapping[str, Supplied],
    explanation: str = "",
) -> Application:
    """补正: the applicant supplies what was asked; the case goes on from where it stood.

    :raises NotFoundError, MandateTooNarrowError: it is not the actor's to supply.
    :raises CorrectionNotAskedError: nothing is asked now, or it was supplied already.
    :raises InvalidInputError: nothing was supplied, or it does not fit.
    """
    explanation = read_words("explanation", explanation)
    with transaction.atomic():
        case = lock_case(case_id)
        application = Application.objects.select_related("item_version", "implementation").get(
            pk=case.pk
        )
        require_own(actor, case, application.item_key)
        attach(case, application)
        correction = CorrectionRequest.objects.filter(
            application=application, supplied_at=None
        ).first()
        if correction is None or case.status != Case.Status.OPEN:
            raise CorrectionNotAskedError
        if not (form_data or materials or explanation):
            raise _nothing_supplied()
        kept = ApplicationMaterial.objects.filter(application=application, is_current=True)
        asking = Asking(
            actor,
            case.party,
            applicant_facts(case.party),
            application.item_version,
            case.division_id,
            application.checks,
        )
        intake = check_intake(
            asking,
            circumstances=application.circumstances,
            form_data=form_data,
            materials=materials,
            kept_form=application.form_data,
            kept_materials=frozenset(kept.values_list("key", flat=True)),
        )
        at = now()
        application.form_data = dict(intake.form_data)
        application.save(update_fields=["form_data"])
        kept.filter(key__in=[one.asked.key for one in intake.materials]).update(is_current=False)
        _keep_materials(actor, application, case, intake.materials, given_round=1)
        signed = _sign(
            actor,
            case,
            application.implementation.code,
            application.item_version.version,
            intake,
            at,
        )
        correction.supplied_at = at
        correction.signed_digest = signed.digest
        correction.signature = signed.signature
        correction.save(update_fields=["supplied_at", "signed_digest", "signature"])
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
        if not signal_case(case=case, event="correction_supplied", actor=actor):
            raise CorrectionNotAskedError
        return application


def amend_shared(*, actor: Actor, case: Case, form_data: Mapping[str, Any]) -> bool:
    """Change answers of a part that the applicant corrected for another one; it is told here too.

    The caller has locked the case. Returns whether something differed; what is decided stands.

    :raises InvalidInputError: a changed answer does not fit what this part asks.
    """
    application = Application.objects.select_related("item_version", "implementation").get(
        pk=case.pk
    )
    changed = {k: v for k, v in form_data.items() if application.form_data.get(k) != v}
    if not changed or application.decided_at is not None:
        return False
    require_own(actor, case, application.item_key)
    asking = Asking(
        actor,
        case.party,
        applicant_facts(case.party),
        application.item_version,
        case.division_id,
        application.checks,
    )
    materials = application.item_version.content["materials"]
    intake = check_intake(
        asking,
        circumstances=application.circumstances,
        form_data=changed,
        materials={},
        kept_form=application.form_data,
        kept_materials=frozenset(one["key"] for one in materials),
    )
    application.form_data = dict(intake.form_data)
    signed = _sign(
        actor,
        case,
        application.implementation.code,
        application.item_version.version,
        intake,
        now(),
    )
    application.signed_digest = signed.digest
    application.signature = signed.signature
    application.save(update_fields=["form_data", "signed_digest", "signature"])
    tell(
        case,
        kind="case.amended",
        title_zh="申请人补正了几个单位共用的填写内容，这里同步更新",
        title_en="The applicant corrected answers that several units share; they are updated here",
        actor=actor,
        details={"fields": sorted(changed)},
    )
    audit.record(actor, "application.amend", "case", case.number, case_id=case.pk)
    return True


def _nothing_supplied() -> InvalidInputError:
    problem = FieldProblem(
        "explanation",
        "NOTHING_SUPPLIED",
        "还没有补正任何内容",
        "Nothing has been supplied yet.",
        "请修改表单、提交材料，或者写明说明",
        "Change the form, supply a material, or write an explanation.",
    )
    return InvalidInputError(problems=[problem])


def withdraw_application(*, actor: Actor, case_id: int, reason: str) -> Case:
    """撤件: the applicant takes the application back, before the decision or before paying for it.

    :raises NotFoundError, MandateTooNarrowError: it is not the actor's to withdraw.
    :raises CaseConcludedError: a decision was made already.
    """
    reason = read_words("reason", reason)
    with transaction.atomic():
        case = lock_case(case_id)
        application = Application.objects.select_related("item_version").get(pk=case.pk)
        require_own(actor, case, application.item_key)
        attach(case, application)
        if case.status == Case.Status.CONCLUDED or not _may_withdraw(application):
            raise CaseConcludedError
        limits.cancel_clocks(case)
        conclude_case(case=case, outcome=Case.Outcome.WITHDRAWN)
        stop_process(case=case, actor=actor)
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


def _may_withdraw(application: Application) -> bool:
    """Say whether nothing was decided, or what was granted waits for a fee that nobody must pay."""
    if application.decided_at is None:
        return True
    return Bill.objects.filter(case_id=application.pk, status=Bill.Status.UNPAID).exists()


def require_own(actor: Actor, case: Case, item_key: str) -> None:
    """Let only the applicant, its agent, or a clerk for whoever stands at the window go on.

    :raises NotFoundError: not yours is the same as absent.
    :raises MandateTooNarrowError: the actor acts for the applicant, but not in this matter.
    """
    if actor.is_official:
        if actor.acting_for_id != case.party_id:
            raise NotFoundError
        require_window(actor, org_path=case.org_path, division_path=case.division_path)
    if actor.party_id is None:
        if not actor.is_official:
            raise NotFoundError
        return
    if actor.acting_for_id != case.party_id and actor.party_id != case.agent_id:
        raise NotFoundError
    # An authority may have ended since the application was submitted.
    if not may_act_for(actor.party_id, case.party_id, item_key):
        if actor.acting_for_id == case.party_id:
            raise MandateTooNarrowError
        raise NotFoundError


def _text_only(value: Any) -> Any:
    """Signed content holds text: a fraction has no single canonical writing."""
    if isinstance(value, Mapping):
        return {str(key): _text_only(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_text_only(entry) for entry in value]
    return str(value) if isinstance(value, float) else value
