"""通知模板: what packs bring."""

from collections.abc import Mapping
from typing import Any

from yiwang.kernel.reach.notify.errors import TemplateFormError
from yiwang.kernel.reach.notify.models import Binding, Channel, Template
from yiwang.kernel.reach.notify.rules.words import PlaceholderError, placeholders

__all__ = ["EVENT_PLACEHOLDERS", "apply_templates"]

EVENT_PLACEHOLDERS = frozenset(
    {
        "number",
        "title",
        "unit",
        "unit_phone",
        "unit_address",
        "due_date",
        "outcome",
        "amount_yuan",
        "bill",
    }
)
"""What a notice that an event sends may name; each is empty where the case has no such thing."""

_TEXTS = ("title_zh", "title_en", "body_zh", "body_en")


def apply_templates(
    *,
    pack_key: str,
    templates: Mapping[str, Mapping[str, Any]],
    removed: frozenset[str] = frozenset(),
) -> None:
    """Make the pack's templates and their bindings equal to ``templates``, by key.

    Each has ``channels``, ``title_zh``, ``title_en``, ``body_zh``, ``body_en`` and may have
    ``event``, ``for_all`` (for the cases of every pack), ``link`` (a path) and ``is_mandatory``.

    :raises TemplateFormError: a wrong placeholder; nothing is changed.
    """
    for key, content in templates.items():
        _check(key, content)
    gone = [*removed, *templates]
    Template.objects.filter(pack_key=pack_key, key__in=gone).delete()
    Binding.objects.filter(pack_key=pack_key, template_key__in=gone).delete()
    Template.objects.bulk_create(
        Template(
            key=key,
            channel=Channel(channel),
            **{name: content[name].strip() for name in _TEXTS},
            link=content.get("link", ""),
            is_mandatory=content.get("is_mandatory", False),
            pack_key=pack_key,
        )
        for key, content in templates.items()
        for channel in content["channels"]
    )
    Binding.objects.bulk_create(
        Binding(
            event_type=content["event"],
            template_key=key,
            for_all=content.get("for_all", False),
            pack_key=pack_key,
        )
        for key, content in templates.items()
        if content.get("event")
    )


def _check(key: str, content: Mapping[str, Any]) -> None:
    for text in (content[name] for name in _TEXTS):
        try:
            names = placeholders(text)
        except PlaceholderError as error:
            raise TemplateFormError(template=key, found=str(error)) from error
        unknown = names - EVENT_PLACEHOLDERS if content.get("event") else frozenset()
        if unknown:
            raise TemplateFormError(template=key, unknown=sorted(unknown))
