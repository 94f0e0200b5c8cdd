"""Settings: wiring only. Every address and secret comes from the environment.

The supervisor (``yiwang.project.engines``) fills the environment when it starts embedded engines.
"""

import os
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

ROOT = Path(__file__).resolve().parents[3]
VAR = Path(os.environ.get("YIWANG_VAR", ROOT / "var"))
PACKS_DIR = ROOT / "packs"

DEBUG = os.environ.get("YIWANG_DEBUG") == "1"
# The supervisor makes a random key per installation; without one nothing that signs may run.
SECRET_KEY = os.environ.get("YIWANG_SECRET_KEY", "")
ALLOWED_HOSTS = os.environ.get(
    "YIWANG_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver"
).split(",")
PUBLIC_URL = os.environ.get("YIWANG_PUBLIC_URL", "http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]


def database_from_url(url: str) -> dict[str, Any]:
    """Translate a ``postgresql://user:password@host:port/name?sslmode=…`` address for Django.

    What stands after ``?`` goes to the driver as it is (``sslmode``, ``sslrootcert`` …).
    """
    known = conninfo_to_dict(url)
    named = {name: str(known.pop(name, "") or "") for name in _NAMED}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": named["dbname"],
        "USER": named["user"],
        "PASSWORD": named["password"],
        "HOST": named["host"],
        "PORT": named["port"] or "5432",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {
            "application_name": "yiwang",
            # A statement is planned once for a connection: planning was a third of the database's
            # work for an application. A pooler between must know prepared statements.
            "server_side_binding": True,
            "prepare_threshold": 3,
            **known,
        },
    }


_NAMED = ("dbname", "user", "password", "host", "port")
DATABASES = {
    "default": database_from_url(
        os.environ.get("DATABASE_URL", "postgresql://yiwang@127.0.0.1:5432/yiwang")
    )
}
NATS_URL = os.environ.get("NATS_URL", "")
# One process stands in for the outside world in demo and test: SMS, bank, real-name service.
SANDBOX_URL = os.environ.get("YIWANG_SANDBOX_URL", "")

KERNEL_APPS = [
    "yiwang.kernel.ui",
    "yiwang.kernel.base.divisions",
    "yiwang.kernel.base.organizations",
    "yiwang.kernel.base.crypto",
    "yiwang.kernel.base.parties",
    "yiwang.kernel.base.identity",
    "yiwang.kernel.base.access",
    "yiwang.kernel.base.audit",
    "yiwang.kernel.base.events",
    "yiwang.kernel.base.calendars",
    "yiwang.kernel.base.files",
    "yiwang.kernel.base.http",
    "yiwang.kernel.trust.seals",
    "yiwang.kernel.casework.forms",
    "yiwang.kernel.casework.rules",
    "yiwang.kernel.casework.clocks",
    "yiwang.kernel.casework.process",
    "yiwang.kernel.casework.worklist",
    "yiwang.kernel.casework.cases",
    "yiwang.kernel.casework.papers",
    "yiwang.kernel.casework.dossiers",
    "yiwang.kernel.casework.ratings",
    "yiwang.kernel.registers.licences",
    "yiwang.kernel.registers.payments",
    "yiwang.kernel.reach.notify",
    "yiwang.kernel.packs",
]
NET_APPS = [
    "yiwang.services.items",
    "yiwang.services.applications",
    "yiwang.services.releases",
    "yiwang.services.themes",
    "yiwang.services.crossing",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    *KERNEL_APPS,
    *NET_APPS,
    "yiwang.project",
]

MIDDLEWARE = [
    # These only add headers, to every answer: also to a refusal.
    "django.middleware.security.SecurityMiddleware",
    "yiwang.kernel.ui.middleware.ContentSecurityPolicy",
    "yiwang.kernel.ui.middleware.KeepNoCopies",
    # Before all that may refuse, so that their answers pass through it.
    "yiwang.kernel.base.http.problems.ProblemMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "yiwang.project.api_guard.JsonWrites",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "yiwang.project.urls"
WSGI_APPLICATION = "yiwang.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "yiwang.kernel.ui.site.display",
                "yiwang.kernel.base.identity.http.context.identity",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

UI_SITE = "yiwang.project.site.site_of"
CSRF_FAILURE_VIEW = "yiwang.kernel.ui.views.csrf_failure"
FILE_UPLOAD_HANDLERS = [
    "yiwang.kernel.base.files.upload_handlers.LimitedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# Networks, with commas, whose proxies may say for whom they ask.
TRUSTED_PROXIES = [
    network.strip()
    for network in os.environ.get("YIWANG_TRUSTED_PROXIES", "").split(",")
    if network.strip()
]
# Elsewhere than in the installation's folder: a mounted secret, fonts of the site's own.
MASTER_KEY_FILE = os.environ.get("YIWANG_MASTER_KEY_FILE") or None
FONTS_DIR = os.environ.get("YIWANG_FONTS_DIR") or None
# Demonstrations and stories move the clock of the whole installation; nobody else may.
YIWANG_ALLOW_TIME_TRAVEL = os.environ.get("YIWANG_ALLOW_TIME_TRAVEL") == "1"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [ROOT / "src" / "yiwang" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [
    ("htmx", ROOT / "node_modules" / "htmx.org" / "dist"),
]
ICONS_DIR = ROOT / "node_modules" / "lucide-static" / "icons"

AUTH_USER_MODEL = "identity.Account"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Served over https, no cookie may travel in the clear.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_AGE = 8 * 3600
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# 20 MiB a file, 40 MiB a request: enough for a scanned plan, small enough to refuse a flood early.
FILE_MAX_BYTES = 20 * 1024 * 1024
REQUEST_MAX_BYTES = int(os.environ.get("YIWANG_REQUEST_MAX_BYTES") or 2 * FILE_MAX_BYTES)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "yiwang.kernel.base.http.problems.RequestNumberFilter"}},
    "formatters": {"json": {"()": "yiwang.project.logs.JsonFormatter"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request"],
            "formatter": "json",
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "yiwang": {"level": "INFO"},
        # A refused request is an answer, not an accident; the access log has it.
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "level": "WARNING"},
    },
}
