"""时限: what a limit is made of, and the limits of the licensing law itself."""

from dataclasses import dataclass
from datetime import date
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


class RollRule(StrEnum):
    """末日规则: what becomes of a limit in days that ends on a day off."""

    NEXT_WORKING_DAY = "NEXT_WORKING_DAY"
    """It ends on the next working day. Source: 民法典 203."""
    NONE = "NONE"
    """It ends on that very day at midnight, as the validity of a licence does."""


class OwedBy(StrEnum):
    """期限义务人: whose time it is. What a party may still do never ends with the case."""

    ORGAN = "ORGAN"
    PARTY = "PARTY"
    THIRD_PARTY = "THIRD_PARTY"


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
    DEEMED_ABANDONMENT = "DEEMED_ABANDONMENT"
    """视为放弃. Source: 政府信息公开条例 30 (2019)."""
    DEEMED_SERVICE = "DEEMED_SERVICE"
    """视为送达. Source: 民事诉讼法 95 (2023)."""


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
    ``confirmed`` the number was not read in its source, and pages must say so. When a limit ends,
    a lamp is lit and no more, unless the law itself makes something of the silence: then
    ``effect_source`` names the clause. ``valid_from`` is the day since which the source holds.
    """

    amount: int
    unit: Unit
    source: str
    edition: str = ""
    confirmed: bool = True
    basis: Basis = Basis.STATUTORY
    effect_on_expiry: EffectOnExpiry = EffectOnExpiry.NONE
    extension: Extension | None = None
    effect_source: str = ""
    valid_from: date | None = None
    roll_rule: RollRule = RollRule.NEXT_WORKING_DAY
    owed_by: OwedBy = OwedBy.ORGAN

    def __post_init__(self) -> None:
        lowest = 0 if self.unit is Unit.WORKING_DAY else 1
        if self.amount < lowest:
            raise LimitInvalidError()
        if not self.source:
            raise LimitInvalidError("时限没有写明依据", "The limit names no legal source.")
        if self.effect_on_expiry is not EffectOnExpiry.NONE and not (
            self.effect_source and self.confirmed
        ):
            raise LimitInvalidError(
                "期满的法律效力没有写明已核对的法律依据",
                "An effect on expiry needs a law that was read.",
                mend_zh="写明规定期满效力的法律条款；没有规定的，期满只亮灯提示",
                mend_en="Name the clause; without one, expiry only lights a lamp.",
            )

    @property
    def start_rule(self) -> StartRule:
        return StartRule.AT_ONCE if self.unit.is_hours else StartRule.NEXT_DAY
