"""Addresses: each app brings its own; this file only says where they hang."""

from django.urls import URLPattern, URLResolver, include, path

from yiwang.project.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("yiwang.kernel.base.http.urls")),
    path("", include("yiwang.kernel.registers.payments.urls")),
    path("", include("yiwang.kernel.reach.notify.urls")),
    path("ui/", include("yiwang.kernel.ui.urls")),
    path("api/v1/", api.urls),
    path("", include("yiwang.services.applications.http.urls")),
]
