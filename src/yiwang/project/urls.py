"""Addresses: each app brings its own; this file only says where they hang."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("yiwang.kernel.base.http.urls")),
    path("ui/", include("yiwang.kernel.ui.urls")),
]
