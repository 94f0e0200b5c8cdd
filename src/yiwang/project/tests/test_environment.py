"""The environment that every test of the project gets."""

import os
import socket
from pathlib import Path

import pytest

from yiwang.project.testing import environment


def test_the_database_tells_letters_from_signs_in_chinese(db: None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT '阳江' ~ '^[[:alpha:]]+$', current_user, current_database()")
        letters, user, database = cursor.fetchone()

    assert letters is True
    assert user == "yiwang"
    assert database.startswith("test_yiwang")


def test_another_machine_is_out_of_reach() -> None:
    with socket.socket() as plug, pytest.raises(environment.OutsideBlockedError):
        plug.connect(("192.0.2.1", 80))


def test_var_is_a_folder_of_this_run() -> None:
    assert "yiwang-test-var-" in os.environ["YIWANG_VAR"]
    assert Path(os.environ["YIWANG_VAR"]).is_dir()
