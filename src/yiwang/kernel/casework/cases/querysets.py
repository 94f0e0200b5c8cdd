"""办件可见范围: one predicate over a case and, for a whole, over its parts."""

from django.db.models import Exists, OuterRef, Q

from yiwang.kernel.casework.cases.models import Case

__all__ = ["or_whole_of"]


def or_whole_of(sight: Q) -> Q:
    """Return the condition that a case is in sight itself, or is the whole of a part that is.

    A department that handles a part may open the whole it belongs to: what the applicant gave and
    how far each part is. The other parts stay out of sight, with their opinions.
    """
    return sight | Q(Exists(Case.objects.filter(sight, parent=OuterRef("pk"))))
