"""检查结果: one fault of a definition, with its place and how to mend it."""

from dataclasses import dataclass

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class GraphFault:
    """One fault: a stable code, the place in the definition, and words in both languages."""

    code: str
    place: Place
    reason_zh: str
    reason_en: str
    mend_zh: str
    mend_en: str
