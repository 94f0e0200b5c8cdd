"""后台: due dates follow the calendar when a year is published or a day off is changed."""

from collections.abc import Sequence

from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.facade import MovedClock, recompute_clocks


@events.pump("cases.recompute_clocks", every_s=600)
def recompute() -> int:
    """Compute again the clocks whose calendar changed, and bring the cases' copies along."""
    return recompute_clocks(on_moved=follow)


def follow(moved: Sequence[MovedClock]) -> None:
    """Bring the due date that lists show along with its clock, in the same transaction."""
    for clock in moved:
        Case.objects.filter(pk=clock.case_id, due_at=clock.due_before).update(
            due_at=clock.due_after
        )
