"""``./yiwang`` on a small clone: real pip and uv, a package made here, hardly any environment."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from yiwang.project.engines import accounts, processes
from yiwang.project.engines.installation import ROOT

# What the real command hands on to: here it shows with what it was called.
COMMAND = """
import importlib.metadata, json, os, sys
print(json.dumps({
    "arguments": sys.argv[1:],
    "python": sys.executable,
    "version": importlib.metadata.version("yiwang-sample"),
    "home": os.environ.get("HOME"),
}))
"""


def make_wheel(folder: Path, version: str) -> str:
    """Make a wheel of one empty module and return the line of a lock that names it."""
    info = f"yiwang_sample-{version}.dist-info"
    files = {
        "yiwang_sample.py": b"",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: yiwang-sample\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    path = folder / f"yiwang_sample-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else content.encode()
            digest = base64.urlsafe_b64encode(hashlib.sha256(raw).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(raw)}\n"
            wheel.writestr(name, raw)
        wheel.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"yiwang-sample=={version} --hash=sha256:{digest}\n"


class Clone:
    """A folder like a fresh clone, small enough to be set up within a second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = folder / "wheels"
        self.wheels.mkdir(parents=True)
        shutil.copy(ROOT / "yiwang", folder)
        for name in ("requirements-tools.lock", "requirements-node.lock"):
            shutil.copy(ROOT / name, folder)
        self.lock("1.0")
        (folder / "package-lock.json").write_text(json.dumps({"packages": {"": {}}}))
        command = folder / "src" / "yiwang" / "project" / "cli" / "__main__.py"
        command.parent.mkdir(parents=True)
        command.write_text(COMMAND)

    def lock(self, version: str) -> None:
        line = make_wheel(self.wheels, version)
        for name in ("requirements.lock", "requirements-dev.lock"):
            (self.folder / name).write_text(line)

    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"/usr/bin:/bin:{sys.base_prefix}/bin",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "UV_NO_INDEX": "1",
            "UV_FIND_LINKS": str(self.wheels),
        }

    def begin(self, *arguments: str, account: processes.Account | None = None) -> subprocess.Popen:
        return subprocess.Popen(
            [self.folder / "yiwang", *arguments],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )

    def run(self, *arguments: str, account: processes.Account | None = None) -> tuple[dict, str]:
        process = self.begin(*arguments, account=account)
        said, complaints = process.communicate(timeout=120)
        assert process.returncode == 0, complaints
        return json.loads(said), complaints


def find_uv() -> Path | None:
    places = [ROOT / ".venv-tools" / "uv" / "bin" / "uv", shutil.which("uv")]
    return next((Path(place) for place in places if place and Path(place).exists()), None)


@pytest.fixture(params=["pip", "uv"])
def clone(request: pytest.FixtureRequest, folder: Path) -> Clone:
    made = Clone(folder / "clone")
    if request.param == "uv":
        uv = find_uv()
        if uv is None:
            pytest.skip("this environment was not made by ./yiwang, so there is no uv to copy")
        target = made.folder / ".venv-tools" / "uv" / "bin" / "uv"
        target.parent.mkdir(parents=True)
        shutil.copy(uv, target)
        lock = (made.folder / "requirements-tools.lock").read_bytes()
        stamp = made.folder / ".venv-tools" / "uv.digest"
        stamp.write_text(hashlib.sha256(lock).hexdigest())
    return made


def test_a_first_start_makes_the_environment_and_a_second_passes_on_at_once(clone: Clone) -> None:
    first, progress = clone.run("status", "--json")
    started = time.monotonic()
    second, silence = clone.run("status", "--json")
    seconds = time.monotonic() - started

    assert first["arguments"] == ["status", "--json"]
    assert first["version"] == "1.0"
    assert Path(first["python"]).is_relative_to(clone.folder / ".venv")
    assert "Environment ready" in progress
    assert (second, silence) == (first, "")
    assert seconds < 2


def test_a_changed_lock_is_followed(clone: Clone) -> None:
    clone.run()
    clone.lock("2.0")

    assert clone.run()[0]["version"] == "2.0"


def test_a_half_made_environment_is_made_anew(clone: Clone) -> None:
    clone.run()
    (clone.folder / ".venv" / "unfinished").touch()
    leftover = clone.folder / ".venv" / "leftover"
    leftover.touch()

    assert clone.run()[0]["version"] == "1.0"
    assert not leftover.exists()


def test_an_environment_whose_python_is_gone_is_made_anew(clone: Clone) -> None:
    clone.run()
    python = clone.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python3")

    assert clone.run()[0]["version"] == "1.0"


def test_two_first_starts_share_one_set_up(clone: Clone) -> None:
    both = [clone.begin(str(number)) for number in (1, 2)]
    said = [process.communicate(timeout=120) for process in both]

    assert [process.returncode for process in both] == [0, 0], said
    assert sum("Installing the Python packages" in complaints for _, complaints in said) == 1


def test_a_package_with_another_content_is_refused(clone: Clone) -> None:
    lock = clone.folder / "requirements.lock"
    lock.write_text(lock.read_text()[:-9] + "00000000\n")

    process = clone.begin()
    _, complaints = process.communicate(timeout=120)

    assert process.returncode == 1
    assert "hash" in complaints.lower()
    assert not (clone.folder / ".venv" / "yiwang-locks.json").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_unprivileged_user_without_a_home_sets_up_and_a_stranger_is_told_why_not(
    clone: Clone,
) -> None:
    nobody = processes.Account("nobody", 65534, 65534)
    process = clone.begin(account=nobody)
    _, complaints = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "is not writable for this user" in complaints

    processes.run_as(None, ["chown", "-R", "65534:65534", clone.folder])
    assert accounts.reaches(nobody, clone.folder)

    assert clone.run(account=nobody)[0]["version"] == "1.0"
