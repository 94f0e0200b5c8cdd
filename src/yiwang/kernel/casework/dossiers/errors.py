"""项目错误."""

from yiwang.kernel.errors import DomainError


class DossierError(DomainError):
    code = "DOSSIER_ERROR"


class DossierKindUnknownError(DossierError):
    code = "DOSSIER_KIND_UNKNOWN"
    status = 422
    reason_zh = "没有这一类项目"
    reason_en = "There is no such kind of project."
    mend_zh = "请从列出的项目类别中选择"
    mend_en = "Choose one of the kinds that are listed."


class DossierCodeTakenError(DossierError):
    code = "DOSSIER_CODE_TAKEN"
    status = 409
    reason_zh = "这个项目代码已经用于另一个项目"
    reason_en = "Another project has this code."
    mend_zh = "请核对项目代码"
    mend_en = "Check the code of the project."


class StageUnknownError(DossierError):
    code = "DOSSIER_STAGE_UNKNOWN"
    status = 422
    reason_zh = "这类项目没有这个阶段"
    reason_en = "This kind of project has no such stage."
    mend_zh = "请从列出的阶段中选择"
    mend_en = "Choose one of the stages that are listed."


class CaseFiledElsewhereError(DossierError):
    code = "DOSSIER_CASE_FILED"
    status = 409
    reason_zh = "这件已经归入另一个项目或者阶段"
    reason_en = "This case is filed in another project or stage."
    mend_zh = "请先核对办件编号"
    mend_en = "Check the number of the case."
