"""What keyboards and copied text do to codes: full-width forms, spaces, dashes, lower case."""

import unicodedata

# Only the full-width block is folded. NFKC would also turn ² into 2 and Ⅹ into X, and so accept
# characters that nobody types for a digit.
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_DASHES = frozenset("-‐‑‒–—―−－")


def fold_full_width(text: str) -> str:
    """Turn full-width Latin letters, digits and punctuation into their ASCII forms."""
    return text.translate(_FULL_WIDTH)


def compact_code(text: str) -> str:
    """Fold full-width forms, drop spaces, dashes and invisible marks, and use upper case."""
    return "".join(
        character
        for character in fold_full_width(text)
        if not character.isspace()
        and character not in _DASHES
        and unicodedata.category(character) != "Cf"
    ).upper()
