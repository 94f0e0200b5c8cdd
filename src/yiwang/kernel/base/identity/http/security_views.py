"""账号安全: second factor, password, devices signed in, latest tries."""

from io import BytesIO

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yiwang.kernel.base.http.requests import client_address
from yiwang.kernel.base.identity import limits, second_factor
from yiwang.kernel.base.identity.actions import accounts, signing_in
from yiwang.kernel.base.identity.errors import SignInRefusedError
from yiwang.kernel.base.identity.http import sessions
from yiwang.kernel.base.identity.http.actors import account_of, actor_of, require_actor
from yiwang.kernel.base.identity.http.devices import device_words
from yiwang.kernel.base.identity.http.guards import to_sign_in
from yiwang.kernel.base.identity.http.pages import show
from yiwang.kernel.base.identity.models import SignInAttempt
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.errors import DomainError, NotFoundError

_NEW_SECRET = "identity.new_totp_secret"  # noqa: S105 - the name of a session entry
_SHOWN_ATTEMPTS = 20
_SHOWN_SESSIONS = 20


@never_cache
@require_GET
def security(request: HttpRequest) -> HttpResponse:
    """账号安全: what protects the account, where it is signed in, who tried."""
    if actor_of(request) is None:
        return to_sign_in(request)
    account = account_of(request)
    here = request.session.session_key
    return show(
        request,
        "identity/security.html",
        {
            "account": account,
            "phone": parties.mask_phone(account.phone or ""),
            "has_totp": second_factor.has_totp(account),
            "has_password": account.has_usable_password(),
            "sessions": [
                {
                    "id": row.pk,
                    "device": device_words(row.user_agent),
                    "address": row.address or "",
                    "method": row.get_method_display(),
                    "at": row.created_at,
                    "is_here": row.session_key == here,
                }
                for row in sessions.list_sessions(account.pk)[:_SHOWN_SESSIONS]
            ],
            "attempts": [
                {
                    "at": row.at,
                    "method": row.get_method_display(),
                    "address": row.address or "",
                    "outcome": _("成功") if row.succeeded else _("没有成功"),
                }
                for row in limits.attempts_of(
                    account.pk, signing_in.username_key(account.username)
                )[:_SHOWN_ATTEMPTS]
            ],
            "attempt_columns": [
                {"key": "at", "label": _("时间"), "kind": "moment"},
                {"key": "method", "label": _("方式")},
                {"key": "address", "label": _("来源地址")},
                {"key": "outcome", "label": _("结果")},
            ],
        },
    )


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def authenticator(request: HttpRequest) -> HttpResponse:
    """动态口令: set it up with a first code, or remove it with one."""
    if actor_of(request) is None:
        return to_sign_in(request)
    account = account_of(request)
    is_set_up = second_factor.has_totp(account)
    if not is_set_up and not sessions.is_recent(request):
        # Whoever holds only a stolen session must not be able to add a factor of their own.
        return _sign_in_again(request)
    if not is_set_up and _NEW_SECRET not in request.session:
        request.session[_NEW_SECRET] = second_factor.new_secret()
    refusal = None
    if request.method == "POST":
        actor = require_actor(request)
        code = request.POST.get("code", "")[:20]
        try:
            attempt = limits.admit(
                key=f"second:{account.pk}",
                method=SignInAttempt.Method.TOTP,
                address=client_address(request),
                account_id=account.pk,
            )
            if is_set_up:
                second_factor.remove(account=account, code=code, actor=actor)
                messages.success(request, _("已解绑动态口令"))
            else:
                secret = request.session[_NEW_SECRET]
                second_factor.set_up(account=account, secret=secret, code=code, actor=actor)
                del request.session[_NEW_SECRET]
                messages.success(request, _("动态口令已绑定，以后办理重要事项时会用到"))
            limits.succeeded(attempt, account.pk)
            return HttpResponseRedirect(reverse("identity:security"))
        except DomainError as caught:
            refusal = caught
    secret = request.session.get(_NEW_SECRET, "")
    return show(
        request,
        "identity/authenticator.html",
        {
            "is_set_up": is_set_up,
            "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        },
        refusal,
    )


@never_cache
@require_GET
def qr_code(request: HttpRequest) -> HttpResponse:
    """The new secret as a QR code for the phone of the person who asked for it."""
    if actor_of(request) is None:
        return to_sign_in(request)
    secret = request.session.get(_NEW_SECRET)
    if not secret:
        raise NotFoundError
    picture = BytesIO()
    address = second_factor.otpauth_address(account_of(request), secret)
    segno.make(address, error="m").save(picture, kind="svg", scale=5, border=4, light="#fff")
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")


@never_cache
@sensitive_post_parameters("present", "password")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """修改密码: with the present one, or after a fresh sign-in when there is none."""
    if actor_of(request) is None:
        return to_sign_in(request)
    account = account_of(request)
    has_password = account.has_usable_password()
    if not has_password and not sessions.is_recent(request):
        return _sign_in_again(request)
    refusal = None
    if request.method == "POST":
        actor = require_actor(request)
        try:
            if has_password:
                attempt = limits.admit(
                    key=f"present:{account.pk}",
                    method=SignInAttempt.Method.PASSWORD,
                    address=client_address(request),
                    account_id=account.pk,
                )
                if not account.check_password(request.POST.get("present", "")[:200]):
                    raise SignInRefusedError("现在的密码不对", "The present password is wrong.")
                limits.succeeded(attempt, account.pk)
            accounts.set_password(
                account=account, password=request.POST.get("password", "")[:300], actor=actor
            )
            sessions.keep_after_password_change(request, account)
            sessions.end_all(
                account_id=account.pk, actor=actor, except_key=request.session.session_key
            )
            messages.success(request, _("密码已修改，其他设备上的登录已全部退出"))
            return HttpResponseRedirect(reverse("identity:security"))
        except DomainError as caught:
            refusal = caught
    return show(request, "identity/password.html", {"has_password": has_password}, refusal)


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """退出其他设备: one session, or all but this one."""
    if actor_of(request) is None:
        return to_sign_in(request)
    actor = require_actor(request)
    asked = request.POST.get("session", "")
    if asked == "others":
        count = sessions.end_all(
            account_id=actor.account_id, actor=actor, except_key=request.session.session_key
        )
        messages.success(request, _("已退出 %(count)s 处登录") % {"count": count})
    elif asked.isascii() and asked.isdigit() and len(asked) < 19:
        sessions.end_one(session_id=int(asked), actor=actor)
        messages.success(request, _("已退出该设备上的登录"))
    else:
        raise NotFoundError
    return HttpResponseRedirect(reverse("identity:security"))


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("为了安全，更改登录方式前请重新登录"))
    return HttpResponseRedirect(f"{reverse('identity:sign-in')}?again=1&next={request.path}")
