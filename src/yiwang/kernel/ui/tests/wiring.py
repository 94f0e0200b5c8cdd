"""Settings under which these tests run: the wiring that README.md asks of the project."""

from typing import Any

from django.conf import settings

PROCESSOR = "yiwang.kernel.ui.site.display"
POLICY = "yiwang.kernel.ui.middleware.ContentSecurityPolicy"


def wired() -> dict[str, Any]:
    """Return overrides: our addresses, our middleware, and a session that needs no database."""
    templates = [
        {
            **settings.TEMPLATES[0],
            "OPTIONS": {
                **settings.TEMPLATES[0]["OPTIONS"],
                "context_processors": [
                    *(
                        name
                        for name in settings.TEMPLATES[0]["OPTIONS"]["context_processors"]
                        if name != PROCESSOR
                    ),
                    PROCESSOR,
                ],
            },
        }
    ]
    return {
        "ROOT_URLCONF": "yiwang.kernel.ui.tests.addresses",
        "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
        "MESSAGE_STORAGE": "django.contrib.messages.storage.cookie.CookieStorage",
        "CSRF_FAILURE_VIEW": "yiwang.kernel.ui.views.csrf_failure",
        "MIDDLEWARE": [
            POLICY,
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "yiwang.kernel.ui.tests.addresses.PretendSignIn",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        "TEMPLATES": templates,
        "UI_SITE": "",
        "STORAGES": {
            **settings.STORAGES,
            "staticfiles": {
                "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
            },
        },
    }
