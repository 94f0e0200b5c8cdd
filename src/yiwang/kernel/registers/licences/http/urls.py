"""Addresses of the public verification."""

from django.urls import path

from yiwang.kernel.registers.licences.http import pages

app_name = "licences"
urlpatterns = [
    path("verify/", pages.verify, name="verify"),
    path("verify/<str:code>/", pages.verify_by_code, name="verify-code"),
]
