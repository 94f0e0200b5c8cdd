"""行政区划代码表: reading the rows of a code list, without a database."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from yiwang.kernel.errors import FieldProblem

_CODE = re.compile(r"[0-9]{12}", re.ASCII)
_DIGITS_OF_LEVEL = {"CITY": 4, "COUNTY": 6, "TOWN": 9, "VILLAGE": 12}
_LEVEL_ABOVE = {"CITY": None, "COUNTY": "CITY", "TOWN": "COUNTY", "VILLAGE": "TOWN"}

# The statistical list gives units that are no towns a town's code; only the name tells what they
# are. The order counts: a prison farm is a prison.
_KIND_BY_NAME = (
    ("监狱", "PRISON"),
    ("林场", "FARM"),
    ("农场", "FARM"),
    ("原种场", "FARM"),
    ("茶场", "FARM"),
    ("分场", "FARM"),
)
# Villages the statisticians made up so that such units have a lowest level: nobody elected them.
_MADE_UP = "虚拟"


@dataclass(frozen=True, slots=True)
class ListedDivision:
    """One readable row: ``parent_code`` is empty for the top, the rest is never empty."""

    code: str
    name: str
    level: str
    kind: str
    parent_code: str
    code_source: str


def kind_of(name: str, *, statutory: bool) -> str:
    """Return the kind of a place (a ``Division.Kind`` value) from its name and the list's flag."""
    if statutory:
        return "OTHER" if _MADE_UP in name else "STATUTORY"
    return next((kind for word, kind in _KIND_BY_NAME if word in name), "OTHER")


def read_rows(
    rows: Iterable[Mapping[str, str]],
) -> tuple[list[ListedDivision], list[FieldProblem]]:
    """Read rows with code, name, level, parent_code, statutory and code_source.

    Returns the readable rows, parents before children, and one problem per fault. Row numbers
    count from 2, as a spreadsheet shows them below its heading.
    """
    listed: dict[str, ListedDivision] = {}
    problems: list[FieldProblem] = []
    for number, row in enumerate(rows, start=2):
        fault = _fault(row, listed)
        if fault is not None:
            field, code, reason_zh, reason_en = fault
            problems.append(
                FieldProblem(
                    field=f"row {number}: {field}",
                    code=code,
                    reason_zh=f"第 {number} 行：{reason_zh}",
                    reason_en=f"Row {number}: {reason_en}",
                )
            )
            continue
        listed[row["code"]] = ListedDivision(
            code=row["code"],
            name=row["name"].strip(),
            level=row["level"],
            kind=kind_of(row["name"], statutory=row["statutory"] == "1"),
            parent_code=row["parent_code"],
            code_source=row["code_source"].strip(),
        )
    return list(listed.values()), problems


def _fault(
    row: Mapping[str, str], listed: Mapping[str, ListedDivision]
) -> tuple[str, str, str, str] | None:
    missing = next(
        (
            field
            for field in ("code", "name", "level", "parent_code", "statutory", "code_source")
            if row.get(field) is None or (field != "parent_code" and not row[field].strip())
        ),
        None,
    )
    if missing:
        return missing, "DIVISION_FIELD_EMPTY", f"缺少 {missing}", f"{missing} is empty."
    code, level, parent_code = row["code"], row["level"], row["parent_code"]
    if not _CODE.fullmatch(code):
        return "code", "DIVISION_CODE_FORM", "代码应为 12 位数字", "A code has 12 digits."
    if code in listed:
        return "code", "DIVISION_CODE_TWICE", "代码重复", "The code stands in the list twice."
    if level not in _DIGITS_OF_LEVEL:
        return (
            "level",
            "DIVISION_LEVEL",
            "层级应为 CITY、COUNTY、TOWN 或 VILLAGE",
            "The level is CITY, COUNTY, TOWN or VILLAGE.",
        )
    if set(code[_DIGITS_OF_LEVEL[level] :]) - {"0"}:
        return (
            "code",
            "DIVISION_CODE_LEVEL",
            f"{level} 一级的代码后面应全为 0",
            f"The digits behind those of a {level} must be 0.",
        )
    if row["statutory"] not in ("0", "1"):
        return "statutory", "DIVISION_STATUTORY", "应为 0 或 1", "Give 0 or 1."
    above = _LEVEL_ABOVE[level]
    if above is None:
        if parent_code:
            return "parent_code", "DIVISION_PARENT", "顶层不能有上级", "The top has no parent."
        return None
    if parent_code not in listed or listed[parent_code].level != above:
        return (
            "parent_code",
            "DIVISION_PARENT",
            f"上级应是前面某行的 {above}",
            f"The parent must be a {above} of an earlier row.",
        )
    return None
