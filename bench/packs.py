"""场景包规模: 300 packs with the 23,579 items of a city are checked, and one of them is applied."""

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import yaml
from django.conf import settings
from django.core.management import call_command

from bench.harness.catalogue import Figure
from bench.harness.core import Harness, Measured
from bench.packs_made import PATTERN, change, make_packs
from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.packs.actions.packs import apply_pack
from yiwang.kernel.packs.check import check_packs, known_names
from yiwang.kernel.packs.checks.documents import PackLoader
from yiwang.kernel.packs.models import PackRelease
from yiwang.project.demo.catalogue import CITY_ITEMS
from yiwang.project.stories.testing import connected_to, throwaway_database
from yiwang.services.items.models import ServiceItem

NAME = "packs"
PARSING = "the same files parsed by PyYAML's C parser alone, one core, s"
FIGURES = {
    "check_300_s": Figure("s", 60, at_least=False, reference=PARSING),
    "apply_one_s": Figure("s", 3, at_least=False),
}
PACKS = 300
# A first look takes a tenth of the packs and says so.
QUICK = 10
APPLIED = 5


def run(harness: Harness) -> None:
    """Check every pack with every core; then apply changed ones, one at a time, beside the rest."""
    share = QUICK if harness.quick else 1
    packs, items = PACKS // share, CITY_ITEMS // share
    with (
        tempfile.TemporaryDirectory(prefix="yiwang-packs-") as scratch,
        throwaway_database() as url,
        connected_to(url),
    ):
        call_command("migrate", verbosity=0)
        for needed in ("yangjiang", PATTERN):
            apply_pack(actor=SYSTEM, path=settings.PACKS_DIR / needed)
        folders = make_packs(Path(scratch), packs=packs, items=items)
        size = f"{packs} packs, {items} items"
        harness.report(check_300_s=_check(harness, folders, size))
        harness.report(apply_one_s=_apply(harness, folders, size))


def _check(harness: Harness, folders: Sequence[Path], size: str) -> Measured:
    seconds, references, used = [], [], []
    cores = os.cpu_count() or 1
    for _ in range(harness.repeats):
        references.append(_parse(folders))
        begun, before = time.perf_counter(), _processor()
        names = known_names(folders[0].parent)
        found = [
            line for _, lines in check_packs(folders, names, processes=cores) for line in lines
        ]
        seconds.append(time.perf_counter() - begun)
        used.append(_processor() - before)
        if found:
            raise RuntimeError(f"{len(found)} findings in sound packs, the first: {found[0]}")
        harness.say(f"  checked in {seconds[-1]:.1f} s")
    files = sum(1 for folder in folders for _ in folder.rglob("*.yaml"))
    conditions = (
        f"{size}, {files} files, names of all packs read in the same time, {cores} processes;"
        f" {min(used):.1f} s of processor time"
    )
    return Measured(seconds, reference_runs=references, conditions=conditions)


def _processor() -> float:
    """Return the seconds of processor time of this process and those that it ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _parse(folders: Sequence[Path]) -> float:
    begun = time.perf_counter()
    for folder in folders:
        for path in folder.rglob("*.yaml"):
            yaml.compose(path.read_bytes(), Loader=PackLoader)
    return time.perf_counter() - begun


def _apply(harness: Harness, folders: Sequence[Path], size: str) -> Measured:
    begun = time.perf_counter()
    for folder in folders:
        apply_pack(actor=SYSTEM, path=folder)
    harness.say(f"  all in force after {time.perf_counter() - begun:.0f} s")
    seconds, used = [], []
    for turn, folder in enumerate(folders[:: max(1, len(folders) // APPLIED)][:APPLIED], 1):
        change(folder, turn)
        begun, before = time.perf_counter(), _processor()
        _, changes = apply_pack(actor=SYSTEM, path=folder)
        seconds.append(time.perf_counter() - begun)
        used.append(_processor() - before)
        if len(changes) != 3:
            raise RuntimeError(f"three things were changed, {len(changes)} were told")
    in_force = PackRelease.objects.filter(is_current=True).count()
    rows = ServiceItem.objects.filter(is_active=True).count()
    conditions = (
        f"{size}; {in_force} packs and {rows} items in force; a changed pack of"
        f" {rows // in_force} items checked and applied in one transaction,"
        f" {min(used):.1f} s of processor time beside the database's"
    )
    return Measured(seconds, conditions=conditions)
