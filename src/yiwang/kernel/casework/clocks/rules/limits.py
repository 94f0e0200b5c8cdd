"""时限: what a limit is made of, and the limits of the licensing law itself."""

from dataclasses import dataclass
from enum import StrEnum

from yiwang.kernel.casework.clocks.errors import LimitInvalidError


class Unit(StrEnum):
    """期限单位."""

    WORKING_DAY = "WORKING_DAY"
    CALENDAR_DAY = "CALENDAR_DAY"
    WORKING_HOUR = "WORKING_HOUR"
    URGENT_HOUR = "URGENT_HOUR"
    MONTH = "MONTH"
    YEAR = "YEAR"

    @property
    def is_hours(self) -> bool:
        return self in (Unit.WORKING_HOUR, Unit.URGENT_HOUR)


class StartRule(StrEnum):
    """起算规则. Source: 民法典 201."""

    NEXT_DAY = "NEXT_DAY"
    """始日不计: the day on which the limit starts is not counted."""
    AT_ONCE = "AT_ONCE"
    """Hours run from the given moment."""


class Basis(StrEnum):
    """时限性质: what the law sets, and what the unit promises."""

    STATUTORY = "STATUTORY"
    PROMISED = "PROMISED"


class EffectOnExpiry(StrEnum):
    """期满效力: what the law itself makes of silence."""

    NONE = "NONE"
    DEEMED_ACCEPTANCE = "DEEMED_ACCEPTANCE"
    """视为受理. Source: 行政许可法 32(4) (2019)."""
    DEEMED_RENEWAL = "DEEMED_RENEWAL"
    """视为准予延续. Source: 行政许可法 50 (2019)."""
    DEEMED_CONSENT = "DEEMED_CONSENT"
    """视为同意公开. Source: 政府信息公开条例 34 (2019)."""


class ApproverRank(StrEnum):
    """批准人层级, from low to high."""

    OFFICE_HEAD = "OFFICE_HEAD"
    ORGAN_HEAD = "ORGAN_HEAD"
    GOVERNMENT_HEAD = "GOVERNMENT_HEAD"

    def reaches(self, other: "ApproverRank") -> bool:
        ranks = list(ApproverRank)
        return ranks.index(self) >= ranks.index(other)


@dataclass(frozen=True, slots=True)
class Extension:
    """延长: how far a limit may be extended, once, and who approves it."""

    amount: int
    approver_rank: ApproverRank
    source: str

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise LimitInvalidError(
                "延长期限应为正整数", "An extension is a positive whole number."
            )


@dataclass(frozen=True, slots=True)
class Limit:
    """时限: an amount of a unit with its legal source.

    ``amount`` 0 is allowed for working days only and means the same working day (当场). Without
    ``confirmed`` the number was not read in its source, and pages must say so.
    """

    amount: int
    unit: Unit
    source: str
    edition: str = ""
    confirmed: bool = True
    basis: Basis = Basis.STATUTORY
    effect_on_expiry: EffectOnExpiry = EffectOnExpiry.NONE
    extension: Extension | None = None

    def __post_init__(self) -> None:
        lowest = 0 if self.unit is Unit.WORKING_DAY else 1
        if self.amount < lowest:
            raise LimitInvalidError()
        if not self.source:
            raise LimitInvalidError("时限没有写明依据", "The limit names no legal source.")

    @property
    def start_rule(self) -> StartRule:
        return StartRule.AT_ONCE if self.unit.is_hours else StartRule.NEXT_DAY


_LAW = "行政许可法"
_EDITION = "2019"

CORRECTION_NOTICE = Limit(
    amount=5,
    unit=Unit.WORKING_DAY,
    source=f"{_LAW} 32(4)",
    edition=_EDITION,
    effect_on_expiry=EffectOnExpiry.DEEMED_ACCEPTANCE,
)
"""一次性告知补正: from receipt. Source: 行政许可法 32(4), 2019."""

DECISION = Limit(
    amount=20,
    unit=Unit.WORKING_DAY,
    source=f"{_LAW} 42.1",
    edition=_EDITION,
    extension=Extension(10, ApproverRank.ORGAN_HEAD, f"{_LAW} 42.1"),
)
"""作出许可决定: from acceptance. Source: 行政许可法 42.1, 2019."""

JOINT_DECISION = Limit(
    amount=45,
    unit=Unit.WORKING_DAY,
    source=f"{_LAW} 42.2",
    edition=_EDITION,
    extension=Extension(15, ApproverRank.GOVERNMENT_HEAD, f"{_LAW} 42.2"),
)
"""统一办理、联合办理、集中办理: from acceptance. Source: 行政许可法 42.2, 2019."""

DELIVERY = Limit(amount=10, unit=Unit.WORKING_DAY, source=f"{_LAW} 44", edition=_EDITION)
"""颁发、送达证件: from the decision. Source: 行政许可法 44, 2019."""
