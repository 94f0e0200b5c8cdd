"""Loading a city's places, roles, units and posts from the folder of its pack."""

import csv
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.divisions import facade as divisions
from yiwang.kernel.base.organizations.actions.organizations import (
    apply_organizations,
    apply_roles,
)


@transaction.atomic
def load_city(folder: Path, actor: Actor) -> None:
    """Load ``divisions.csv``, ``zones.yaml``, ``roles.yaml`` and ``organizations.yaml``.

    Loading the same folder again changes nothing.

    :raises DivisionListError: DivisionMoveError: OrganizationDataError: as the parts do; nothing
        is loaded then.
    """
    zones = _read(folder / "zones.yaml")
    with (folder / "divisions.csv").open(encoding="utf-8", newline="") as file:
        divisions.load_divisions(
            rows=csv.DictReader(file), valid_from=zones["list_valid_from"], actor=actor
        )
    divisions.open_zones(zones=zones["zones"], actor=actor)
    apply_roles(_read(folder / "roles.yaml"), actor)
    apply_organizations(_read(folder / "organizations.yaml"), actor)


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content
