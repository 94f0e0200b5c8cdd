"""区划表检查: the code list of places, a CSV file with one line a place."""

import csv
import io
from collections.abc import Iterator

from yiwang.kernel.packs.findings import Finding

DIVISIONS = "divisions.csv"
COLUMNS = ("code", "name", "level", "parent_code", "statutory", "code_source", "note")
_CODE_LENGTH = 12


def check_divisions(name: str, content: bytes) -> Iterator[Finding]:
    """Check the columns, and that each code has twelve digits and stands once.

    What the places mean to each other is checked where they are loaded.
    """
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        yield Finding(
            name,
            1,
            "",
            "NOT_CSV",
            f"读不懂这份 CSV：{error}",
            f"This is not CSV in UTF-8: {error}.",
            "另存为 UTF-8 编码的 CSV",
            "Save it as CSV in UTF-8.",
        )
        return
    if not rows or tuple(rows[0]) != COLUMNS:
        yield Finding(
            name,
            1,
            "",
            "COLUMNS_DIFFER",
            "表头不对",
            "The heading is not right.",
            f"第一行写 {','.join(COLUMNS)}",
            f"The first line is {','.join(COLUMNS)}.",
        )
        return
    seen: set[str] = set()
    for line, row in enumerate(rows[1:], 2):
        code = row[0] if row else ""
        fits = len(row) == len(COLUMNS) and len(code) == _CODE_LENGTH
        if not fits or not (code.isascii() and code.isdigit()) or code in seen:
            yield Finding(
                name,
                line,
                "code",
                "DIVISION_WRONG",
                f"区划代码“{code[:20]}”重复、不是十二位数字，或者这一行的列数不对",
                f'The code "{code[:20]}" is repeated or not of twelve digits, or columns differ.',
                "更正这一行",
                "Mend this line.",
            )
        seen.add(code)
