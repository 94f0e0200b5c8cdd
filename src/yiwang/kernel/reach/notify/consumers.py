"""通知: from what happens to a case to what its applicant is told."""

from collections.abc import Mapping

from django.db.models import Q, Value
from django.db.models.functions import Concat

from yiwang.kernel.base.calendars import LOCAL_ZONE
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.events.facade import Event
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.models import Token
from yiwang.kernel.reach.notify import registry
from yiwang.kernel.reach.notify.actions.messages import notify
from yiwang.kernel.reach.notify.models import Binding

_OUTCOMES_EN = {
    Case.Outcome.GRANTED: "granted",
    Case.Outcome.REFUSED: "refused",
    Case.Outcome.DECLINED: "not accepted",
    Case.Outcome.WITHDRAWN: "withdrawn",
    Case.Outcome.PARTIAL: "granted in part",
    Case.Outcome.LAPSED: "not begun",
}
_STEP = "step."


@events.consumer("notify.case_notices", types=["case.*", "payment.*", "licence.*", "paper.*"])
def tell_applicant(event: Event) -> None:
    """Write the notices that packs bound to this event, or to the step where the case now rests.

    A binding of the case's own pack goes before one that is for all cases.
    """
    case_id = event.data.get("case")
    if not isinstance(case_id, int):
        return
    here = Token.objects.filter(case_id=case_id, status=Token.Status.ACTIVE)
    # One question for the many events that tell nobody anything.
    bindings = list(
        Binding.objects.filter(
            Q(event_type=event.type)
            | Q(event_type__in=here.values_list(Concat(Value(_STEP), "step")))
        ).order_by("template_key")
    )
    if not bindings:
        return
    case = Case.objects.select_related("organization", "party__operator", "agent__operator").get(
        pk=case_id
    )
    pack_key = registry.pack_of_case(case.kind, case.pk)
    is_part = case.parent_id is not None
    for template in _choose(bindings, event.type, pack_key, is_part=is_part):
        _tell(case, template, event, f"event-{event.id}")
    if all(binding.event_type == event.type for binding in bindings):
        return
    for token in here.order_by("pk"):
        for template in _choose(bindings, _STEP + token.step, pack_key, is_part=is_part):
            _tell(case, template, event, f"token-{token.pk}")


def _choose(bindings: list[Binding], event_type: str, pack_key: str, *, is_part: bool) -> list[str]:
    """Return the notices to write; of a part, what all cases tell is told once, by its whole."""
    fitting = [binding for binding in bindings if binding.event_type == event_type]
    own = [b.template_key for b in fitting if pack_key and b.pack_key == pack_key]
    return own or [b.template_key for b in fitting if b.for_all and not is_part]


def _tell(case: Case, template: str, event: Event, once_key: str) -> None:
    values, values_en = _values(case, event.data)
    for party in (case.party, case.agent):
        if party is not None:
            notify(
                party=party,
                template=template,
                data=values,
                data_en=values_en,
                case=case,
                once_key=once_key,
            )


def _values(case: Case, data: Mapping[str, object]) -> tuple[dict[str, str], dict[str, str]]:
    due = case.due_at.astimezone(LOCAL_ZONE) if case.due_at else None
    unit = case.organization
    outcome = Case.Outcome(case.outcome) if case.outcome else None
    values = {
        "number": case.number,
        "title": case.title,
        "unit": unit.name,
        "unit_phone": unit.phone,
        "unit_address": unit.address,
        "due_date": f"{due.year}年{due.month}月{due.day}日" if due else "",
        "outcome": str(outcome.label) if outcome else "",
        "amount_yuan": str(data.get("amount_yuan", "")),
        "bill": str(data.get("bill", "")),
    }
    values_en = {
        "title": case.title_en,
        "due_date": f"{due:%Y-%m-%d}" if due else "",
        "outcome": _OUTCOMES_EN[outcome] if outcome else "",
    }
    return values, values_en
