"""所签内容: what a handwritten signature was drawn under, as bytes that anyone can make again."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def signed_digest(
    *,
    case_number: str,
    task: int,
    step: str,
    act: str,
    opinion: str,
    given: Mapping[str, Any],
    account: int,
    at: datetime,
    picture: str,
) -> str:
    """Return the SHA-256 digest of an act as it was signed: canonical JSON, keys in order.

    ``picture`` is the digest of the drawing, so that it cannot be put under another act; ``at`` is
    written in UTC, whatever zone it is given in.
    """
    content = {
        "account": account,
        "act": act,
        "at": at.astimezone(UTC).isoformat(),
        "case": case_number,
        "input": dict(given),
        "opinion": opinion,
        "picture": picture,
        "step": step,
        "task": task,
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
