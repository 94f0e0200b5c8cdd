"""Addresses: each app brings its own; this file only says where they hang."""

from django.urls import URLPattern, URLResolver, include, path

from yiwang.project.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("yiwang.kernel.base.http.urls")),
    path("", include("yiwang.kernel.registers.payments.urls")),
    path("", include("yiwang.kernel.reach.notify.urls")),
    path("", include("yiwang.kernel.base.identity.http.urls")),
    path("ui/", include("yiwang.kernel.ui.urls")),
    path("api/v1/", api.urls),
    path("", include("yiwang.kernel.registers.licences.http.urls")),
    path("desk/", include("yiwang.services.crossing.http.desk_urls")),
    path("desk/", include("yiwang.services.themes.http.desk_urls")),
    path("desk/", include("yiwang.services.applications.http.desk_urls")),
    path("desk/", include("yiwang.services.releases.http.urls")),
    path("", include("yiwang.services.themes.http.urls")),
    path("", include("yiwang.services.applications.http.urls")),
]

handler400 = "yiwang.kernel.base.http.problems.bad_request"
handler403 = "yiwang.kernel.base.http.problems.permission_denied"
handler404 = "yiwang.kernel.base.http.problems.page_not_found"
handler500 = "yiwang.kernel.base.http.problems.server_error"
