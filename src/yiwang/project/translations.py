"""译文: turns the .po files of the project into the .mo files that Django reads.

Done with Babel rather than with gettext's own tools, which a plain machine does not have.
"""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = Path(__file__).resolve().parents[1]


def compile_changed(root: Path = SOURCE) -> int:
    """Compile each .po file below ``root`` that is newer than its .mo file; return how many."""
    compiled = 0
    for source in root.rglob("LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalog = read_po(file, locale=source.parents[1].name, abort_invalid=True)
        # Beside and renamed: another process may be reading the old one.
        scratch = target.with_suffix(".mo.new")
        with scratch.open("wb") as file:
            write_mo(file, catalog)
        scratch.replace(target)
        compiled += 1
    return compiled
