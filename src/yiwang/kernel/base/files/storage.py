"""Where the bytes lie: under the SHA-256 of their content, so that equal files are stored once."""

import os
import re
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Storage(Protocol):
    """A content-addressed store."""

    def adopt(self, source: Path, digest: str) -> None:
        """Take over a complete local file; afterwards ``source`` is gone and the bytes are safe."""

    def open(self, digest: str) -> BinaryIO:
        """Open stored bytes for reading.

        :raises FileNotFoundError: when nothing is stored under the digest.
        """

    def has(self, digest: str) -> bool:
        """Tell whether something is stored under the digest."""

    def delete(self, digest: str) -> None:
        """Remove stored bytes; without effect when there are none."""

    def unused_candidates(self, before: datetime) -> list[str]:
        """List digests that nobody stored again since ``before``."""


class LocalStorage:
    """A folder of this machine, in 65,536 sub-folders by the first four digits of the digest."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def adopt(self, source: Path, digest: str) -> None:
        target = self._path(digest)
        if target.exists():
            # The new time keeps the sweep away until the caller's row is committed.
            os.utime(target)
            source.unlink()
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        source.chmod(0o440)
        source.replace(target)
        for folder in (target.parent, target.parent.parent, self.root):
            _sync_folder(folder)

    def open(self, digest: str) -> BinaryIO:
        return self._path(digest).open("rb")

    def has(self, digest: str) -> bool:
        return self._path(digest).exists()

    def delete(self, digest: str) -> None:
        self._path(digest).unlink(missing_ok=True)

    def unused_candidates(self, before: datetime) -> list[str]:
        return [
            path.name
            for path in self.root.glob("??/??/*")
            if _DIGEST.fullmatch(path.name) and path.stat().st_mtime < before.timestamp()
        ]

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise ValueError("not a SHA-256 digest in lower-case hexadecimal")
        return self.root / digest[:2] / digest[2:4] / digest


def default_storage() -> Storage:
    """Return the store of this installation."""
    return LocalStorage(Path(settings.VAR) / "files")


def scratch_folder() -> Path:
    """Return the folder for files that are being received, on the same file system as the store."""
    folder = Path(settings.VAR) / "files" / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
