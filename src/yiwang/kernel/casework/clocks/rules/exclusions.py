"""不计入期限的事由: the eight kinds that the law names, and no other.

Source: 行政许可法 45, 2019.
"""

from enum import StrEnum

from yiwang.kernel.casework.clocks.errors import (
    ExclusionNotLawfulError,
    ExclusionSourceMissingError,
    SiteCheckNotExcludedError,
)


class Exclusion(StrEnum):
    """不计入期限的事由."""

    HEARING = "HEARING"
    TENDER = "TENDER"
    AUCTION = "AUCTION"
    INSPECTION_OF_GOODS = "INSPECTION_OF_GOODS"
    TESTING = "TESTING"
    QUARANTINE = "QUARANTINE"
    APPRAISAL = "APPRAISAL"
    EXPERT_REVIEW = "EXPERT_REVIEW"

    @property
    def zh(self) -> str:
        return _WORDS[self][0]

    @property
    def en(self) -> str:
        return _WORDS[self][1]


_WORDS = {
    Exclusion.HEARING: ("听证", "hearing"),
    Exclusion.TENDER: ("招标", "tender"),
    Exclusion.AUCTION: ("拍卖", "auction"),
    Exclusion.INSPECTION_OF_GOODS: ("检验", "inspection of goods"),
    Exclusion.TESTING: ("检测", "testing"),
    Exclusion.QUARANTINE: ("检疫", "quarantine"),
    Exclusion.APPRAISAL: ("鉴定", "appraisal"),
    Exclusion.EXPERT_REVIEW: ("专家评审", "expert review"),
}
_BY_WORD = {words[0]: kind for kind, words in _WORDS.items()}
_SITE_CHECKS = frozenset(
    ("SITE_CHECK", "ON_SITE_CHECK", "现场核查", "现场踏勘", "现场检查", "现场勘验", "实质核查")
)


def lawful_exclusion(kind: str, legal_source: str) -> Exclusion:
    """Return the exclusion that a name or a Chinese word means, when the law knows it.

    :raises SiteCheckNotExcludedError: for checks on the spot, which run inside the limit.
    :raises ExclusionNotLawfulError: for anything else, such as 公示 or 挂起.
    :raises ExclusionSourceMissingError: when no clause is named that requires the step.
    """
    if kind in _SITE_CHECKS:
        raise SiteCheckNotExcludedError()
    if kind in _BY_WORD:
        found = _BY_WORD[kind]
    elif kind in Exclusion.__members__:
        found = Exclusion[kind]
    else:
        raise ExclusionNotLawfulError()
    if not legal_source.strip():
        raise ExclusionSourceMissingError()
    return found
