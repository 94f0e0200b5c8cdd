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

# Takes a pack's key, its objects by section, and whether it is on from now.
SwitchHandler = Callable[[str, Mapping[str, Mapping[str, Any]], bool], None]

_handlers: dict[str, tuple[int, SectionHandler]] = {}
_switches: dict[str, SwitchHandler] = {}
_staying: set[str] = set()


def section(
    name: str, *, order: int, stays: bool = False
) -> Callable[[SectionHandler], SectionHandler]:
    """Register the handler of a section; sections are applied in ``order``.

    While a pack is off, its objects are taken away as if it had none, unless the section has a
    ``switch`` of its own or ``stays``: what only others lead to (a form, a process, a licence
    type) is reached by nobody but those who have begun.
    """

    def register(function: SectionHandler) -> SectionHandler:
        if name in _handlers:
            raise ValueError(f"pack section {name} is registered twice")
        _handlers[name] = (order, function)
        if stays:
            _staying.add(name)
        return function

    return register


def handlers() -> list[tuple[str, SectionHandler]]:
    """Return the handlers in the order in which they must run."""
    return [
        (name, handler)
        for name, (_, handler) in sorted(_handlers.items(), key=lambda entry: entry[1][0])
    ]


def switch(name: str) -> Callable[[SwitchHandler], SwitchHandler]:
    """Register what a section does when its pack is switched off or on again.

    Called inside the transaction of the act. Off: nothing of the pack is offered, chosen or begun
    any more; what has begun and what is past stays readable.
    """

    def register(function: SwitchHandler) -> SwitchHandler:
        if name in _switches:
            raise ValueError(f"pack switch {name} is registered twice")
        _switches[name] = function
        return function

    return register


def switched() -> list[tuple[str, SwitchHandler | None, SectionHandler | None]]:
    """Return each section that reacts to a switch, with its switch, or else with its handler."""
    found: list[tuple[str, SwitchHandler | None, SectionHandler | None]] = []
    for name, handler in handlers():
        if name in _switches:
            found.append((name, _switches[name], None))
        elif name not in _staying:
            found.append((name, None, handler))
    return found
