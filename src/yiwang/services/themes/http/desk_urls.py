"""Addresses of themes at the desk."""

from django.urls import path

from yiwang.services.themes.http import desk

app_name = "themes-desk"
urlpatterns = [
    path("wholes/<str:number>/", desk.whole, name="case"),
    path("wholes/<str:number>/hand-over/", desk.hand_over, name="hand-over"),
]
