"""接口: the JSON API, one document, composed of the apps' routers."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.security import APIKeyCookie

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.http.problems import install
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.api import router as identity
from yiwang.kernel.registers.licences.http.api import router as verification
from yiwang.services.applications.http.api import router as applications
from yiwang.services.crossing.http.api import router as crossing
from yiwang.services.items.http.api import router as items
from yiwang.services.themes.http.api import router as themes


class SignedIn(APIKeyCookie):
    """A session of our own pages or of a client that signed in; writes need its CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | Any:
        return require_actor(request)


api = NinjaAPI(
    title="一网 Yiwang",
    version="1",
    description="一网通办接口 Service delivery API. Errors are RFC 9457 problems, zh and en.",
    urls_namespace="api",
    docs_url=None,
)
install(api)
api.add_router("/items", items)
api.add_router("/verify", verification)
api.add_router("/identity", identity)
api.add_router("/crossing", crossing, auth=SignedIn())
api.add_router("/themes", themes, auth=SignedIn())
api.add_router("", applications, auth=SignedIn())
