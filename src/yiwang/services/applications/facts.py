"""事实: what expressions of an application's process, rules and licences may see."""

from calendar import isleap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from yiwang.kernel import acts
from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.calendars import LOCAL_ZONE, today
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.rules import names
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.forms.selectors import get_form
from yiwang.kernel.casework.process.engine import get_process
from yiwang.kernel.casework.process.errors import FormNotEditableError
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.process.registry import EffectContext
from yiwang.kernel.casework.rules.errors import Words
from yiwang.kernel.casework.rules.models import RuleDefinition
from yiwang.kernel.casework.rules.tables import Table
from yiwang.kernel.casework.rules.yaml_tables import compile_table
from yiwang.kernel.errors import InvalidInputError
from yiwang.kernel.registers.licences.actions.licences import usable_licences
from yiwang.kernel.registers.payments.models import Bill
from yiwang.services.applications import limits
from yiwang.services.applications.instant import Held, instant_gate
from yiwang.services.applications.models import (
    Application,
    ApplicationMaterial,
    BreachRecord,
    Hearing,
)
from yiwang.services.applications.rules.traces import mask_trace

# Where the facts of each name come from, as the words of a decision say it.
FACT_SOURCES = {
    "circumstances": Words("申请人对情形的回答", "the applicant's answers"),
    "form": Words("申请表", "the application form"),
    "applicant": Words("人口和登记信息", "the population and business registers"),
    "licences": Words("电子证照库", "the licence register"),
    "checks": Words("身份核验", "the identity check"),
    "application": Words("办件记录", "the record of the case"),
    "acts": Words("经办人的办理", "what officers did"),
    "decisions": Words("前面步骤的决定", "earlier decisions"),
    "bill": Words("缴费记录", "the payment record"),
}


def age_on(birth: date, day: date) -> int:
    """Return full years of age (周岁): complete on the birthday; without one, on the month's last.

    Source: 民法典 第二百零二条 (2020).
    """
    birthday = (birth.month, birth.day)
    if birthday == (2, 29) and not isleap(day.year):
        birthday = (2, 28)
    return day.year - birth.year - ((day.month, day.day) < birthday)


def applicant_facts(party: Party) -> dict[str, Any]:
    """Return what is known of the applicant; a business shows its operator's person too."""
    person = party if party.kind == Party.Kind.PERSON else (party.operator or party)
    birth = person.birth_date
    return {
        "kind": party.kind,
        "name": party.name,
        "uscc": party.uscc,
        "citizen_id_no": person.citizen_id_no,
        "birth_date": birth,
        "age": age_on(birth, today()) if birth else None,
        "sex": person.sex,
        "household_division": person.household_division_id,
        "residence_division": person.residence_division_id,
        "household_city": (person.household_division_id or "")[:4],
        "residence_city": (person.residence_division_id or "")[:4],
        "has_breach": BreachRecord.objects.filter(party_id=party.pk).exists(),
    }


class HeldLicences(Mapping[str, bool]):
    """The kinds of licence that a party may use; the register is asked when an expression is."""

    def __init__(self, party_id: int) -> None:
        self._party_id = party_id
        self._held: dict[str, bool] | None = None

    def _read(self) -> dict[str, bool]:
        if self._held is None:
            kinds = usable_licences(self._party_id).values_list("type_key", flat=True)
            self._held = dict.fromkeys(kinds, True)
        return self._held

    def __getitem__(self, kind: str) -> bool:
        return self._read()[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


@lru_cache(maxsize=1024)
def _table(definition_id: int) -> Table:
    return compile_table(RuleDefinition.objects.get(pk=definition_id).content)


class ApplicationKind:
    """The process engine's view of an application."""

    def facts(self, case: Case) -> dict[str, Any]:
        application = get_application(case)
        bill = Bill.objects.filter(case=case).order_by("-id").first() if _has_bill(case) else None
        local_received = application.received_at.astimezone(LOCAL_ZONE).date()
        return {
            "circumstances": application.circumstances,
            "form": _dated(application.form_data),
            **_standing(case),
            "checks": application.checks,
            "application": {
                "channel": case.channel,
                "received_date": local_received,
                "decided_date": _local_day(application.decided_at),
                "division": case.division_id,
                "division_kind": case.division.kind,
                "days": (today() - local_received).days,
                "number": case.number,
                "has_agent": case.agent_id is not None,
                "hearing_requested": _is_hearing_requested(application),
                "deferred_outstanding": bool(outstanding(application)),
            },
            "bill": {"amount": bill.amount_yuan, "status": bill.status} if bill else {},
        }

    def moment(self, case: Case, name: str) -> datetime | None:
        application = get_application(case)
        return {
            "received": application.received_at,
            "accepted": application.accepted_at,
            "decided": application.decided_at,
        }[name]

    def decide(
        self, case: Case, rule: str, facts: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        application = get_application(case)
        table = _table(application.item_version.rules[rule])
        record = table.decide(facts, on=today()).record(FACT_SOURCES)
        held = instant_gate().held(application, rule)
        if held is not None:
            _hold(case, record, held)
        applicant = facts["applicant"]
        hidden = {}
        if any(fact["value"] == applicant["name"] for fact in record["facts"]):
            hidden[applicant["name"]] = names.mask(applicant["name"])
        # A case that is held has no outcome of the rule: the process takes its default, a person.
        return {} if held is not None else record["outputs"], mask_trace(record, hidden)

    def calendar_key(self, case: Case) -> str:
        return limits.calendar_key(case)

    def validate_act(self, case: Case, task: Task, context: EffectContext) -> None:
        """Nothing beyond what each effect checks itself."""

    def form_data(self, case: Case) -> Mapping[str, Any]:
        """Return what the form holds; officials may change of it what their step allows."""
        return dict(get_application(case).form_data)

    def edit_form(self, case: Case, form_data: Mapping[str, Any]) -> None:
        """Check and keep the form as an official has changed it.

        :raises InvalidInputError: it does not fit the form any more.
        """
        application = get_application(case)
        form_id = application.item_version.form_id
        if form_id is None:
            raise FormNotEditableError
        form = get_form(form_id)
        facts = {
            "circumstances": application.circumstances,
            "form": form_data,
            "applicant": _standing(case)["applicant"],
            "checks": application.checks,
        }
        problems = form.check(form_data, facts)
        if problems:
            raise InvalidInputError(
                problems=[replace(one, field=f"form.{one.field}") for one in problems]
            )
        application.form_data = dict(form.clean(form_data, facts))
        acts.change(application, "form_data")


def _hold(case: Case, record: dict[str, Any], held: Held) -> None:
    """转人工: say at once, in the trace and to the applicant, why a person looks at the case."""
    record["held_zh"], record["held_en"] = held.reason_zh, held.reason_en
    record["words_zh"] = f"{held.reason_zh}\n{record['words_zh']}"
    record["words_en"] = f"{held.reason_en}\n{record['words_en']}"
    tell(
        case,
        kind="case.to_person",
        title_zh=held.reason_zh,
        title_en=held.reason_en,
        actor=SYSTEM,
    )


def get_application(case: Case) -> Application:
    """Return the application of a case; it stays on the case for the rest of the act."""
    cached: Application | None = getattr(case, "_application", None)
    if cached is None:
        cached = Application.objects.select_related("item_version", "implementation").get(
            pk=case.pk
        )
        attach(case, cached)
    return cached


def attach(
    case: Case, application: Application, *, applicant: Mapping[str, Any] | None = None
) -> None:
    """Keep the application, and what was read of the applicant, beside its locked case.

    One act reads each once; whatever changes the applicant's standing calls
    :func:`forget_standing`.
    """
    application.case = case
    case._application = application  # type: ignore[attr-defined]
    if applicant is not None:
        case._standing = _standing_of(case, applicant)  # type: ignore[attr-defined]


def outstanding(application: Application) -> list[ApplicationMaterial]:
    """Return the material that was promised for later (容缺) and has not come."""
    deferred = ApplicationMaterial.Source.DEFERRED
    asked = application.item_version.content.get("materials", [])
    if not any(deferred in raw["sources"] for raw in asked):
        return []
    return materials_of(application.case, deferred)


def materials_of(case: Case, source: str) -> list[ApplicationMaterial]:
    """Return the material of one source that a case has now.

    What came with the application is not in the store before its act ends, and is kept beside the
    case until then.
    """
    sent: list[ApplicationMaterial] | None = getattr(case, "_sent_materials", None)
    if sent is not None:
        return [row for row in sent if row.source == source]
    rows = ApplicationMaterial.objects.filter(
        application_id=case.pk, source=source, is_current=True
    )
    return list(rows.select_related("licence__type", "licence__organization").order_by("id"))


def remember_materials(case: Case, rows: Sequence[ApplicationMaterial]) -> None:
    """Keep what came with an application beside its case for the rest of the act."""
    case._sent_materials = [*getattr(case, "_sent_materials", ()), *rows]  # type: ignore[attr-defined]


def forget_standing(case: Case) -> None:
    """Read breaches and licences of the applicant again when an expression asks next."""
    case._standing = None  # type: ignore[attr-defined]


def _standing(case: Case) -> dict[str, Any]:
    standing: dict[str, Any] | None = getattr(case, "_standing", None)
    if standing is None:
        standing = _standing_of(case, applicant_facts(case.party))
        case._standing = standing  # type: ignore[attr-defined]
    return standing


def _standing_of(case: Case, applicant: Mapping[str, Any]) -> dict[str, Any]:
    return {"applicant": applicant, "licences": HeldLicences(case.party_id)}


def _is_hearing_requested(application: Application) -> bool:
    process_id = application.item_version.process_id
    if process_id is None or not _tells_of_hearings(process_id):
        return False
    return Hearing.objects.filter(application=application, requested_at__isnull=False).exists()


@lru_cache(maxsize=1024)
def _tells_of_hearings(process_id: int) -> bool:
    return get_process(process_id).has_effect("tell_hearing_right")


def _has_bill(case: Case) -> bool:
    return bool(get_application(case).item_version.content.get("fee", {}).get("charged"))


def _local_day(moment: datetime | None) -> date:
    return moment.astimezone(LOCAL_ZONE).date() if moment else today()


def _dated(data: Mapping[str, Any]) -> dict[str, Any]:
    """FEEL compares dates, JSON holds text: what reads as a day is one."""
    return {key: _as_date(value) for key, value in data.items()}


def _as_date(value: Any) -> Any:
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value
