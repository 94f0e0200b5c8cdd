"""机构与岗位: what other apps use."""

from yiwang.kernel.base.organizations.actions.city import load_city
from yiwang.kernel.base.organizations.actions.organizations import (
    AppliedOrganizations,
    apply_organizations,
    apply_roles,
)
from yiwang.kernel.base.organizations.errors import NoCompetentUnitError, OrganizationDataError
from yiwang.kernel.base.organizations.selectors import find_competent_unit

__all__ = [
    "AppliedOrganizations",
    "NoCompetentUnitError",
    "OrganizationDataError",
    "apply_organizations",
    "apply_roles",
    "find_competent_unit",
    "load_city",
]
