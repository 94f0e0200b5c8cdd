"""业务表单免填写: prefill plug-ins give what the government already knows.

A plug-in is ``<name>.<attribute>`` in a form's ``x-prefill``. Registers add theirs on start-up.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.forms.rules.definition import Form, FormField


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A value that is known, and where it comes from, in both languages."""

    value: Any
    source_zh: str
    source_en: str


@dataclass(frozen=True, slots=True)
class PrefillContext:
    party: Party
    division_code: str


PrefillPlugin = Callable[[PrefillContext, str], Prefilled | None]

_plugins: dict[str, PrefillPlugin] = {}


def prefill_plugin(name: str) -> Callable[[PrefillPlugin], PrefillPlugin]:
    """Register a plug-in under the name that forms use before the first dot."""

    def register(function: PrefillPlugin) -> PrefillPlugin:
        if name in _plugins:
            raise ValueError(f"prefill plug-in {name} is registered twice")
        _plugins[name] = function
        return function

    return register


def plugin_names() -> frozenset[str]:
    return frozenset(_plugins)


def prefill(form: Form, context: PrefillContext) -> Mapping[str, Prefilled]:
    """Return the known values of a form, by field key."""
    return _known(form.fields(), context)


def known_facts(form: Form, context: PrefillContext) -> Mapping[str, Prefilled]:
    """Return the known values that the form only shows: nobody may state them otherwise."""
    return _known((field for field in form.fields() if field.is_fact), context)


def _known(fields: Iterable[FormField], context: PrefillContext) -> dict[str, Prefilled]:
    known = {}
    for field in fields:
        if not field.prefill:
            continue
        name, _, attribute = field.prefill.partition(".")
        value = _plugins[name](context, attribute)
        if value is not None and value.value not in (None, ""):
            # A register keeps its values as text; the form wants them in its own type.
            typed = field.read(value.value)
            known[field.key] = replace(value, value=typed)
    return known


@prefill_plugin("party")
def prefill_from_party(context: PrefillContext, attribute: str) -> Prefilled | None:
    """Give attributes of the applicant as the population and entity sources have them."""
    party = context.party
    person = party if party.kind == Party.Kind.PERSON else (party.operator or party)
    values: dict[str, Any] = {
        "name": party.name,
        "citizen_id_no": person.citizen_id_no,
        "uscc": party.uscc,
        "phone": party.phone or person.phone,
        "address": party.address or person.address,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
        "sex": person.sex,
        "household_division": person.household_division_id,
        "residence_division": person.residence_division_id,
        "operator_name": person.name,
    }
    return Prefilled(values[attribute], "人口信息库", "population register")


@prefill_plugin("application")
def prefill_from_application(context: PrefillContext, attribute: str) -> Prefilled | None:
    """Give what the person chose before the form began."""
    if attribute == "division":
        return Prefilled(context.division_code, "您选择的办理地", "the place that you chose")
    return None
