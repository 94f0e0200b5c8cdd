"""Finding units by what they are competent for."""

from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.organizations.errors import NoCompetentUnitError
from yiwang.kernel.base.organizations.models import Organization

__all__ = ["find_competent_unit"]


def find_competent_unit(function: str, level: str, division: Division) -> Organization:
    """Return the unit (承办单位) that has a function at a level for a place.

    The managing path of the place is followed, not its code: in a town that a functional zone
    manages, the zone's unit acts at county level. ``level`` is a ``Division.Level`` value.

    :raises NoCompetentUnitError: no unit in use has the function there.
    """
    unit = (
        Organization.objects.filter(
            functions__contains=[function],
            division__in=division.path.rstrip("/").split("/"),
            division__level=level,
            is_active=True,
        )
        .select_related("division")
        .order_by("-division__path", "pk")
        .first()
    )
    if unit is None:
        raise NoCompetentUnitError(
            f"{division.name}没有承办这类事项的单位",
            f"No unit handles this kind of matter for {division.name}.",
            function=function,
            level=level,
            division=division.code,
        )
    return unit
