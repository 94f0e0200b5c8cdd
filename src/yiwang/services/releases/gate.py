"""秒批关口: what applications ask before an item is decided without a person."""

from functools import lru_cache

from django.db.models import OuterRef, QuerySet, Subquery

from yiwang.kernel.casework.process.engine import get_process
from yiwang.services.applications.instant import Held
from yiwang.services.applications.models import Application
from yiwang.services.items.models import ImplementationItem, ItemVersion
from yiwang.services.releases.models import InstantPath
from yiwang.services.releases.rules.paths import falls_to_person, instant_rules

__all__ = ["ReviewedPaths", "instant_rules_of", "is_open", "takes_the_rest"]

NOT_RELEASED = Held(
    "这个事项的秒批尚未由两人放行，转由工作人员办理",
    "Instant approval of this item is not released by two persons yet; an officer handles it.",
)


class ReviewedPaths:
    """秒批路径 by item: open only when two persons released it and no review has stopped it."""

    def annotated(self, offers: QuerySet[ImplementationItem]) -> QuerySet[ImplementationItem]:
        """Read the state of the path in the query that reads the offer: no query of its own."""
        path = InstantPath.objects.filter(item_key=OuterRef("item__key"))
        return offers.annotate(
            instant_state=Subquery(path.values("state")[:1]),
            instant_stop_zh=Subquery(path.values("stop_reason_zh")[:1]),
            instant_stop_en=Subquery(path.values("stop_reason_en")[:1]),
        )

    def held(self, application: Application, rule: str) -> Held | None:
        version = application.item_version
        if version.process_id is None or rule not in instant_rules_of(version.process_id):
            return None
        state, stop_zh, stop_en = _state(application)
        if is_open(state, version):
            return None
        if state != InstantPath.State.STOPPED:
            return NOT_RELEASED
        return Held(
            f"秒批已停止，转由工作人员办理。{stop_zh}",
            f"Instant approval is stopped; an officer handles the case. {stop_en}",
        )


def _state(application: Application) -> tuple[str | None, str, str]:
    read_along = vars(application.implementation)
    if "instant_state" in read_along:
        stop_zh, stop_en = read_along["instant_stop_zh"], read_along["instant_stop_en"]
        return read_along["instant_state"], stop_zh or "", stop_en or ""
    path = InstantPath.objects.filter(item_key=application.item_key).first()
    if path is None:
        return None, "", ""
    return path.state, path.stop_reason_zh, path.stop_reason_en


def is_open(state: str | None, version: ItemVersion) -> bool:
    """Say whether a path is open: by the desk, else by what the pack says of its release."""
    if state is None:
        return "released" in version.content.get("instant", {})
    return state == InstantPath.State.OPEN


@lru_cache(maxsize=1024)
def instant_rules_of(process_id: int) -> frozenset[str]:
    """Return the rules of a process version that may lead to a grant without a person."""
    return instant_rules(get_process(process_id))


@lru_cache(maxsize=1024)
def takes_the_rest(process_id: int) -> bool:
    """Say whether somebody takes every case that falls out of the instant way."""
    process = get_process(process_id)
    return all(falls_to_person(process, rule) for rule in instant_rules_of(process_id))
