"""The check of themes: each way in which items do not fit together, at its line."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from yiwang.kernel.packs.check import check_pack, known_names
from yiwang.kernel.packs.names import KnownNames

THEME = "themes/life_end.yaml"


@pytest.fixture(scope="module")
def known() -> KnownNames:
    return known_names(Path(settings.PACKS_DIR))


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "yj.life-end"
    shutil.copytree(Path(settings.PACKS_DIR) / "yj.life-end", folder)
    return folder


def bend(pack: Path, file: str, change: Any) -> None:
    path = pack / file
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")


def errors(pack: Path, known: KnownNames) -> set[str]:
    return {f.code for f in check_pack(pack, known) if f.severity == "error"}


def test_the_pack_as_it_is_has_nothing_wrong(pack: Path, known: KnownNames) -> None:
    assert errors(pack, known) == set()


def _fields(theme: Any) -> list[Any]:
    return [entry for page in theme["form"]["pages"] for entry in page["fields"]]


def _split_bank_account(theme: Any) -> None:
    (entry,) = [one for one in _fields(theme) if one["key"] == "phone"]
    entry["from"].pop("medical")
    theme["form"]["pages"][1]["fields"].append({"key": "phone_2", "from": {"medical": "phone"}})


def _wait_in_a_circle(theme: Any) -> None:
    theme["parts"][0]["after"] = ["fund"]


def _use_a_result_too_early(theme: Any) -> None:
    del theme["parts"][4]["after"]


def _promise_too_little(theme: Any) -> None:
    theme["limits"]["promised"]["amount"] = 2


def _leave_a_question_out(theme: Any) -> None:
    _fields(theme).pop()
    theme["form"]["pages"][1]["fields"] = [
        entry for entry in theme["form"]["pages"][1]["fields"] if entry["key"] != "bank_account"
    ]


def _name_what_is_not_there(theme: Any) -> None:
    theme["parts"][1]["item"] = "nothing_of_the_kind"


def _read_what_is_not_known(theme: Any) -> None:
    theme["parts"][1]["when"] = "circumstances.weather = true"


def _take_a_field_that_is_not_there(theme: Any) -> None:
    _fields(theme)[0]["from"]["fund"] = "nothing"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_split_bank_account, "THEME_ASKED_TWICE"),
        (_wait_in_a_circle, "THEME_WAITS_FOR_EVER"),
        (_use_a_result_too_early, "THEME_RESULT_NOT_BEFORE"),
        (_promise_too_little, "JOINT_LIMIT_TOO_SHORT"),
        (_leave_a_question_out, "THEME_FIELD_UNASKED"),
        (_name_what_is_not_there, "NAME_UNKNOWN"),
        (_read_what_is_not_known, "FEEL_NAME_UNKNOWN"),
        (_take_a_field_that_is_not_there, "NAME_UNKNOWN"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_each_fault_is_found(pack: Path, known: KnownNames, change: Any, code: str) -> None:
    bend(pack, THEME, change)

    assert code in errors(pack, known)


def test_fields_of_unlike_form_are_not_asked_once(pack: Path, known: KnownNames) -> None:
    def other_format(form: Any) -> None:
        form["pages"][0]["schema"]["properties"]["phone"].pop("format")

    bend(pack, "forms/fund_withdrawal.yaml", other_format)

    (found,) = [f for f in check_pack(pack, known) if f.code == "THEME_FIELD_CONFLICT"]
    assert (found.file, "format" in found.reason_en) == (THEME, True)
