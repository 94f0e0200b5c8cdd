"""A backup is worth what its restore gives back."""

import shutil
from pathlib import Path

import psycopg
import pytest

from yiwang.project.cli import backup, delegate
from yiwang.project.engines.errors import EngineError
from yiwang.project.engines.installation import Installation

TABLES = """
CREATE EXTENSION pg_trgm;
CREATE TABLE "case" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL);
CREATE INDEX case_title ON "case" USING gin (title gin_trgm_ops);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append only'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "case" EXECUTE FUNCTION refuse();
INSERT INTO "case" (title)
SELECT '个体工商户设立登记 ' || number FROM generate_series(1, 500) number;
"""


@pytest.fixture(autouse=True)
def embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests run engines of their own."""
    monkeypatch.delenv("DATABASE_URL")


@pytest.fixture
def source(folder: Path) -> Installation:
    made = Installation(folder / "source" / "var")
    with (
        delegate.database(made) as environment,
        psycopg.connect(environment["DATABASE_URL"]) as connection,
    ):
        connection.execute(TABLES)
    (made.files / "ab").mkdir()
    (made.files / "ab" / "abcd").write_bytes(b"%PDF-1.7 licence")
    (made.var / "keys").mkdir()
    (made.var / "keys" / "master.key").write_text("key")
    return made


def rows(installation: Installation) -> list[tuple[int, str]]:
    with (
        delegate.database(installation) as environment,
        psycopg.connect(environment["DATABASE_URL"]) as connection,
    ):
        with pytest.raises(psycopg.errors.RaiseException, match="append only"):
            connection.execute("""DELETE FROM "case" """)
        connection.rollback()
        return connection.execute("""SELECT id, title FROM "case" ORDER BY id""").fetchall()


def test_a_restore_elsewhere_gives_back_rows_files_and_keys(
    source: Installation, folder: Path
) -> None:
    archive = folder / "backup.zip"
    assert backup.backup(source, archive) == 0
    assert archive.stat().st_mode & 0o777 == 0o600

    target = Installation(folder / "target" / "var")
    assert backup.restore(target, archive, replace=False) == 0

    assert rows(target) == rows(source)
    assert (target.files / "ab" / "abcd").read_bytes() == b"%PDF-1.7 licence"
    key = target.var / "keys" / "master.key"
    assert (key.read_text(), key.stat().st_mode & 0o777) == ("key", 0o600)
    assert target.secrets().secret_key == source.secrets().secret_key
    assert target.secrets().postgres != source.secrets().postgres


def test_a_restore_over_data_needs_to_be_told_so(source: Installation, folder: Path) -> None:
    archive = folder / "backup.zip"
    backup.backup(source, archive)
    shutil.rmtree(source.files / "ab")

    with pytest.raises(EngineError) as refusal:
        backup.restore(source, archive, replace=False)
    untouched = not (source.files / "ab").exists()
    backup.restore(source, archive, replace=True)

    assert refusal.value.code == "restore.not_empty"
    assert untouched
    assert len(rows(source)) == 500
    assert (source.files / "ab" / "abcd").exists()


def test_a_file_that_is_no_backup_changes_nothing(source: Installation, folder: Path) -> None:
    wrong = folder / "holiday.zip"
    wrong.write_bytes(b"PK\x03\x04 not really")

    with pytest.raises(EngineError) as refusal:
        backup.restore(source, wrong, replace=True)

    assert refusal.value.code == "restore.not_a_backup"
    assert len(rows(source)) == 500


def test_a_backup_overwrites_nothing(source: Installation, folder: Path) -> None:
    archive = folder / "backup.zip"
    archive.write_text("yesterday's")

    with pytest.raises(EngineError) as refusal:
        backup.backup(source, archive)

    assert refusal.value.code == "backup.exists"
    assert archive.read_text() == "yesterday's"
