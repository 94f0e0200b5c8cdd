"""What can be wrong with units and seats."""

from yiwang.kernel.errors import DomainError


class OrganizationError(DomainError):
    """Base of this app's errors."""

    code = "ORGANIZATION_ERROR"


class OrganizationDataError(OrganizationError):
    """A unit, seat or role in a pack cannot be read; ``problems`` names each fault."""

    code = "ORGANIZATION_DATA_INVALID"
    status = 422
    reason_zh = "机构或岗位定义有误，未作任何改动"
    reason_en = "The definition of units and seats has faults; nothing was changed."
    mend_zh = "请按列出的位置修改后重新应用"
    mend_en = "Mend the places that are named and apply again."


class NoCompetentUnitError(OrganizationError):
    """No unit has this function at this level for this place."""

    code = "NO_COMPETENT_UNIT"
    status = 422
    reason_zh = "这个地方没有承办单位"
    reason_en = "No unit is competent for this place."
    mend_zh = "请核对所选地点，或到当地政务服务中心咨询"
    mend_en = "Check the place you chose, or ask at the local service centre."
