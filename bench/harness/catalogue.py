"""Which benches there are."""

import importlib
import os
import pkgutil
from dataclasses import dataclass
from types import ModuleType

import django

import bench


@dataclass(frozen=True)
class Figure:
    """One number that a bench gives, with the target that the project set itself, if it did."""

    unit: str
    target: float | None = None
    at_least: bool = True
    reference: str = ""

    def met_by(self, value: float) -> bool | None:
        """Say whether a value reaches the target; None without one."""
        if self.target is None:
            return None
        return value >= self.target if self.at_least else value <= self.target

    def goal(self) -> str:
        """Return the target as text."""
        if self.target is None:
            return "—"
        return f"{'≥' if self.at_least else '≤'} {self.target:g} {self.unit}"


def benches() -> dict[str, ModuleType]:
    """Return every bench by name: each module beside this package that has a ``NAME``."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yiwang.project.settings")
    django.setup()
    found = {}
    for about in pkgutil.iter_modules(bench.__path__):
        if about.ispkg or about.name.startswith("_"):
            continue
        module = importlib.import_module(f"bench.{about.name}")
        if hasattr(module, "NAME"):
            found[module.NAME] = module
    return found


def find(names: list[str]) -> list[ModuleType]:
    """Return the benches of these names, or all.

    :raises KeyError: there is none of that name.
    """
    known = benches()
    return [known[name] for name in names or known]


def listing() -> str:
    """Return the benches and what each measures, as text."""
    lines = []
    for name, module in benches().items():
        lines.append(f"{name:14}{(module.__doc__ or '').splitlines()[0]}")
        lines += [f"{'':14}  {key}: {one.goal()}" for key, one in module.FIGURES.items()]
    return "\n".join(lines)
