"""文书用语: the legal text of each kind of paper, with its source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yiwang.kernel.base.calendars import LOCAL_ZONE
from yiwang.kernel.casework.papers.models import Paper

REMEDY = (
    "如不服本决定，可以自收到本决定书之日起六十日内申请行政复议，"
    "或者在六个月内向人民法院提起行政诉讼。"
)
"""复议 60 days: 行政复议法 第二十条 (2023); 诉讼 six months: 行政诉讼法 第四十六条 (2017)."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a paper says, before number, unit and date."""

    title: str
    body: tuple[str, ...]
    remedy: str
    seal_kind: str
    word: str


def word_paper(
    kind: str,
    *,
    title: str,
    received_at: datetime,
    reason: str = "",
    points: Sequence[str] = (),
    extra: Sequence[str] = (),
    is_licensing: bool = True,
    is_deemed: bool = False,
) -> Wording:
    """Return the text of one kind of paper about the application named ``title``.

    ``is_deemed`` is an acceptance by lapse of time: nobody found the materials complete.

    An item that is no licence (confirmation, public service) follows the Licensing Law by analogy
    where its own law is silent, and its paper says so.

    :raises KeyError: when the kind is not one of :class:`Paper.Kind`.
    """
    asked = f"您于{received_at.astimezone(LOCAL_ZONE):%Y年%-m月%-d日}提出的“{title}”申请"
    law = ("根据" if is_licensing else "参照") + "《中华人民共和国行政许可法》"
    refused = "不予许可" if is_licensing else "不予办理"
    label = str(Paper.Kind(kind).label)
    if kind == Paper.Kind.REFUSAL:
        label = f"{refused}决定书"
    texts: dict[str, tuple[tuple[str, ...], str, str]] = {
        "CORRECTION": (
            (
                f"{asked}收悉。经审查，申请材料不齐全或者不符合法定形式。"
                f"{law}第三十二条第一款第四项，现一次性告知需要补正的全部内容：",
                *(f"{number}. {point}" for number, point in enumerate(points, 1)),
                "请补正后通过原渠道提交。按要求全部补正的，我们将予以受理。",
            ),
            "",
            "补",
        ),
        "ACCEPTANCE": (
            (
                f"{asked}，我们没有在五个工作日内告知需要补正的内容。"
                f"{law}第三十二条第一款第四项，自收到申请材料之日起即为受理。"
                if is_deemed
                else f"{asked}，材料齐全、符合法定形式。"
                f"{law}第三十二条第一款第五项，决定予以受理。",
                *extra,
            ),
            "",
            "受",
        ),
        "NON_ACCEPTANCE": (
            (
                f"{asked}收悉。{law}第三十二条，决定不予受理。",
                f"理由：{reason}",
            ),
            REMEDY,
            "不受",
        ),
        "GRANT": (
            (
                f"{asked}，经审查符合法定条件、标准。{law}第三十八条第一款，决定准予。",
                *extra,
            ),
            "",
            "准",
        ),
        "REFUSAL": (
            (
                f"{asked}，经审查不符合法定条件、标准。{law}第三十八条第二款，决定{refused}。",
                f"理由：{reason}",
            ),
            REMEDY,
            "不准",
        ),
        "PAYMENT": ((f"{asked}已获同意，请按下列标准缴费，缴费后发证：", *extra), "", "缴"),
        "ANNULMENT": (
            (
                f"就{asked}作出的准予决定，经核查：{reason}",
                f"{law}第六十九条，决定予以撤销。",
            ),
            REMEDY,
            "撤",
        ),
    }
    body, remedy, word = texts[kind]
    return Wording(title=label, body=body, remedy=remedy, seal_kind="APPROVAL", word=word)
