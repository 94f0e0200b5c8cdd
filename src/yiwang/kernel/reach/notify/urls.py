"""Addresses of notify, included at the root."""

from django.urls import path

from yiwang.kernel.reach.notify.http import views

app_name = "notify"
urlpatterns = [
    path("hooks/sms-receipt", views.sms_receipt, name="sms-receipt"),
    path("hooks/sms-receipt/<slug:gateway>", views.sms_receipt, name="sms-receipt-of"),
]
