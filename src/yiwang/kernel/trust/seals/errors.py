"""What can go wrong with seals and documents."""

from yiwang.kernel.errors import DomainError


class SealsError(DomainError):
    """Base of this app's errors."""

    code = "SEALS_ERROR"
    reason_zh = "用印没有完成"
    reason_en = "The document was not sealed."


class SealUnavailableError(SealsError):
    """The unit has no active seal of this kind, or its certificate does not hold today."""

    code = "SEALS_UNAVAILABLE"
    reason_zh = "该单位没有可用的电子印章"
    reason_en = "The unit has no seal in force."
    mend_zh = "请印章管理员为该单位申领、启用或换发电子印章"
    mend_en = "Ask the keeper of seals to apply for, activate or renew the unit's seal."


class SealTransitionError(SealsError):
    """The seal does not stand where this act starts from."""

    code = "SEALS_TRANSITION"
    reason_zh = "印章当前状态不能办理这一步"
    reason_en = "The seal's present state does not allow this."
    mend_zh = "请刷新页面，查看印章的最新状态"
    mend_en = "Reload to see the seal's latest state."


class SealPictureError(SealsError):
    """The name cannot be cut into a seal: empty, or longer than the rim holds."""

    code = "SEALS_PICTURE"
    status = 422
    reason_zh = "印章名称为空或者过长"
    reason_en = "The name on the seal is empty or too long."
    mend_zh = "请核对单位名称；印章沿边最多排 60 个字，下方最多 20 个字"
    mend_en = "Check the unit's name: the rim holds 60 characters, the line below 20."


class DocumentTemplateError(SealsError):
    """The template is unknown or does not compile, or the data lack what it needs."""

    code = "SEALS_TEMPLATE"
    status = 500
    reason_zh = "文书模板不能使用"
    reason_en = "The document template cannot be used."
    mend_zh = "请管理员检查场景包中的文书模板"
    mend_en = "Ask the administrator to check the template in the pack."


class GlyphMissingError(SealsError):
    """A name has a character that no installed font can write; ``details`` lists them."""

    code = "SEALS_GLYPH_MISSING"
    status = 422
    reason_zh = "字库缺少文书中的生僻字"
    reason_en = "No installed font has some of the characters."
    mend_zh = "请管理员把含有该字的字体放入字体目录后重试，不要用别的字代替"
    mend_en = "Ask the administrator to install a font that has them; do not replace them."


class NotAPdfError(SealsError):
    """The file is no PDF that can be read to its end."""

    code = "SEALS_NOT_A_PDF"
    status = 422
    reason_zh = "文件不是完整的 PDF"
    reason_en = "The file is not a complete PDF."
    mend_zh = "请重新下载原文件"
    mend_en = "Download the original file again."
