"""版本号: of the platform, of a pack, and of one object: its pack's version and what it says."""

import hashlib
import json
import operator
import re
from collections.abc import Mapping
from typing import Any

# What a pack may require; the same as in pyproject.toml.
PLATFORM = "0.1.0"
_COMPARISONS = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}


def object_version(pack_version: str, content: Mapping[str, Any]) -> str:
    """Return ``<pack version>+<digest>``: equal content under one release is one version.

    The order of keys counts: it is the order of fields on a page and of acts at the desk.
    """
    text = json.dumps(content, ensure_ascii=False, default=str)
    return f"{pack_version}+{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def fits(version: str, wanted: str) -> bool:
    """Say whether a version is what ``wanted`` asks for, such as ``>=0.1``."""
    sign = re.match(r"[<>=]+", wanted)
    compare = _COMPARISONS[sign.group() if sign else "=="]
    asked = _numbers(wanted[sign.end() if sign else 0 :])
    return bool(compare(_numbers(version), asked))


def is_older(version: str, than: str) -> bool:
    """Compare two versions by semver; a pre-release comes before its release."""
    return _order(version) < _order(than)


def _order(version: str) -> tuple[Any, ...]:
    release, _, pre = version.partition("-")
    # Numbers before words, a shorter list before a longer one.
    parts = (
        [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in pre.split(".")]
        if pre
        else []
    )
    return (_numbers(release), not pre, parts)


def _numbers(text: str) -> tuple[int, ...]:
    numbers = [int(part) for part in text.strip().split(".") if part.isdigit()]
    return (*numbers, 0, 0, 0)[:3]
