"""法定期限参数: the limits that laws for all items set, each dated with clause and edition.

Whoever starts a clock asks for the limit in force on the day of its start; the clock keeps what it
was given, so a later edition of the law never moves a running case. A number that differs by item
or place is an element of the item's pack, not of this list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from yiwang.kernel.casework.clocks.errors import LimitInvalidError
from yiwang.kernel.casework.clocks.rules.limits import (
    ApproverRank,
    EffectOnExpiry,
    Extension,
    Limit,
    OwedBy,
    Unit,
)

_LICENSING = "行政许可法"
_SINCE_LICENSING = date(2019, 4, 23)
_OPENNESS = "政府信息公开条例"
_SINCE_OPENNESS = date(2019, 5, 15)


@dataclass(frozen=True, slots=True)
class Parameter:
    """期限参数: the editions of one limit, oldest first, and the event from which it runs."""

    key: str
    title_zh: str
    title_en: str
    start_event: str
    editions: tuple[Limit, ...]

    def on(self, day: date) -> Limit:
        """Return the limit in force on a day.

        :raises LimitInvalidError: no edition that is known here was in force then.
        """
        held = [one for one in self.editions if one.valid_from is None or one.valid_from <= day]
        if not held:
            raise LimitInvalidError(
                f"{day} 没有可用的“{self.title_zh}”期限",
                f"No limit for {self.title_en} is known on {day}.",
                mend_zh="请核对日期，或补充当时有效的条款",
                mend_en="Check the date, or add the clause that held then.",
            )
        return held[-1]


def _licensing(amount: int, clause: str, **more: object) -> tuple[Limit, ...]:
    return (
        Limit(
            amount=amount,
            unit=Unit.WORKING_DAY,
            source=f"{_LICENSING} {clause}",
            edition="2019",
            valid_from=_SINCE_LICENSING,
            **more,  # type: ignore[arg-type]
        ),
    )


def _openness(amount: int, clause: str, **more: object) -> tuple[Limit, ...]:
    return (
        Limit(
            amount=amount,
            unit=Unit.WORKING_DAY,
            source=f"{_OPENNESS} {clause}",
            edition="2019",
            valid_from=_SINCE_OPENNESS,
            **more,  # type: ignore[arg-type]
        ),
    )


_ALL = (
    Parameter(
        "correction_notice",
        "一次性告知补正",
        "notice of correction",
        "received",
        _licensing(
            5,
            "32(4)",
            effect_on_expiry=EffectOnExpiry.DEEMED_ACCEPTANCE,
            effect_source=f"{_LICENSING} 32(4)",
        ),
    ),
    Parameter(
        "decision",
        "作出许可决定",
        "decision",
        "accepted",
        _licensing(
            20, "42.1", extension=Extension(10, ApproverRank.ORGAN_HEAD, f"{_LICENSING} 42.1")
        ),
    ),
    Parameter(
        "joint_decision",
        "统一办理、联合办理、集中办理",
        "joint decision",
        "accepted",
        _licensing(
            45, "42.2", extension=Extension(15, ApproverRank.GOVERNMENT_HEAD, f"{_LICENSING} 42.2")
        ),
    ),
    Parameter("delivery", "颁发、送达证件", "delivery", "decided", _licensing(10, "44")),
    Parameter(
        "hearing_request",
        "申请听证",
        "request of a hearing",
        "served",
        _licensing(5, "47", owed_by=OwedBy.PARTY),
    ),
    Parameter("hearing", "组织听证", "hearing", "requested", _licensing(20, "47")),
    Parameter(
        "renewal_request",
        "届满前申请延续",
        "application for renewal before expiry",
        "expiry",
        _licensing(30, "50", owed_by=OwedBy.PARTY),
    ),
    Parameter(
        "openness_answer",
        "答复政府信息公开申请",
        "answer on openness",
        "received",
        _openness(20, "33", extension=Extension(20, ApproverRank.OFFICE_HEAD, f"{_OPENNESS} 33")),
    ),
    Parameter("openness_correction", "告知补正", "correction", "received", _openness(7, "30")),
    Parameter(
        "openness_third_party",
        "第三方意见",
        "view of a third party",
        "served",
        _openness(15, "32", owed_by=OwedBy.THIRD_PARTY),
    ),
    Parameter(
        "openness_co_maker",
        "共同制作机关意见",
        "view of a co-making organ",
        "asked",
        _openness(
            15,
            "34",
            owed_by=OwedBy.THIRD_PARTY,
            effect_on_expiry=EffectOnExpiry.DEEMED_CONSENT,
            effect_source=f"{_OPENNESS} 34",
        ),
    ),
    Parameter(
        "public_notice_service",
        "公告送达",
        "service by public notice",
        "published",
        (
            Limit(
                amount=30,
                unit=Unit.CALENDAR_DAY,
                source="民事诉讼法 95",
                edition="2023",
                valid_from=date(2024, 1, 1),
                effect_on_expiry=EffectOnExpiry.DEEMED_SERVICE,
                effect_source="民事诉讼法 95",
            ),
        ),
    ),
    Parameter(
        "review",
        "申请行政复议",
        "application for review",
        "served",
        (
            Limit(
                amount=60,
                unit=Unit.CALENDAR_DAY,
                source="行政复议法 20",
                edition="2023",
                valid_from=date(2024, 1, 1),
                owed_by=OwedBy.PARTY,
            ),
        ),
    ),
    Parameter(
        "litigation",
        "提起行政诉讼",
        "action at court",
        "served",
        (
            Limit(
                amount=6,
                unit=Unit.MONTH,
                source="行政诉讼法 46",
                edition="2017",
                valid_from=date(2017, 7, 1),
                owed_by=OwedBy.PARTY,
            ),
        ),
    ),
)

PARAMETERS: Mapping[str, Parameter] = {one.key: one for one in _ALL}


def limit_on(key: str, day: date) -> Limit:
    """Return the limit that the law sets on a day.

    :raises KeyError: the key is none of :data:`PARAMETERS`.
    :raises LimitInvalidError: no edition that is known here was in force then.
    """
    return PARAMETERS[key].on(day)


CORRECTION_NOTICE = PARAMETERS["correction_notice"].editions[-1]
"""一次性告知补正: from receipt. Source: 行政许可法 32(4), 2019."""

DECISION = PARAMETERS["decision"].editions[-1]
"""作出许可决定: from acceptance. Source: 行政许可法 42.1, 2019."""

JOINT_DECISION = PARAMETERS["joint_decision"].editions[-1]
"""统一办理、联合办理、集中办理: from acceptance. Source: 行政许可法 42.2, 2019."""

DELIVERY = PARAMETERS["delivery"].editions[-1]
"""颁发、送达证件: from the decision. Source: 行政许可法 44, 2019."""
