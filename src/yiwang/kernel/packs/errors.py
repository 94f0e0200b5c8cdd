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


class PackOlderError(PacksError):
    """The pack has a lower version than the one in force."""

    code = "PACK_OLDER"
    reason_zh = "现行版本比它新"
    reason_en = "The version in force is newer."
    mend_zh = "提高 version；确实要退回时加 --older"
    mend_en = "Raise its version, or add --older if you mean to go back."


class PackOffError(PacksError):
    """A pack that is needed is switched off."""

    code = "PACK_OFF"
    reason_zh = "它依赖的场景包已停用"
    reason_en = "A pack that it requires is switched off."
    mend_zh = "先启用依赖的场景包"
    mend_en = "Switch that pack on first."


class PackNeededError(PacksError):
    """Other packs stand on this one."""

    code = "PACK_NEEDED"
    reason_zh = "还有启用的场景包依赖它"
    reason_en = "Packs that are on require it."
    mend_zh = "先停用依赖它的场景包"
    mend_en = "Switch those off first."


class ExportTargetError(PacksError):
    """The folder holds what is not of the pack: the export would not be the pack."""

    code = "EXPORT_TARGET"
    reason_zh = "目标文件夹里有别的文件"
    reason_en = "The folder holds other files."
    mend_zh = "换一个空文件夹"
    mend_en = "Name an empty folder."
