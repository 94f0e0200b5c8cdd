"""迁移错误."""

from yiwang.kernel.casework.process.errors import ProcessError


class MigrationError(ProcessError):
    code = "MIGRATION_ERROR"


class MigrationTargetError(MigrationError):
    """There is no such version to move to."""

    code = "MIGRATION_TARGET_UNKNOWN"
    status = 404
    reason_zh = "没有这个流程，或者没有这个版本"
    reason_en = "There is no such process, or no such version of it."
    mend_zh = "核对流程的键；新版本要先随场景包应用"
    mend_en = "Check the key; a new version must be applied with its pack first."


class MigrationUndeclaredError(MigrationError):
    """The version declares no map, so nothing may move to it."""

    code = "MIGRATION_UNDECLARED"
    reason_zh = "这个版本没有声明 migrates，在办件都留在原来的版本"
    reason_en = "This version declares no migrates, so running cases stay where they are."
    mend_zh = "在流程文件里写 migrates: [{from: 旧版本, steps: {旧步骤: 新步骤}}]"
    mend_en = "Write migrates: [{from: <old version>, steps: {<old>: <new>}}] in the process."
