"""场景包部分: who applies which part of a pack. Nets register theirs in ``AppConfig.ready``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.packs.reading import PackContent


@dataclass(frozen=True, slots=True)
class SectionContext:
    """What a section's handler is told beside its objects: the whole pack, and who applies it."""

    content: PackContent
    actor: Actor

    @property
    def pack_key(self) -> str:
        return self.content.key

    @property
    def version(self) -> str:
        return self.content.version


# Takes the section's objects by key; makes the running system equal to them. Called inside the
# transaction of the whole apply. Objects that the pack no longer has are passed in ``removed``.
SectionHandler = Callable[[SectionContext, Mapping[str, Mapping[str, Any]], frozenset[str]], None]

_handlers: dict[str, tuple[int, SectionHandler]] = {}


def section(name: str, *, order: int) -> Callable[[SectionHandler], SectionHandler]:
    """Register the handler of a section; sections are applied in ``order``."""

    def register(function: SectionHandler) -> SectionHandler:
        if name in _handlers:
            raise ValueError(f"pack section {name} is registered twice")
        _handlers[name] = (order, function)
        return function

    return register


def handlers() -> list[tuple[str, SectionHandler]]:
    """Return the handlers in the order in which they must run."""
    return [
        (name, handler)
        for name, (_, handler) in sorted(_handlers.items(), key=lambda entry: entry[1][0])
    ]
