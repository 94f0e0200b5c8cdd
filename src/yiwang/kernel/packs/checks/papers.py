"""文书模板检查: words of a pack's own papers name only what papers know, and keep the remedy."""

from collections.abc import Iterator

from yiwang.kernel.casework.papers.templates import ADVERSE, unknown_names
from yiwang.kernel.packs.checks.content import CheckedPack
from yiwang.kernel.packs.findings import Finding

_REMEDIES = ("复议", "诉讼")


def check_papers(pack: CheckedPack) -> Iterator[Finding]:
    """Check the ``papers`` of every item."""
    for document in pack.objects["items"].values():
        for kind, raw in document.data.get("papers", {}).items():
            lines = [("title", raw.get("title", ""))]
            lines += [(f"body {at}", line) for at, line in enumerate(raw.get("body", []))]
            for name, line in lines:
                key, _, at = name.partition(" ")
                place = ("papers", kind, key, *([int(at)] if at else []))
                for unknown in unknown_names(line):
                    yield document.finding(
                        place,
                        "PAPER_NAME_UNKNOWN",
                        f"文书模板用到了没有的内容：{unknown}",
                        f"The template names something that papers do not know: {unknown}.",
                        "只用场景包格式说明中列出的占位名称",
                        "Use only the names that the pack format lists.",
                    )
            remedy = raw.get("remedy")
            if kind in ADVERSE and remedy and not all(word in remedy for word in _REMEDIES):
                yield document.finding(
                    ("papers", kind, "remedy"),
                    "REMEDY_INCOMPLETE",
                    "不利决定应当写明复议和诉讼两种救济途径（行政许可法第三十八条）",
                    "An adverse decision names review and action at court (article 38).",
                    "写明申请行政复议和提起行政诉讼的期限",
                    "State both remedies with their periods.",
                )
