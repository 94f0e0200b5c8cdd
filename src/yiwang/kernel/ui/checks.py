"""Start-up checks: what the pages need of the project's settings."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

POLICY = "yiwang.kernel.ui.middleware.ContentSecurityPolicy"
DISPLAY = "yiwang.kernel.ui.site.display"
CSRF_VIEW = "yiwang.kernel.ui.views.csrf_failure"


@register
def wiring(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Name each part of the wiring that the settings leave out."""
    found: list[CheckMessage] = []
    if POLICY not in settings.MIDDLEWARE:
        found.append(
            Warning(
                "Pages are sent without a content security policy.",
                hint=f"Add {POLICY!r} to MIDDLEWARE, after SecurityMiddleware.",
                id="ui.W001",
            )
        )
    engines: list[dict[str, Any]] = settings.TEMPLATES
    for engine in engines:
        if DISPLAY not in engine.get("OPTIONS", {}).get("context_processors", []):
            found.append(
                Warning(
                    "Pages do not know the city, the person's large-print choice or the session.",
                    hint=f"Add {DISPLAY!r} to the context processors in TEMPLATES.",
                    id="ui.W002",
                )
            )
    if settings.CSRF_FAILURE_VIEW != CSRF_VIEW:
        found.append(
            Warning(
                "A page that was open too long is refused in English and without a way on.",
                hint=f"Set CSRF_FAILURE_VIEW = {CSRF_VIEW!r}.",
                id="ui.W003",
            )
        )
    return found
