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


class PackConflictError(PacksError):
    """Two packs claim one key; ``taken`` names section, key and the pack that has it."""

    code = "PACK_CONFLICT"
    reason_zh = "其他场景包已经用了同样的键"
    reason_en = "Another pack has the same key already."
    mend_zh = "请改名，或者先从另一个场景包里去掉"
    mend_en = "Rename it, or take it out of the other pack first."
