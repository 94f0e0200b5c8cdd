"""场景包部分: the kernel's own sections, each a set of immutable versions with one in force."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from yiwang.kernel.base.divisions.facade import load_divisions, open_zones
from yiwang.kernel.base.organizations.actions import organizations
from yiwang.kernel.casework.dossiers.models import DossierKind
from yiwang.kernel.casework.forms.models import FormDefinition
from yiwang.kernel.casework.process.models import ProcessDefinition
from yiwang.kernel.casework.rules.models import RuleDefinition
from yiwang.kernel.packs.registry import SectionContext, section, switch
from yiwang.kernel.packs.versions import object_version
from yiwang.kernel.reach.notify.actions.templates import apply_templates
from yiwang.kernel.registers.licences.models import LicenceType


def apply_versions(
    model: type[models.Model],
    context: SectionContext,
    objects: Mapping[str, Mapping[str, Any]],
    removed: frozenset[str],
    **extra: Any,
) -> None:
    """Put each object in force as an immutable version; what did not change is not touched."""
    manager: Any = model._default_manager
    for key, content in objects.items():
        version = object_version(context.version, content)
        current = manager.filter(key=key, is_current=True).first()
        if current is not None and current.version == version:
            continue
        manager.filter(key=key, is_current=True).update(is_current=False)
        fields = {name: read(content) for name, read in extra.items()}
        row, is_new = manager.get_or_create(
            key=key, version=version, defaults={"content": content, **fields}
        )
        if not is_new:
            manager.filter(pk=row.pk).update(is_current=True)
    manager.filter(key__in=removed).update(is_current=False)


@section("divisions", order=1, stays=True)
def apply_divisions(
    context: SectionContext, objects: Mapping[str, Any], removed: frozenset[str]
) -> None:
    """Load the code list of places; the zones file says from which day it holds."""
    (zones,) = context.content.sections["zones"].values()
    for rows in objects.values():
        load_divisions(rows=rows, valid_from=zones["list_valid_from"], actor=context.actor)


@section("zones", order=2, stays=True)
def apply_zones(
    context: SectionContext, objects: Mapping[str, Any], removed: frozenset[str]
) -> None:
    for zones in objects.values():
        open_zones(zones=zones["zones"], actor=context.actor)


@section("roles", order=3, stays=True)
def apply_pack_roles(
    context: SectionContext, objects: Mapping[str, Any], removed: frozenset[str]
) -> None:
    for data in objects.values():
        organizations.apply_roles(data, context.actor)


@section("organizations", order=4, stays=True)
def apply_units(
    context: SectionContext, objects: Mapping[str, Any], removed: frozenset[str]
) -> None:
    for data in objects.values():
        organizations.apply_organizations(data, context.actor)


@section("forms", order=10, stays=True)
def apply_forms(
    context: SectionContext, objects: Mapping[str, Mapping[str, Any]], removed: frozenset[str]
) -> None:
    apply_versions(FormDefinition, context, objects, removed)


@section("rules", order=20, stays=True)
def apply_rules(
    context: SectionContext, objects: Mapping[str, Mapping[str, Any]], removed: frozenset[str]
) -> None:
    apply_versions(RuleDefinition, context, objects, removed)


@section("process", order=30, stays=True)
def apply_processes(
    context: SectionContext, objects: Mapping[str, Mapping[str, Any]], removed: frozenset[str]
) -> None:
    apply_versions(ProcessDefinition, context, objects, removed)


@section("licences", order=40, stays=True)
def apply_licence_types(
    context: SectionContext, objects: Mapping[str, Mapping[str, Any]], removed: frozenset[str]
) -> None:
    apply_versions(
        LicenceType,
        context,
        objects,
        removed,
        title_zh=lambda content: content["title_zh"],
        title_en=lambda content: content["title_en"],
    )


@section("dossiers", order=45)
def apply_dossier_kinds(
    context: SectionContext, objects: Mapping[str, Mapping[str, Any]], removed: frozenset[str]
) -> None:
    apply_versions(DossierKind, context, objects, removed)


@section("notices", order=50)
def apply_notices(
    context: SectionContext, objects: Mapping[str, Mapping[str, Any]], removed: frozenset[str]
) -> None:
    apply_templates(pack_key=context.pack_key, templates=objects, removed=removed)


@switch("notices")
def switch_notices(pack: str, sections: Mapping[str, Mapping[str, Any]], is_on: bool) -> None:
    """停用或启用通知: what it tells everybody stops; who has begun is told as before."""
    templates = sections.get("notices", {})
    if is_on:
        apply_templates(pack_key=pack, templates=templates)
    else:
        quiet = {key: {**content, "for_all": False} for key, content in templates.items()}
        apply_templates(pack_key=pack, templates=quiet)
