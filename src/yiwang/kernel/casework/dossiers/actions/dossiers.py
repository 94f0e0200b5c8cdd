"""项目: open a dossier, and file cases in its stages."""

from django.db import transaction

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.actions.cases import lock_case, tell
from yiwang.kernel.casework.dossiers.errors import (
    CaseFiledElsewhereError,
    DossierCodeTakenError,
    DossierKindUnknownError,
    StageUnknownError,
)
from yiwang.kernel.casework.dossiers.models import Dossier, DossierCase, DossierKind


def open_dossier(
    *,
    actor: Actor,
    kind_key: str,
    code: str,
    name: str,
    party: Party,
    organization: Organization,
    division: Division,
) -> Dossier:
    """建档: open the dossier of a project; the same one again is the one that exists.

    :raises NotPermittedError: the actor takes in no cases of this unit and place.
    :raises DossierKindUnknownError: no pack in force has this kind.
    :raises DossierCodeTakenError: the code stands for another project.
    """
    place = {"org_path": organization.path, "division_path": division.path}
    access.require(actor, "case.receive", **place)
    with transaction.atomic():
        kind = DossierKind.objects.filter(key=kind_key, is_current=True).first()
        if kind is None:
            raise DossierKindUnknownError(kind=kind_key)
        dossier, is_new = Dossier.objects.get_or_create(
            code=code.strip(),
            defaults={
                "name": name.strip(),
                "kind": kind,
                "party": party,
                "organization": organization,
                "division": division,
                "opened_at": now(),
                **place,
            },
        )
        if not is_new:
            if dossier.party_id != party.pk or dossier.kind.key != kind_key:
                raise DossierCodeTakenError
            return dossier
        audit.record(actor, "dossier.open", "dossier", dossier.code)
        events.emit("dossier.opened", dossier.code, {"dossier": dossier.pk})
        return dossier


def file_case(*, actor: Actor, dossier: Dossier, stage: str, case_id: int) -> DossierCase:
    """归入项目: put a case into a stage; the same again changes nothing.

    :raises NotPermittedError: the actor takes in no cases of the dossier's unit and place.
    :raises StageUnknownError: the kind has no such stage.
    :raises CaseFiledElsewhereError: the case stands in another project or stage, or belongs to
        another party.
    """
    access.require(
        actor, "case.receive", org_path=dossier.org_path, division_path=dossier.division_path
    )
    if stage not in [raw["key"] for raw in dossier.kind.content["stages"]]:
        raise StageUnknownError(stage=stage)
    with transaction.atomic():
        case = lock_case(case_id)
        if case.party_id != dossier.party_id:
            raise CaseFiledElsewhereError(case=case.number)
        filed, is_new = DossierCase.objects.get_or_create(
            case=case, defaults={"dossier": dossier, "stage": stage, "filed_at": now()}
        )
        if not is_new:
            if (filed.dossier_id, filed.stage) != (dossier.pk, stage):
                raise CaseFiledElsewhereError(case=case.number)
            return filed
        tell(
            case,
            kind="dossier.filed",
            title_zh=f"归入项目 {dossier.name}（{dossier.code}）",
            title_en=f"Filed in project {dossier.code}",
            actor=actor,
        )
        audit.record(
            actor,
            "dossier.file",
            "dossier",
            dossier.code,
            case_id=case.pk,
            details={"stage": stage},
        )
        return filed
