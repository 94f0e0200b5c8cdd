"""字体: which fonts documents are set in, and which characters those can write.

Documents never depend on what a machine happens to have: fonts come from a package (Noto Serif SC
and Noto Sans SC, SIL Open Font License) and from the site's own folder, ``FONTS_DIR`` or else
``VAR/fonts``. Official papers are set in 仿宋 and no free simplified 仿宋 exists, so a licensed
FangSong_GB2312 in that folder wins and Noto Serif SC stands in for it.
"""

import unicodedata
from functools import lru_cache
from pathlib import Path

import pylopdf_fonts_zh_cn
import typst
from django.conf import settings
from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]

from yiwang.kernel.trust.seals.errors import GlyphMissingError

SERIF, SANS = "Noto Serif SC", "Noto Sans SC"
STACKS = {
    "song": ("STSong", "SimSun", SERIF),
    "fang": ("FangSong_GB2312", "FangSong", "STFangsong", SERIF),
    "hei": ("SimHei", "STHeiti", SANS),
    "title": ("FZXiaoBiaoSong-B05", "FZXiaoBiaoSong-B05S", SERIF),
}
# 〓 is what Chinese typesetting prints where a sign is missing.
MISSING = "〓"


@lru_cache(maxsize=1)
def folders() -> tuple[Path, ...]:
    """Return the folders that fonts are read from, once per process."""
    own = Path(getattr(settings, "FONTS_DIR", None) or Path(settings.VAR) / "fonts")
    packaged = pylopdf_fonts_zh_cn.serif_path().parent
    return (packaged, own) if own.is_dir() else (packaged,)


@lru_cache(maxsize=1)
def collection() -> typst.Fonts:
    """Return the fonts for the typesetter; system fonts stay out, so every machine draws alike."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in folders()],
    )


@lru_cache(maxsize=1)
def stacks() -> dict[str, list[str]]:
    """Return, for each style, the installed families in order of preference."""
    installed = set(collection().families())
    return {
        style: [family for family in families if family in installed]
        for style, families in STACKS.items()
    }


@lru_cache(maxsize=1)
def writable() -> frozenset[str]:
    """Return every character that some installed font can write."""
    found: set[int] = set()
    for folder in folders():
        for path in sorted(folder.rglob("*")):
            suffix = path.suffix.lower()
            if suffix in (".otf", ".ttf"):
                with TTFont(path, lazy=True) as font:
                    found.update(font.getBestCmap())
            elif suffix in (".ttc", ".otc"):
                with TTCollection(path, lazy=True) as fonts:
                    for font in fonts:
                        found.update(font.getBestCmap())
    return frozenset(map(chr, found))


def printable(text: str) -> str:
    """Return ``text`` as a document may show it.

    Controls and direction marks go (they could make a name read otherwise than it is stored);
    line ends stay. A sign such as an emoji that no font has becomes 〓; a letter or ideograph is
    never replaced.

    :raises GlyphMissingError: with the letters and ideographs that no font can write.
    """
    if text.isascii() and text.isprintable():
        return text
    normal = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = [c for c in normal if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs")]
    known = writable()
    lacking = [c for c in kept if c not in known and c != "\n"]
    letters = sorted({c for c in lacking if _belongs_to_a_name(c)})
    if letters:
        raise GlyphMissingError(characters="".join(letters))
    return "".join(MISSING if c in lacking else c for c in kept)


def _belongs_to_a_name(character: str) -> bool:
    """Tell letters and ideographs from signs, also those newer than Python's own tables.

    Planes 2 and 3 are kept for ideographs, and rare names still travel in private-use codes.
    """
    return (
        unicodedata.category(character)[0] in "LM"
        or unicodedata.category(character) == "Co"
        or 0x20000 <= ord(character) <= 0x3FFFF
    )
