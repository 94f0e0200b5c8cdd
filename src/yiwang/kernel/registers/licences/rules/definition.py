"""证照类型定义: numbering, validity and fields, compiled once per version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from yiwang.kernel.casework.rules import feel
from yiwang.kernel.registers.licences.errors import ValidityUnknownError


@dataclass(frozen=True, slots=True)
class LicenceField:
    key: str
    title_zh: str
    title_en: str
    value: feel.Expression


@dataclass(frozen=True, slots=True)
class LicenceDefinition:
    """What a licence of this type says and how long it holds."""

    key: str
    number: str
    new_party: str
    years: int | None
    until: feel.Expression | None
    seal_kind: str
    kind: str
    fields: tuple[LicenceField, ...]
    note_zh: str
    note_en: str

    def valid_to(self, start: date, facts: Mapping[str, Any]) -> date | None:
        """Return the last valid day, or None where the licence does not expire.

        A licence of n years ends on the day before the n-th return of its first day.

        :raises ValidityUnknownError: the facts give no day of end.
        """
        if self.until is not None:
            value = self.until(facts)
            if isinstance(value, datetime):
                return value.date()
            if isinstance(value, date):
                return value
            try:
                return date.fromisoformat(str(value))
            except ValueError as error:
                raise ValidityUnknownError(type=self.key) from error
        if self.years is None:
            return None
        try:
            return start.replace(year=start.year + self.years) - timedelta(days=1)
        except ValueError:
            # 29 February: the matching day is the month's last (民法典 第二百零二条).
            return date(start.year + self.years, 2, 28)


def compile_licence(content: Mapping[str, Any]) -> LicenceDefinition:
    """Compile a licence type of a pack.

    :raises FeelError: when a field's value is not FEEL.
    """
    validity = content.get("validity") or {}
    return LicenceDefinition(
        key=content["key"],
        number=content["number"],
        new_party=content.get("new_party", ""),
        years=validity.get("years"),
        until=feel.compile(validity["until"]) if "until" in validity else None,
        seal_kind=content["seal_kind"],
        kind=content["kind"],
        fields=tuple(
            LicenceField(f["key"], f["title_zh"], f["title_en"], feel.compile(f["value"]))
            for f in content["fields"]
        ),
        note_zh=content.get("note_zh", ""),
        note_en=content.get("note_en", ""),
    )
