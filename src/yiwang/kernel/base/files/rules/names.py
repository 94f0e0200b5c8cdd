"""文件名: what remains of a name that a stranger gave."""

import unicodedata

from yiwang.kernel.base.files.rules import media_types
from yiwang.kernel.base.files.rules.media_types import MediaType

MAX_LENGTH = 120
_FORBIDDEN = frozenset('<>:"|?*\\/')


def clean_name(name: str, kind: MediaType) -> str:
    """Return a name that is safe to show, to store and to offer for download.

    Folders, control marks, marks that reverse the direction of writing, and characters that file
    systems refuse go; a name without the ending of its type gets it; an empty one becomes 文件.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(
        character
        for character in unicodedata.normalize("NFC", last)
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        and character not in _FORBIDDEN
    ).strip(" .\u3000\u00a0")
    kept = " ".join(kept.split())
    ending = media_types.ending_of(kept)
    stem = kept
    if ending in kind.extensions:
        stem = kept[: -len(ending)].rstrip(" .")
    else:
        ending = kind.extensions[0]
    if f".{stem.lower()}" in kind.extensions:
        stem = ""
    return f"{stem[: MAX_LENGTH - len(ending)].rstrip(' .') or '文件'}{ending}"
