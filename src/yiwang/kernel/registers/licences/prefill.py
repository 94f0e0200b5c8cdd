"""证照免填写: a form takes over what a licence that the person holds already says."""

from yiwang.kernel.casework.forms.prefill import PrefillContext, Prefilled, prefill_plugin
from yiwang.kernel.registers.licences.actions.licences import usable_licences


@prefill_plugin("licence")
def prefill_from_licence(context: PrefillContext, attribute: str) -> Prefilled | None:
    """Give ``<licence type>.<field>`` of the newest valid licence; ``number`` is a field too."""
    type_key, _, field = attribute.partition(".")
    licence = (
        usable_licences(context.party.pk)
        .filter(type_key=type_key)
        .select_related("type")
        .order_by("-id")
        .first()
    )
    if licence is None:
        return None
    value = licence.number if field == "number" else licence.record["fields"].get(field)
    return Prefilled(value, licence.type.title_zh, licence.type.title_en)
