"""BPMN 错误: what cannot be read or said, naming the element and the mend."""

from yiwang.kernel.casework.process.errors import ProcessError


class BpmnError(ProcessError):
    code = "BPMN_ERROR"
    status = 422


class BpmnUnreadableError(BpmnError):
    """The file is no XML that we read."""

    code = "BPMN_UNREADABLE"
    reason_zh = "不是可读的 BPMN 文件"
    reason_en = "This is no BPMN file that can be read."
    mend_zh = "用建模工具重新导出 BPMN 2.0 XML"
    mend_en = "Export BPMN 2.0 XML from the modeller again."


class BpmnUnsupportedError(BpmnError):
    """The file says what a process of ours cannot; ``element`` is the id of what is wrong."""

    code = "BPMN_UNSUPPORTED"
    reason_zh = "流程图里有不能导入的内容"
    reason_en = "The drawing holds what cannot be imported."


class BpmnUnsayableError(BpmnError):
    """The process holds what XML cannot."""

    code = "BPMN_UNSAYABLE"
    reason_zh = "流程里有 XML 不能表示的字符"
    reason_en = "The process holds characters that XML cannot."
    mend_zh = "去掉标题和表达式里的控制字符"
    mend_en = "Remove control characters from titles and expressions."


def refused(element: str, zh: str, en: str, mend_zh: str, mend_en: str) -> BpmnUnsupportedError:
    """Return the refusal of one element of a drawing, by its id."""
    return BpmnUnsupportedError(
        f"“{element}”：{zh}",
        f'"{element}": {en}',
        mend_zh=mend_zh,
        mend_en=mend_en,
        element=element,
    )
