"""Whatever lies in a folder, the check says where and what to do; an apply is whole or nothing."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings as installed
from django.db import connection, connections

from tests.anytown import CITY, felling, write_pack
from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.casework.forms.models import FormDefinition
from yiwang.kernel.packs.actions.packs import apply_pack, current_release, plan_pack
from yiwang.kernel.packs.check import check_pack, check_packs, known_names
from yiwang.kernel.packs.errors import PackBrokenError
from yiwang.kernel.packs.exporting import read_archive
from yiwang.kernel.packs.models import PackFile, PackRelease
from yiwang.kernel.packs.reading import read_pack
from yiwang.services.items.models import ItemVersion, ServiceItem

KEY = "tree.felling"


@pytest.fixture
def folder(settings, tmp_path):
    """The packs' folder of this test with the city and the pack in it; nothing is applied."""
    settings.PACKS_DIR = tmp_path
    write_pack(tmp_path, "anytown", CITY)
    return write_pack(tmp_path, KEY, felling())


def found(folder: Path) -> set[tuple[str, str, int]]:
    findings = check_pack(folder, known_names())
    assert all(f.pack == folder.name and f.mend_zh and f.mend_en for f in findings)
    return {(f.code, f.file, f.line) for f in findings}


def test_ten_thousand_files_are_refused_soon(folder):
    for number in range(10_000):
        (folder / "forms" / f"f{number}.yaml").write_text("")
    begun = time.monotonic()
    assert "PACK_TOO_LARGE" in {code for code, _, _ in found(folder)}
    assert time.monotonic() - begun < 30


def test_a_file_of_fifty_megabytes_is_not_read(folder):
    with (folder / "forms" / "huge.yaml").open("wb") as file:
        file.truncate(49_000_000)
    assert ("FILE_TOO_LARGE", "forms/huge.yaml", 1) in found(folder)


def test_aliases_that_blow_up_name_their_file(folder):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (folder / "forms" / "bomb.yaml").write_text("\n".join(lines))
    assert ("FILE_TOO_DEEP", "forms/bomb.yaml", 1) in found(folder)


def test_links_lead_nowhere(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.yaml").write_text("key: secret\n")
    (folder / "forms" / "linked.yaml").symlink_to(outside / "secret.yaml")
    (folder / "more").symlink_to(outside, target_is_directory=True)
    (folder / "gone.yaml").symlink_to(outside / "nothing")
    assert {
        ("FILE_IS_LINK", "forms/linked.yaml", 1),
        ("FILE_IS_LINK", "more", 1),
        ("FILE_IS_LINK", "gone.yaml", 1),
    } <= found(folder)
    with pytest.raises(PackBrokenError):
        read_pack(folder)


def test_names_that_are_no_utf8_or_cannot_be_seen_are_told(folder):
    (folder / "forms" / os.fsdecode("表单.yaml".encode("gb18030"))).write_text("key: x\n")
    (folder / "forms" / "a\u200bb.yaml").write_text("key: x\n")
    (folder / "forms" / f"{'x' * 220}.yaml").write_text("key: x\n")
    names = {file for code, file, _ in found(folder) if code == "FILE_NAME_WRONG"}
    assert len(names) == 3
    # A finding can be printed and sent wherever it goes.
    assert all(name.encode() for name in names)


def test_bytes_in_another_encoding_and_a_key_given_twice_are_told(folder):
    form = felling()["forms/tree_felling.yaml"]
    (folder / "forms" / "tree_felling.yaml").write_bytes(form.encode("gb18030"))
    assert ("NOT_UTF8", "forms/tree_felling.yaml", 1) in found(folder)
    (folder / "forms" / "tree_felling.yaml").write_text(form + "key: again\n")
    last = form.count("\n") + 1
    assert ("KEY_TWICE", "forms/tree_felling.yaml", last) in found(folder)


def test_a_folder_that_cannot_be_read_is_a_finding(folder, tmp_path):
    assert found(tmp_path / "nowhere") == {("MANIFEST_MISSING", "pack.yaml", 1)}


def test_two_packs_that_claim_one_key_are_told_before_any_is_applied(folder, tmp_path):
    other = {
        path: text.replace(f"key: {KEY}\n", "key: tree.other\n") for path, text in felling().items()
    }
    write_pack(tmp_path, "tree.other", other)
    told = {(code, file) for code, file, _ in found(tmp_path / "tree.other")}
    assert ("KEY_TAKEN", "items/tree_felling.yaml") in told
    assert ("KEY_TAKEN", "licences/felling_licence.yaml") in told
    assert found(folder) == set()


def test_requirements_that_are_missing_or_go_round_are_told_with_their_way(folder, tmp_path):
    manifest = felling()["pack.yaml"]
    line = manifest.splitlines().index('requires: {platform: ">=0.1", packs: [anytown]}') + 1
    write_pack(tmp_path, KEY, felling(pack=manifest.replace("[anytown]", "[nowhere]")))
    assert ("NAME_UNKNOWN", "pack.yaml", line) in found(folder)
    write_pack(tmp_path, KEY, felling())
    round_trip = CITY["pack.yaml"].replace("packs: []", "packs: [tree.other]")
    write_pack(tmp_path, "anytown", {**CITY, "pack.yaml": round_trip})
    other = manifest.replace(f"key: {KEY}", "key: tree.other").replace("[anytown]", f"[{KEY}]")
    write_pack(tmp_path, "tree.other", {"pack.yaml": other})
    (circle,) = (f for f in check_pack(folder, known_names()) if f.code == "REQUIRES_CIRCLE")
    assert f"{KEY} → anytown → tree.other → {KEY}" in circle.reason_zh
    write_pack(tmp_path, KEY, felling(pack=manifest.replace(">=0.1", ">=99.0")))
    assert ("PLATFORM_DIFFERS", "pack.yaml", line) in found(folder)


def test_many_packs_are_shared_out_and_answered_in_order(folder, tmp_path):
    folders = []
    for number in range(24):
        key = f"tree.p{number:02d}"
        manifest = felling()["pack.yaml"].replace(f"key: {KEY}", f"key: {key}")
        folders.append(write_pack(tmp_path, key, {"pack.yaml": manifest}))
    (folders[7] / "pack.yaml").write_text("key: [\n")
    answers = list(check_packs(folders, known_names(), processes=2))
    assert [path for path, _ in answers] == folders
    assert [path.name for path, findings in answers if findings] == ["tree.p07"]


def test_an_archive_that_is_none_or_too_much_is_told(tmp_path):
    broken = tmp_path / "x.zip"
    broken.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(PackBrokenError) as refused:
        read_archive(broken)
    assert refused.value.details["findings"][0]["code"] == "ARCHIVE_UNREADABLE"


# whole or nothing


@pytest.fixture
def city_in_force(folder, tmp_path, transactional_db):
    apply_pack(actor=SYSTEM, path=tmp_path / "anytown")
    return folder


def test_two_who_apply_different_states_at_once_leave_one_of_them_whole(city_in_force, tmp_path):
    other = tmp_path / "elsewhere"
    one = city_in_force
    two = write_pack(other, KEY, felling(forms=felling()["forms/tree_felling.yaml"] + "# 二\n"))
    start = threading.Barrier(2)
    failures: list[BaseException] = []

    def apply(path: Path) -> None:
        try:
            start.wait(10)
            apply_pack(actor=SYSTEM, path=path)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=apply, args=[path]) for path in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    release = current_release(KEY)
    assert PackRelease.objects.filter(key=KEY, is_current=True).count() == 1
    stored = {row.path: bytes(row.content) for row in release.files.all()}
    assert stored in (dict(read_pack(one).files), dict(read_pack(two).files))
    assert plan_pack(read_pack(one)) == [] or plan_pack(read_pack(two)) == []


_KILLED = """
import sys, time
import django
django.setup()
from django.conf import settings
from pathlib import Path
settings.PACKS_DIR = Path(sys.argv[1]).parent
from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.packs import registry
from yiwang.kernel.packs.actions.packs import apply_pack

def rest(context, objects, removed):
    print("reached", flush=True)
    time.sleep(60)

registry._handlers["stories"] = (int(sys.argv[2]), rest)
apply_pack(actor=SYSTEM, path=Path(sys.argv[1]))
"""


@pytest.mark.parametrize("order", [5, 35, 2000])
def test_an_apply_that_is_killed_leaves_nothing_half_written(city_in_force, order):
    before = counts()
    url = os.environ["DATABASE_URL"]
    base, _, _ = url.rpartition("/")
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(city_in_force), str(order)],
        env={
            **os.environ,
            "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
            "YIWANG_VAR": str(installed.VAR),
        },
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "reached\n"
        finally:
            process.send_signal(signal.SIGKILL)
    assert counts() == before
    # The lock went with the process: the next one applies the whole.
    release, changes = apply_pack(actor=SYSTEM, path=city_in_force)
    assert (release.key, len(changes)) == (KEY, 10)
    assert plan_pack(read_pack(city_in_force)) == []
    connections.close_all()


def counts() -> list[int]:
    tables = (PackRelease, PackFile, FormDefinition, ItemVersion, ServiceItem)
    return [table.objects.count() for table in tables]
