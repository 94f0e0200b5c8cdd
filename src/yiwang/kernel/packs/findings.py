"""检查结果: what the static check of a pack found, each with its place and how to mend it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """问题: one fault of one file.

    ``pack`` is the pack's name and ``file`` the path inside it, ``line`` counts from 1, ``path``
    names the place in the data (``steps.receive.acts.accept.to``). ``code`` is stable. An ``error``
    keeps the pack from being applied; a ``warning`` does not.
    """

    file: str
    line: int
    path: str
    code: str
    reason_zh: str
    reason_en: str
    mend_zh: str
    mend_en: str
    severity: Severity = "error"
    pack: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as JSON holds it."""
        return asdict(self)

    def __str__(self) -> str:
        mark = "错误 error" if self.severity == "error" else "提醒 warning"
        file = f"{self.pack}/{self.file}" if self.pack else self.file
        place = f"{file}:{self.line}" + (f" {self.path}" if self.path else "")
        return (
            f"{place}: {mark} {self.code}: {self.reason_zh}。{self.mend_zh}。"
            f" {self.reason_en} {self.mend_en}"
        )
