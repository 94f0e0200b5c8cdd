"""证照查询: what a holder sees, whatever the status."""

from django.db.models import Q, QuerySet

from yiwang.kernel.registers.licences.models import Licence

__all__ = ["licences_of"]


def licences_of(party_id: int) -> QuerySet[Licence]:
    """Return all licences of a party and of its businesses, newest first, ended ones too."""
    return (
        Licence.objects.filter(Q(holder_id=party_id) | Q(holder__operator_id=party_id))
        .select_related("type", "organization", "holder", "file")
        .order_by("-id")
    )
