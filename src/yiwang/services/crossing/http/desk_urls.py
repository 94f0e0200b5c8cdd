"""Addresses of cross-domain service at the desk."""

from django.urls import path

from yiwang.services.crossing.http import desk

app_name = "crossing"
urlpatterns = [
    path("crossing/", desk.packages, name="packages"),
    path("crossing/<str:number>/<str:verb>/", desk.act, name="act"),
    path("crossing-mandates/<int:mandate_id>/revoke/", desk.revoke, name="revoke"),
]
