"""版本号: the version of one object is its pack's version and a digest of what it says."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def object_version(pack_version: str, content: Mapping[str, Any]) -> str:
    """Return ``<pack version>+<digest>``: equal content under one release is one version."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
    return f"{pack_version}+{hashlib.sha256(text.encode()).hexdigest()[:12]}"
