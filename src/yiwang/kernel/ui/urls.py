"""Addresses of the design language: gallery, preferences, language, session state."""

from django.urls import path
from django.views.i18n import set_language

from yiwang.kernel.ui import views

app_name = "ui"
urlpatterns = [
    path("", views.gallery, name="gallery"),
    path("sample/<slug:name>/", views.sample, name="sample"),
    path("preferences/", views.preferences, name="preferences"),
    path("language/", set_language, name="set_language"),
    path("session/", views.session, name="session"),
]
