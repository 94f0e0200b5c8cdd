"""Addresses of payments, included at the root."""

from django.urls import path

from yiwang.kernel.registers.payments.http import views

app_name = "payments"
urlpatterns = [path("hooks/bank", views.bank_notice, name="bank-notice")]
