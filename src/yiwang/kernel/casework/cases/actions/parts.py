"""子办件: parts of a whole under one parent. The nets' verbs are built from these.

Whoever changes parts and their whole in one act locks with :func:`lock_whole`: the parts first, in
the order of their opening, then the parent. A verb of a single part locks that part alone, so the
two never wait for each other in a circle.
"""

from collections.abc import Collection, Sequence
from typing import Any

from yiwang.kernel import acts
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.cases.actions.cases import conclude_case, lock_case, tell
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.cases.rules.wholes import Part, Whole, derive_whole

__all__ = ["lapse_part", "lock_whole", "settle_whole", "tell_both"]


def lock_whole(parent_id: int) -> tuple[Case, list[Case]]:
    """Lock the parts and then the parent; return the parent and the parts in order of opening."""
    rows = Case.objects.select_for_update(of=("self",)).filter(parent_id=parent_id)
    parts = list(rows.select_related("organization", "division", "party").order_by("pk"))
    return lock_case(parent_id), parts


def tell_both(
    part: Case,
    parent: Case,
    *,
    kind: str,
    title_zh: str,
    title_en: str,
    actor: Actor,
    details: dict[str, Any] | None = None,
) -> None:
    """Append a public line to the timelines of a part and, naming the part, of its parent."""
    unit = part.organization.name
    words = {"kind": kind, "actor": actor, "organization_name": unit, "details": details}
    tell(part, title_zh=title_zh, title_en=title_en, **words)  # type: ignore[arg-type]
    tell(
        parent,
        title_zh=f"“{part.title}”{title_zh}",
        title_en=f"{part.title_en}: {title_en}",
        **words,  # type: ignore[arg-type]
    )


def lapse_part(*, part: Case, parent: Case, because: Case, actor: Actor) -> None:
    """前置未准予: end a part that never began, for what it waited for was not granted.

    Nothing was decided about it: there is no paper, and it may be applied for by itself later.
    What waited for a part that the applicant took back is taken back with it.
    """
    is_withdrawn = because.outcome == Case.Outcome.WITHDRAWN
    conclude_case(
        case=part, outcome=Case.Outcome.WITHDRAWN if is_withdrawn else Case.Outcome.LAPSED
    )
    tell_both(
        part,
        parent,
        kind="part.lapsed",
        title_zh=f"不再办理：需要先办的“{because.title}”没有办成",
        title_en=f"not begun: it needs {because.title_en}, which was not granted",
        actor=actor,
    )


def settle_whole(*, parent: Case, parts: Sequence[Case], waiting: Collection[int] = ()) -> Whole:
    """Bring the row of the parent to what its parts say; ``waiting`` are parts not yet begun.

    Doing it twice changes nothing. The verb stops the joint clock, audits and emits.
    """
    whole = derive_whole(
        Part(part.status, part.phase, part.outcome, has_begun=part.pk not in waiting)
        for part in parts
    )
    if whole.has_ended:
        if parent.status != Case.Status.CONCLUDED:
            conclude_case(case=parent, outcome=whole.outcome)
    elif parent.phase != whole.phase:
        parent.phase = whole.phase
        acts.change(parent, "phase")
    return whole
