"""Addresses of signing in and of a person's own security; hung at the root."""

from django.urls import path

from yiwang.kernel.base.identity.http import mandate_views, security_views, sign_in_views

app_name = "identity"

urlpatterns = [
    path("sign-in/", sign_in_views.sign_in, name="sign-in"),
    path("sign-out/", sign_in_views.sign_out, name="sign-out"),
    path("step-up/", sign_in_views.step_up, name="step-up"),
    path("me/real-name/", sign_in_views.real_name, name="real-name"),
    path("me/security/", security_views.security, name="security"),
    path("me/security/authenticator/", security_views.authenticator, name="authenticator"),
    path("me/security/authenticator/qr.svg", security_views.qr_code, name="authenticator-qr"),
    path("me/security/password/", security_views.password, name="password"),
    path("me/security/sessions/", security_views.end_sessions, name="end-sessions"),
    path("me/acting/", mandate_views.acting, name="acting"),
    path("me/authorisations/", mandate_views.authorisations, name="authorisations"),
    path(
        "me/authorisations/<int:representation_id>/revoke/",
        mandate_views.revoke,
        name="revoke-authorisation",
    ),
]
