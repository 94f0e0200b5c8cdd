"""已知名称: what a pack may name that stands outside it, and what its expressions may read.

Plug-ins come from the registries; units, roles, licences and items from the packs beside it. The
facts and the order of effects are the pack format's own contract (docs/reference/pack-format.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# What expressions may read: a name holds the names below it; an empty one ends the question.
Names = Mapping[str, "Names"]


@dataclass(frozen=True, slots=True)
class KnownNames:
    """已知名称: names that are defined outside the pack under check.

    ``licence_types`` maps a type to the keys of its fields. ``packs`` are those that may be
    required, ``requires`` what each of them requires itself. ``owners`` says which pack has the
    object of a section and key. ``base_items`` are the items, by key, that overlays speak of.
    """

    effects: frozenset[str] = frozenset()
    prefill_plugins: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    themes: frozenset[str] = frozenset()
    packs: frozenset[str] = frozenset()
    divisions: frozenset[str] = frozenset()
    licence_types: Mapping[str, frozenset[str]] = field(default_factory=dict)
    owners: Mapping[tuple[str, str], str] = field(default_factory=dict)
    requires: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    base_items: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EffectRule:
    """办理效果的规定: its options (name -> kind), and what must have run before it on every path.

    A kind is ``boolean``, ``expression``, ``text``, ``number``, ``exclusion`` or
    ``licence_type``; ``needed`` options must be given.
    """

    options: Mapping[str, str] = field(default_factory=dict)
    needed: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()


_ACCEPTED = frozenset({"accept", "deem_accepted"})

EFFECT_RULES: Mapping[str, EffectRule] = {
    "accept": EffectRule({"paper": "boolean"}),
    "deem_accepted": EffectRule(),
    "request_correction": EffectRule(),
    "decline_acceptance": EffectRule({"reason": "expression"}),
    "record_site_check": EffectRule(after=_ACCEPTED),
    "grant": EffectRule({"paper": "boolean"}, after=_ACCEPTED),
    "refuse": EffectRule({"paper": "boolean"}, after=_ACCEPTED),
    "issue_licence": EffectRule(
        {"type": "licence_type"}, needed=frozenset({"type"}), after=frozenset({"grant"})
    ),
    "issue_bill": EffectRule(after=frozenset({"grant"})),
    "refund_bill": EffectRule(
        {"amount": "expression"}, needed=frozenset({"amount"}), after=frozenset({"issue_bill"})
    ),
    "annul_licence": EffectRule(after=frozenset({"issue_licence"})),
    "record_credit": EffectRule({"kind": "text"}),
    "conclude": EffectRule(after=frozenset({"grant", "refuse"})),
    "begin_special": EffectRule(
        {"kind": "exclusion", "source": "text", "days": "number"},
        needed=frozenset({"kind", "source", "days"}),
        after=_ACCEPTED,
    ),
    "end_special": EffectRule(after=frozenset({"begin_special"})),
    "tell_third_party": EffectRule(after=_ACCEPTED),
    "record_view": EffectRule(after=frozenset({"tell_third_party"})),
    "tell_hearing_right": EffectRule(after=_ACCEPTED),
    "schedule_hearing": EffectRule(after=frozenset({"tell_hearing_right"})),
    "record_hearing": EffectRule(after=frozenset({"schedule_hearing"})),
    "record_promise": EffectRule(after=frozenset({"grant"})),
    "keep_promise": EffectRule(after=frozenset({"record_promise"})),
    "break_promise": EffectRule(after=frozenset({"record_promise"})),
    "begin_handling": EffectRule(),
    "renew_licence": EffectRule(after=frozenset({"grant"})),
    "change_licence": EffectRule(after=frozenset({"grant"})),
    "replace_licence": EffectRule(after=frozenset({"grant"})),
    "deregister_licence": EffectRule(after=frozenset({"grant"})),
}
ENDED_BY = frozenset({"conclude", "decline_acceptance"})

_END: Names = {}


def _names(text: str) -> Names:
    return dict.fromkeys(text.split(), _END)


FACTS: Names = {
    "applicant": _names(
        "kind name uscc citizen_id_no birth_date age sex household_division residence_division "
        "household_city residence_city has_breach"
    ),
    "checks": _names("real_name face"),
    "application": _names(
        "channel received_date decided_date division division_kind days number has_agent "
        "hearing_requested deferred_outstanding"
    ),
    "bill": _names("amount status"),
}
PARTY_ATTRIBUTES = frozenset(
    {
        "name",
        "citizen_id_no",
        "uscc",
        "phone",
        "address",
        "birth_date",
        "sex",
        "household_division",
        "residence_division",
        "operator_name",
    }
)
