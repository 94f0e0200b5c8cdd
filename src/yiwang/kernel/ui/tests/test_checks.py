"""The start-up checks name what is missing, and are silent when nothing is."""

from django.conf import settings
from django.test import override_settings

from yiwang.kernel.ui.checks import wiring
from yiwang.kernel.ui.tests.wiring import wired


def test_complete_wiring_passes() -> None:
    with override_settings(**wired()):
        assert wiring() == []


def test_missing_parts_are_named() -> None:
    bare = [{**settings.TEMPLATES[0], "OPTIONS": {"context_processors": []}}]
    with override_settings(
        MIDDLEWARE=[], TEMPLATES=bare, CSRF_FAILURE_VIEW="django.views.csrf.csrf_failure"
    ):
        found = wiring()
    assert [message.id for message in found] == ["ui.W001", "ui.W002", "ui.W003"]
    assert all(message.hint for message in found)
