"""已知名称: what a pack may name that stands outside it, and what its expressions may read.

Plug-ins come from the registries; units, roles, licences and items from the packs beside it. The
facts and the order of effects are the pack format's own contract (docs/reference/pack-format.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from yiwang.kernel.casework.forms import prefill
from yiwang.kernel.casework.process import registry
from yiwang.kernel.packs.checks.documents import read_document

# What expressions may read: a name holds the names below it; an empty one ends the question.
Names = Mapping[str, "Names"]


@dataclass(frozen=True, slots=True)
class KnownNames:
    """已知名称: names that are defined outside the pack under check.

    ``licence_types`` maps a type to the keys of its fields. ``packs`` are those that may be
    required.
    """

    effects: frozenset[str] = frozenset()
    prefill_plugins: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    themes: frozenset[str] = frozenset()
    packs: frozenset[str] = frozenset()
    licence_types: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EffectRule:
    """办理效果的规定: its options (name -> kind), and what must have run before it on every path.

    A kind is ``boolean``, ``expression``, ``text`` or ``licence_type``; ``needed`` options must be
    given.
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
        "channel received_date decided_date division division_kind days number has_agent"
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


def known_names(folder: Path | None = None) -> KnownNames:
    """Return what is installed and what the packs in ``folder`` define.

    A pack that cannot be read defines nothing; its own check says why. Without ``folder``, the
    packs of this installation are read.
    """
    found = _Found()
    base = folder if folder is not None else Path(settings.PACKS_DIR)
    for manifest in sorted(base.glob("*/pack.yaml")):
        found.read_pack(manifest.parent)
    return KnownNames(
        effects=registry.effect_names(),
        prefill_plugins=prefill.plugin_names(),
        roles=frozenset(found.roles),
        functions=frozenset(found.functions),
        items=frozenset(found.items),
        themes=frozenset(found.themes),
        packs=frozenset(found.packs),
        licence_types=found.licence_types,
    )


class _Found:
    def __init__(self) -> None:
        self.roles: set[str] = set()
        self.functions: set[str] = set()
        self.items: set[str] = set()
        self.themes: set[str] = set()
        self.packs: set[str] = set()
        self.licence_types: dict[str, frozenset[str]] = {}

    def read_pack(self, folder: Path) -> None:
        self.packs.add(folder.name)
        for role in _entries(_load(folder / "roles.yaml"), "roles"):
            self.roles.add(str(role.get("key")))
        units = _load(folder / "organizations.yaml")
        for unit in (*_entries(units, "patterns"), *_entries(units, "organizations")):
            functions = unit.get("functions")
            self.functions.update(map(str, functions if isinstance(functions, list) else ()))
        for path in sorted(folder.glob("items/*.yaml")):
            self.items.update(_key_of(_load(path)))
        for path in sorted(folder.glob("themes/*.yaml")):
            self.themes.update(_key_of(_load(path)))
        for path in sorted(folder.glob("licences/*.yaml")):
            data = _load(path)
            for key in _key_of(data):
                self.licence_types[key] = frozenset(
                    str(entry.get("key")) for entry in _entries(data, "fields")
                )


def _load(path: Path) -> Any:
    return read_document(path.name, path.read_bytes()).data if path.is_file() else None


def _key_of(data: Any) -> list[str]:
    key = data.get("key") if isinstance(data, Mapping) else None
    return [key] if isinstance(key, str) else []


def _entries(data: Any, name: str) -> list[Mapping[str, Any]]:
    found = data.get(name) if isinstance(data, Mapping) else None
    return [e for e in found if isinstance(e, Mapping)] if isinstance(found, list) else []
