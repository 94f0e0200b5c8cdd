"""The process's own kind of case, and its effects."""

from yiwang.kernel.casework.process.tests.conftest import kind, notes

__all__ = ["kind", "notes"]
