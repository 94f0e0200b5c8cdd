"""The addresses that the pages of this app need, without the nets above it."""

from django.urls import include, path
from ninja import NinjaAPI

from yiwang.kernel.base.http.problems import install
from yiwang.kernel.base.identity.http.api import router

api = NinjaAPI(urls_namespace="identity-api-under-test", docs_url=None)
install(api)
api.add_router("/identity", router)

urlpatterns = [
    path("", include("yiwang.kernel.base.identity.http.urls")),
    path("ui/", include("yiwang.kernel.ui.urls")),
    path("api/", api.urls),
]
