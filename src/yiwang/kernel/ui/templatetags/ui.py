"""``{% load ui %}``: every component of the design language. README.md lists the parameters."""

from yiwang.kernel.ui.tags import acts, fields, frame, lists, papers, states
from yiwang.kernel.ui.tags.registry import register

__all__ = ["acts", "fields", "frame", "lists", "papers", "register", "states"]
