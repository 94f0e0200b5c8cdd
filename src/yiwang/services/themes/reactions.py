"""响应: what themes do when another part of the platform has acted."""

from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.events.contracts import Event
from yiwang.kernel.casework.cases.models import Case
from yiwang.services.themes.actions.following import follow
from yiwang.services.themes.actions.publishing import refresh_themes
from yiwang.services.themes.models import KIND


@events.consumer(
    "themes.follow_parts",
    ["case.accepted", "case.correction_asked", "case.corrected", "case.moved", "case.concluded"],
)
def on_part_moved(event: Event) -> None:
    """一部分有了进展: the whole follows."""
    case_id = event.data.get("case")
    if not isinstance(case_id, int):
        return
    parent = Case.objects.filter(pk=case_id, parent__kind=KIND).values_list("parent_id", flat=True)
    for parent_id in parent:
        follow(parent_id)


@events.consumer("themes.refresh", ["pack.applied"])
def on_pack_applied(event: Event) -> None:
    """场景包已应用: an item of a theme may have changed with it."""
    refresh_themes()
