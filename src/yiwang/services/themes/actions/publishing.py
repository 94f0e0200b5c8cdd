"""发布一件事: merge the items of a theme as they stand now, and put that in force."""

from collections.abc import Mapping
from typing import Any

from yiwang.kernel.base.calendars import now
from yiwang.kernel.casework.forms.models import FormDefinition
from yiwang.kernel.packs.registry import SectionContext, section
from yiwang.kernel.packs.versions import object_version
from yiwang.services.items.models import ItemVersion
from yiwang.services.themes.errors import ThemeBrokenError
from yiwang.services.themes.models import Theme, ThemeVersion
from yiwang.services.themes.rules.merging import PartSource, merge

__all__ = ["publish_theme", "refresh_themes"]


@section("themes", order=110)
def apply_themes(
    context: SectionContext, objects: Mapping[str, Mapping[str, Any]], removed: frozenset[str]
) -> None:
    """Put each theme in force; running cases stay on the version that they began with."""
    for key, content in objects.items():
        publish_theme(
            pack_key=context.pack_key, key=key, source=content, pack_version=context.version
        )
    Theme.objects.filter(key__in=removed).update(is_active=False)


def publish_theme(
    *, pack_key: str, key: str, source: Mapping[str, Any], pack_version: str
) -> ThemeVersion:
    """发布一件事: make the theme, merged with its items, the version in force.

    :raises ThemeBrokenError: an item is not there, or lacks what the theme takes from it.
    """
    theme, _ = Theme.objects.update_or_create(
        key=key, defaults={"pack_key": pack_key, "is_active": True}
    )
    sources = _sources(source)
    try:
        content, form = merge(source, sources)
    except KeyError as error:
        raise ThemeBrokenError(
            f"一件事“{key}”引用了事项没有的内容：{error.args[0]}",
            f'The theme "{key}" takes from an item what it does not have: {error.args[0]}.',
        ) from error
    version_name = object_version(pack_version, {"theme": content, "form": form})
    current = theme.versions.filter(is_current=True).first()
    if current is not None and current.version == version_name:
        return current
    theme.versions.filter(is_current=True).update(is_current=False)
    definition = _put_form(form, version_name)
    version, is_new = ThemeVersion.objects.get_or_create(
        theme=theme,
        version=version_name,
        defaults={
            "title_zh": source["title_zh"],
            "title_en": source["title_en"],
            "content": content,
            "source": dict(source),
            "form": definition,
            "published_at": now(),
        },
    )
    if not is_new:
        ThemeVersion.objects.filter(pk=version.pk).update(is_current=True)
    return version


def refresh_themes() -> int:
    """Merge the themes in force anew: an item may have changed since. Returns how many changed."""
    changed = 0
    rows = ThemeVersion.objects.filter(is_current=True, theme__is_active=True)
    for version in rows.select_related("theme").order_by("id"):
        renewed = publish_theme(
            pack_key=version.theme.pack_key,
            key=version.theme.key,
            source=version.source,
            pack_version=version.version.partition("+")[0],
        )
        changed += renewed.pk != version.pk
    return changed


def _sources(source: Mapping[str, Any]) -> dict[str, PartSource]:
    keys = [part["item"] for part in source["parts"]]
    rows = ItemVersion.objects.filter(
        item__key__in=keys, is_current=True, item__is_active=True
    ).select_related("form", "item")
    versions = {row.item.key: row for row in rows}
    sources = {}
    for part in source["parts"]:
        version = versions.get(part["item"])
        if version is None or version.form is None:
            raise ThemeBrokenError(
                f"没有在用的事项“{part['item']}”，或者它没有表单",
                f'There is no item "{part["item"]}" in force with a form.',
            )
        sources[part["key"]] = PartSource(part, version.content, version.form.content)
    return sources


def _put_form(form: Mapping[str, Any], version: str) -> FormDefinition:
    forms = FormDefinition.objects.filter(key=form["key"])
    forms.filter(is_current=True).update(is_current=False)
    row, is_new = FormDefinition.objects.get_or_create(
        key=form["key"], version=version, defaults={"content": form}
    )
    if not is_new:
        FormDefinition.objects.filter(pk=row.pk).update(is_current=True)
    return row
