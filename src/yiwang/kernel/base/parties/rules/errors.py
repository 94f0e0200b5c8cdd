"""What is wrong with a code, said so that the person who typed it can mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CodeError:
    """One fault of a typed code: stable ``code``, reason and mend in Chinese and English.

    The typed value itself is never part of the error, so an error may be logged.
    """

    code: str
    reason_zh: str
    reason_en: str
    mend_zh: str
    mend_en: str


class InvalidCodeError(ValueError):
    """A typed code, number or name breaks its standard; ``error`` says how and how to mend it."""

    def __init__(self, error: CodeError) -> None:
        super().__init__(f"{error.code}: {error.reason_zh} {error.reason_en}")
        self.error = error

    @property
    def code(self) -> str:
        return self.error.code
