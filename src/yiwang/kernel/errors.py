"""Domain errors: one base with a stable code, words in both languages, and what to do next."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing wrong with one field: where, why and how to mend it, in both languages."""

    field: str
    code: str
    reason_zh: str
    reason_en: str
    mend_zh: str = ""
    mend_en: str = ""


class DomainError(Exception):
    """An act that was refused. Nothing changed; the caller may show every word of it."""

    code: ClassVar[str] = "DOMAIN_ERROR"
    status: ClassVar[int] = 409
    reason_zh: ClassVar[str] = "办理未完成"
    reason_en: ClassVar[str] = "The act was not completed."
    mend_zh: ClassVar[str] = ""
    mend_en: ClassVar[str] = ""

    def __init__(
        self,
        reason_zh: str | None = None,
        reason_en: str | None = None,
        *,
        mend_zh: str | None = None,
        mend_en: str | None = None,
        problems: Sequence[FieldProblem] = (),
        **details: Any,
    ) -> None:
        self.zh = reason_zh or self.reason_zh
        self.en = reason_en or (self.reason_en if reason_zh is None else reason_zh)
        self.mend = (mend_zh or self.mend_zh, mend_en or self.mend_en)
        self.problems = tuple(problems)
        self.details = details
        super().__init__(f"{self.code}: {self.zh}")

    def as_problem(self, instance: str = "") -> dict[str, Any]:
        """Return the RFC 9457 problem document."""
        return {
            "type": f"urn:yiwang:error:{self.code}",
            "title": self.zh,
            "title_en": self.en,
            "status": self.status,
            "code": self.code,
            "mend": self.mend[0],
            "mend_en": self.mend[1],
            "instance": instance,
            "problems": [asdict(problem) for problem in self.problems],
            **self.details,
        }


class NotFoundError(DomainError):
    """Absent, or not yours: the same answer on purpose."""

    code = "NOT_FOUND"
    status = 404
    reason_zh = "没有找到，或者您无权查看"
    reason_en = "Not found, or not yours to see."
    mend_zh = "请核对编号，或登录后从“我的”进入"
    mend_en = "Check the number, or sign in and open it from your own list."


class NotPermittedError(DomainError):
    code = "NOT_PERMITTED"
    status = 403
    reason_zh = "您没有办理这一步的权限"
    reason_en = "You may not do this."
    mend_zh = "请联系本单位管理员，或转给有权限的同事"
    mend_en = "Ask your administrator, or hand it to a colleague who may."


class InvalidInputError(DomainError):
    code = "INVALID_INPUT"
    status = 422
    reason_zh = "有内容需要修改"
    reason_en = "Some answers need a change."
    mend_zh = "请按提示修改后再提交，已填写的内容都保留着"
    mend_en = "Mend what is marked and send again; everything you typed is kept."


class StaleError(DomainError):
    """Somebody acted first: the screen shows an older state than the store."""

    code = "STALE"
    status = 409
    reason_zh = "这一步已经由他人办理"
    reason_en = "Someone else has already done this step."
    mend_zh = "请刷新页面查看最新状态"
    mend_en = "Reload to see the latest state."
