"""实名核验沙箱: a stand-in for the population source and the face check.

Rules, the same every time: a citizen number with a wrong check digit is nobody's; a listed number
fits its listed name only; any other number fits any name. A face fits unless the name of its
picture begins with ``fail``.
"""

import json
from pathlib import Path
from typing import Any

from yiwang.kernel.base.http.sandboxing import Answer, Call, Refusal

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"


class RealNamePart:
    """The service. ``population`` is a JSON object of citizen number to name; it may be absent."""

    def __init__(self, population: Path) -> None:
        self._population = population
        self.routes = {
            "POST /realname/check": self._check_name,
            "POST /face/check": self._check_face,
        }

    def _check_name(self, call: Call) -> Answer:
        return Answer.of(self._compare(call.json()))

    def _check_face(self, call: Call) -> Answer:
        body = call.json()
        found = self._compare(body)
        if found["match"] and str(body.get("image_token", "")).startswith("fail"):
            found = {"match": False, "reason": "FACE_DIFFERS"}
        return Answer.of(found | {"score": 0.97 if found["match"] else 0.31})

    def _compare(self, body: dict[str, Any]) -> dict[str, Any]:
        name, number = body.get("name"), body.get("citizen_id_no")
        if not isinstance(name, str) or not name or not isinstance(number, str):
            raise Refusal(422, "NAME_AND_NUMBER_NEEDED")
        number = number.upper()
        if not _has_right_check_digit(number):
            return {"match": False, "reason": "NO_SUCH_PERSON"}
        listed = self._people().get(number)
        if listed is not None and listed != name:
            return {"match": False, "reason": "NAME_DIFFERS"}
        return {"match": True, "reason": ""}

    def _people(self) -> dict[str, str]:
        try:
            people: dict[str, str] = json.loads(self._population.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return people


def _has_right_check_digit(number: str) -> bool:
    if len(number) != 18 or not (number.isascii() and number[:17].isdigit()):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECK_DIGITS[total % 11] == number[17]
