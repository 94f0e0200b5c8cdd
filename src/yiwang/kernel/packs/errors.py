"""场景包错误."""

from yiwang.kernel.errors import DomainError


class PacksError(DomainError):
    code = "PACK_ERROR"


class PackBrokenError(PacksError):
    """The check found errors; nothing was applied."""

    code = "PACK_BROKEN"
    status = 422
    reason_zh = "场景包检查未通过，没有应用"
    reason_en = "The pack did not pass its check; nothing was applied."
    mend_zh = "请按列出的文件和行号修改"
    mend_en = "Mend what is listed, by file and line."


class PackMissingError(PacksError):
    code = "PACK_MISSING"
    status = 404
    reason_zh = "没有这个场景包"
    reason_en = "There is no such pack."
    mend_zh = "请核对键，或先应用它依赖的场景包"
    mend_en = "Check the key, or apply the packs that it requires first."
