"""响应: draw instant decisions for review, once each, after the case is concluded."""

from decimal import Decimal

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.crypto.facade import blind_index
from yiwang.kernel.base.events import facade as events
from yiwang.services.applications.models import Application
from yiwang.services.items.selectors import get_version
from yiwang.services.releases.gate import instant_rules_of
from yiwang.services.releases.models import InstantPath, InstantReview
from yiwang.services.releases.rules.sampling import draw_of, is_drawn
from yiwang.services.releases.watch import watch_of

DRAW = "instant.review"


@events.consumer("releases.draw_reviews", ["case.concluded"])
def draw_review(event: events.Event) -> None:
    """Draw by the case number under the keyed hash: repeatable, and nobody can foresee it."""
    application = (
        Application.objects.select_related("case")
        .filter(case_id=event.data["case"], is_automatic=True)
        .first()
    )
    if application is None:
        return
    version = get_version(application.item_version_id)
    if version.process_id is None or not instant_rules_of(version.process_id):
        return
    path = InstantPath.objects.filter(item_key=application.item_key).first()
    share = watch_of(path, version).sample_share
    case = application.case
    draw = draw_for(case.number)
    if is_drawn(draw, share):
        InstantReview.objects.get_or_create(
            case=case,
            defaults={
                "item_key": application.item_key,
                "org_path": case.org_path,
                "division_path": case.division_path,
                "draw": draw,
                "share": share,
                "drawn_at": now(),
                "verdict": InstantReview.Verdict.OPEN,
            },
        )


def draw_for(number: str) -> Decimal:
    """Return the draw of a case number, the same whenever it is drawn."""
    return draw_of(blind_index(number, DRAW))
