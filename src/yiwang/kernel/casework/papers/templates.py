"""文书模板: the words of each kind of paper as data. A pack may bring its own for its items.

A line holds names in braces; ``{points}`` and ``{extra}`` alone in a line stand for many lines.
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yiwang.kernel.casework.papers.errors import PaperTemplateError
from yiwang.kernel.casework.papers.models import Paper

REMEDY = (
    "如不服本决定，可以自收到本决定书之日起六十日内申请行政复议，"
    "或者在六个月内向人民法院提起行政诉讼。"
)
"""复议 60 days: 行政复议法 第二十条 (2023); 诉讼 six months: 行政诉讼法 第四十六条 (2017)."""

NAMES = frozenset(
    {
        "asked",
        "item",
        "applicant",
        "addressee",
        "received_date",
        "law",
        "refused",
        "reason",
        "procedure",
        "source",
        "days",
        "until",
        "approver",
        "place",
        "at",
        "promise",
    }
)
MANY = frozenset({"points", "extra"})
ADVERSE = frozenset({Paper.Kind.NON_ACCEPTANCE, Paper.Kind.REFUSAL, Paper.Kind.ANNULMENT})
"""Papers against which the law gives a remedy that they must name (行政许可法 38)."""


@dataclass(frozen=True, slots=True)
class Template:
    """文书模板: title, lines, remedy, the word of its book, the kind of seal."""

    title: str
    lines: tuple[str, ...]
    word: str
    remedy: str = ""
    seal_kind: str = "APPROVAL"


def read_template(kind: str, raw: Mapping[str, Any]) -> Template:
    """Return a pack's template over the platform's own: what it leaves out stays as it is."""
    own = TEMPLATES[kind]
    return Template(
        title=raw.get("title", own.title),
        lines=tuple(raw.get("body", own.lines)),
        word=raw.get("word", own.word),
        remedy=raw.get("remedy", own.remedy),
        seal_kind=raw.get("seal_kind", own.seal_kind),
    )


def unknown_names(line: str) -> list[str]:
    """Return the names of a line that no paper knows, for the check of packs.

    A line whose braces do not pair is answered with itself.
    """
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(line) if name is not None]
    except ValueError:
        return [line]
    many = line.strip("{}") in MANY
    return [name for name in names if name not in NAMES and not (many and name in MANY)]


def fill(line: str, facts: Mapping[str, Any]) -> list[str]:
    """Return the lines that one line of a template becomes.

    :raises PaperTemplateError: it names something that is not there.
    """
    name = line[1:-1]
    if line == f"{{{name}}}" and name in MANY:
        rows = [str(row) for row in facts[name]]
        return [f"{at}. {row}" for at, row in enumerate(rows, 1)] if name == "points" else rows
    if unknown_names(line):
        raise PaperTemplateError(line=line)
    return [line.format_map({name: str(facts.get(name, "")) for name in NAMES})]


TEMPLATES: Mapping[str, Template] = {
    "RECEIPT": Template("收件凭证", ("{asked}收悉，办件材料如下：", "{points}", "{extra}"), "收"),
    "CORRECTION": Template(
        "补正材料告知书",
        (
            "{asked}收悉。经审查，申请材料不齐全或者不符合法定形式。"
            "{law}第三十二条第一款第四项，现一次性告知需要补正的全部内容：",
            "{points}",
            "请补正后通过原渠道提交。按要求全部补正的，我们将予以受理。",
        ),
        "补",
    ),
    "ACCEPTANCE": Template(
        "受理通知书",
        (
            "{asked}，材料齐全、符合法定形式。{law}第三十二条第一款第五项，决定予以受理。",
            "{extra}",
        ),
        "受",
    ),
    "DEFERRED_ACCEPTANCE": Template(
        "容缺受理通知书",
        (
            "{asked}，具备基本条件，主要材料齐全，次要材料欠缺。"
            "根据《广东省优化营商环境条例》第三十二条，您已书面承诺按期补交，现予以受理。"
            "一次性告知需要补交的材料：",
            "{points}",
            "请于{until}前补交。逾期未补交的，按照不符合条件处理。",
            "{extra}",
        ),
        "容受",
    ),
    "NON_ACCEPTANCE": Template(
        "不予受理通知书",
        ("{asked}收悉。{law}第三十二条，决定不予受理。", "理由：{reason}"),
        "不受",
        REMEDY,
    ),
    "SPECIAL_PROCEDURE": Template(
        "特别程序告知书",
        (
            "{asked}，依法需要{procedure}（依据：{source}）。",
            "{law}第四十五条，{procedure}所需时间不计算在办理期限以内，预计需要{days}。",
            "{procedure}结束后，办理期限继续计算。",
        ),
        "特",
    ),
    "EXTENSION": Template(
        "延长办理期限告知书",
        (
            "{asked}，不能在期限内作出决定。理由：{reason}",
            "根据{source}，经{approver}批准，办理期限延长{days}，最迟于{until}作出决定。",
        ),
        "延",
    ),
    "THIRD_PARTY_NOTICE": Template(
        "利害关系人告知书",
        (
            "{applicant}提出的“{item}”申请直接关系到您的重大利益：{reason}",
            "{law}第三十六条，您有权进行陈述和申辩。请于{until}前提出意见，可以书面或者当面提出。",
        ),
        "利",
    ),
    "HEARING_RIGHT": Template(
        "听证权利告知书",
        (
            "“{item}”申请直接涉及申请人与他人之间的重大利益关系：{reason}",
            "{law}第四十七条，您可以在收到本告知书之日起五个工作日内申请听证，不承担听证费用。"
            "逾期没有申请的，我们将依法作出决定。",
        ),
        "听告",
    ),
    "HEARING_NOTICE": Template(
        "听证通知书",
        (
            "“{item}”申请的听证定于{at}在{place}举行。",
            "{law}第四十八条，请携带有效身份证件参加，可以委托代理人，可以提出证据、进行申辩和质证。"
            "认为主持人与本事项有直接利害关系的，有权申请回避。",
        ),
        "听",
    ),
    "PROMISE": Template(
        "告知承诺书",
        (
            "就“{item}”申请，我们已告知办理条件、标准和违背承诺的后果，您选择以告知承诺方式办理"
            "（《广东省优化营商环境条例》第三十六条）。您的承诺如下：",
            "{promise}",
            "我们将在{days}内核查。承诺不实的，依法撤销决定，记入信用记录，不再适用告知承诺。",
            "{extra}",
        ),
        "诺",
    ),
    "GRANT": Template(
        "准予决定书",
        ("{asked}，经审查符合法定条件、标准。{law}第三十八条第一款，决定准予。", "{extra}"),
        "准",
    ),
    "REFUSAL": Template(
        "{refused}决定书",
        (
            "{asked}，经审查不符合法定条件、标准。{law}第三十八条第二款，决定{refused}。",
            "理由：{reason}",
        ),
        "不准",
        REMEDY,
    ),
    "PAYMENT": Template(
        "缴费通知书", ("{asked}已获同意，请按下列标准缴费，缴费后发证：", "{extra}"), "缴"
    ),
    "ANNULMENT": Template(
        "撤销决定书",
        ("就{asked}作出的准予决定，经核查：{reason}", "{law}第六十九条，决定予以撤销。"),
        "撤",
        REMEDY,
    ),
    "DEREGISTRATION": Template(
        "注销决定书",
        ("{asked}，符合注销条件：{reason}", "{law}第七十条，办理注销手续。", "{extra}"),
        "注",
    ),
}

DEEMED_ACCEPTANCE = (
    "{asked}，我们没有在五个工作日内告知需要补正的内容。"
    "{law}第三十二条第一款第四项，自收到申请材料之日起即为受理。",
    "{extra}",
)
"""受理 by lapse of time: nobody found the materials complete."""

DEEMED_RENEWAL = (
    "{asked}，我们没有在有效期届满前作出决定。{law}第五十条第二款，视为准予延续。",
    "{extra}",
)
"""视为准予延续. Source: 行政许可法 第五十条第二款 (2019)."""
