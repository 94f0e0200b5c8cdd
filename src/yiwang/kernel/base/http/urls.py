"""Addresses of the http foundations."""

from django.urls import path

from yiwang.kernel.base.http import views

app_name = "http"
urlpatterns = [path("healthz", views.healthz, name="healthz")]
