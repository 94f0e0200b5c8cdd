"""文字检查: both languages everywhere, and no material that could mean anything at all."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from yiwang.kernel.packs.checks.content import CheckedPack
from yiwang.kernel.packs.checks.documents import Document, Place
from yiwang.kernel.packs.findings import Finding

_CHINESE = re.compile(r"[㐀-鿿]")
# 兜底条款. Source: 广东省优化营商环境条例 29, 2022.
_CATCH_ALL = re.compile(
    r"其他(?:有关|相关|需要|必要|要求)?(?:的|提供的|提交的)*(?:证明)?(?:材料|资料|文件|手续)"
    r"|等(?:有关|相关|其他)?(?:证明)?(?:材料|资料|文件|手续)"
    r"|其他(?:需要|应当)提(?:供|交)"
    r"|(?:法律|法规|规章|部门)[^。；，]{0,12}(?:规定|要求)的其他"
)
_ONE_LANGUAGE = frozenset({"keywords_zh", "name_zh"})


def check_texts(pack: CheckedPack) -> Iterator[Finding]:
    """Check the languages of all files and the wording of the materials."""
    for objects in pack.objects.values():
        for document in objects.values():
            yield from _languages(document, document.data, ())
    for other in (pack.manifest, *pack.notices, *pack.overlays.values()):
        if other is not None:
            yield from _languages(other, other.data, ())
    for document in pack.objects["items"].values():
        for index, material in enumerate(document.data["materials"]):
            for name in ("title_zh", "note_zh", "promise_zh"):
                yield from _catch_all(document, ("materials", index, name), material.get(name, ""))


def _catch_all(document: Document, place: Place, text: str) -> Iterator[Finding]:
    found = _CATCH_ALL.search(text)
    if found:
        yield document.finding(
            place,
            "MATERIAL_CATCH_ALL",
            f"材料写了兜底的话“{found.group()}”",
            f'The material has a catch-all phrase: "{found.group()}".',
            "逐一写明要什么材料（广东省优化营商环境条例第二十九条）",
            "Name each material (Guangdong business-environment regulations, article 29).",
        )


def _languages(document: Document, data: Any, place: Place) -> Iterator[Finding]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            here = (*place, key)
            if key.endswith("_zh") or key == "zh":
                other = f"{key[:-2]}en"
                if other not in data and key not in _ONE_LANGUAGE:
                    yield _untranslated(document, here, other)
                yield from _in_chinese(document, here, value)
            elif key.endswith(("_en", "-en")) or key == "en":
                yield from _in_english(document, here, value)
            else:
                yield from _languages(document, value, here)
    elif isinstance(data, list):
        for index, entry in enumerate(data):
            yield from _languages(document, entry, (*place, index))


def _untranslated(document: Document, place: Place, other: str) -> Finding:
    return document.finding(
        place,
        "ENGLISH_MISSING",
        f"缺少英文 {other}",
        f"The English text {other} is missing.",
        f"补上 {other}",
        f"Add {other}.",
    )


def _in_chinese(document: Document, place: Place, value: Any) -> Iterator[Finding]:
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str) and not _CHINESE.search(text):
            yield document.finding(
                place,
                "NOT_CHINESE",
                "这里应当是中文",
                "This should be Chinese.",
                "写中文",
                "Write it in Chinese.",
                warning=True,
            )
            return


def _in_english(document: Document, place: Place, value: Any) -> Iterator[Finding]:
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str) and _CHINESE.search(text):
            yield document.finding(
                place,
                "NOT_ENGLISH",
                "英文里夹着中文",
                "There is Chinese in the English text.",
                "译成英文",
                "Translate it.",
            )
            return
