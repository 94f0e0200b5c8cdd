"""Whole applications for tests, right in every part until a test bends one."""

import uuid
from typing import Any

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.rules import uscc
from yiwang.kernel.casework.cases.models import Case, CaseEvent, CaseFile
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.process.actions.tasks import act_on_task
from yiwang.kernel.casework.process.models import Task, TaskAct, Timer, Token
from yiwang.kernel.registers.licences.models import Licence, LicenceUse
from yiwang.kernel.registers.payments.models import Bill, Refund
from yiwang.services.applications.actions.applications import Submission, Supplied
from yiwang.services.applications.models import (
    Application,
    ApplicationMaterial,
    BreachRecord,
    CorrectionRequest,
    SiteCheck,
)
from yiwang.services.applications.tests.desk_cast import offer, upload

INSTANT = "individual_business_registration"
CLEAR = {
    "operator_kind": "MAINLAND",
    "composition": "PERSONAL",
    "place_kind": "OWNED",
    "named": True,
    "later_licence": False,
    "by_agent": False,
}
# What a person at home answers so that an officer must look.
DOUBTFUL = CLEAR | {"place_kind": "HOME"}
SEEN = {"real_name": True, "face": True}
WATCHED = (
    Application,
    ApplicationMaterial,
    AuditEntry,
    Bill,
    BreachRecord,
    Case,
    CaseEvent,
    CaseFile,
    Clock,
    CorrectionRequest,
    Licence,
    LicenceUse,
    OutboxEvent,
    Paper,
    Party,
    Refund,
    SiteCheck,
    Task,
    TaskAct,
    Timer,
    Token,
)


def everything(*, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what all tables of casework hold, to be compared: counts, and each case as it is."""
    counts: dict[str, Any] = {
        table.__name__: table.objects.count() for table in WATCHED if table.__name__ not in but
    }
    counts["cases"] = list(Case.objects.order_by("pk").values_list("pk", "status", "phase"))
    counts["forms"] = list(Application.objects.order_by("pk").values_list("pk", "form_data"))
    return counts


def business(actor: Actor, **changes: Any) -> Submission:
    """Register an individual business: decided at once unless ``changes`` raises a doubt."""
    parts: dict[str, Any] = {
        "implementation_code": offer(INSTANT).code,
        "client_id": uuid.uuid4(),
        "party_id": actor.acting_for_id or 0,
        "circumstances": CLEAR,
        "form_data": {
            "operator_phone": "13800001234",
            "operator_address": "阳江市江城区南恩路18号",
            "business_name": "阳江市江城区小满海味店",
            "scope": ["水产品零售"],
            "employees": 2,
            "place_address": "阳江市江城区南恩路18号首层",
        },
        "materials": {"place_promise": Supplied("PROMISE")},
        "checks": SEEN,
    }
    return Submission(**parts | changes)


def hygiene(actor: Actor, way: str = "PROMISE", **changes: Any) -> Submission:
    """Apply for a hygiene licence: on a promise, or the normal way."""
    materials = {
        "business_licence": upload(actor, "执照.pdf"),
        "layout_plan": upload(actor, "平面图.pdf"),
    }
    if way == "PROMISE":
        materials["promise"] = Supplied("PROMISE")
    else:
        materials["hygiene_report"] = upload(actor, "检测报告.pdf")
    parts: dict[str, Any] = {
        "implementation_code": offer("public_place_hygiene_licence").code,
        "client_id": uuid.uuid4(),
        "party_id": actor.acting_for_id or 0,
        "circumstances": {
            "place_kind": "LODGING",
            "change_kind": "NEW",
            "has_pool": False,
            "has_central_air": False,
            "way": way,
        },
        "form_data": {
            "uscc": str(uscc.make("92", "441702", 815)),
            "person_in_charge": "陈小明",
            "contact_phone": "13800001234",
            "place_address": "阳江市江城区南恩路18号",
            "area_sqm": 80,
            "staff_count": 3,
        },
        "materials": materials,
        "checks": SEEN,
    }
    return Submission(**parts | changes)


def open_task(case: Case | Application, step: str = "") -> Task:
    rows = Task.objects.filter(case_id=case.pk, status=Task.Status.OPEN)
    return rows.get(step=step) if step else rows.get()


def act(
    actor: Actor,
    case: Case | Application,
    key: str,
    opinion: str = "",
    step: str = "",
    **given: Any,
) -> Task:
    return act_on_task(
        actor=actor, task_id=open_task(case, step).pk, act=key, opinion=opinion, given=given
    )


def seat(actor: Actor, permission: str, *, org_path: str, division_path: str) -> None:
    """Give an official one more permission over a unit and a place."""
    Grant.objects.create(
        account_id=actor.account_id,
        permission=permission,
        role="window_clerk",
        post_key="test",
        org_path=org_path,
        division_path=division_path,
        valid_from="2020-01-01",
    )
