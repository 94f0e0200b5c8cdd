"""登录、退出、实名核验、加强核验: the pages on which a person proves who they are."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from yiwang.kernel.base.access.facade import AssuranceTooLowError
from yiwang.kernel.base.http.requests import client_address, speaks_english
from yiwang.kernel.base.identity import facade as identity
from yiwang.kernel.base.identity import limits, second_factor
from yiwang.kernel.base.identity.actions import signing_in
from yiwang.kernel.base.identity.actions.accounts import verify_real_name
from yiwang.kernel.base.identity.errors import FaceRefusedError, SecondFactorRefusedError
from yiwang.kernel.base.identity.http import sessions
from yiwang.kernel.base.identity.http.actors import account_of, actor_of, require_actor
from yiwang.kernel.base.identity.http.guards import citizen_required, to_sign_in
from yiwang.kernel.base.identity.http.pages import home_of, show, way_back
from yiwang.kernel.base.identity.models import Account, SignInAttempt
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.errors import DomainError

_WAYS = ("password", "code", "official")
_CODE_SENT_TO = "identity.code_sent_to"


@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """登录: by password, by a code sent to the phone, or as an official."""
    way = request.POST.get("way") or request.GET.get("way") or "password"
    way = way if way in _WAYS else "password"
    if request.method != "POST":
        actor = actor_of(request)
        if actor is not None and "again" not in request.GET:
            return HttpResponseRedirect(way_back(request) or home_of(request, account_of(request)))
        return _sign_in_page(request, way)
    try:
        if way == "code" and "send" in request.POST:
            return _send_code(request)
        account, method = _check(request, way)
    except DomainError as refusal:
        return _sign_in_page(request, way, refusal)
    sessions.begin(request, account, method)
    return HttpResponseRedirect(way_back(request) or home_of(request, account))


def _check(request: HttpRequest, way: str) -> tuple[Account, str]:
    address = client_address(request)
    if way == "code":
        account = signing_in.check_code(
            phone_number=request.POST.get("phone", ""),
            code=request.POST.get("code", "")[:20],
            address=address,
        )
        request.session.pop(_CODE_SENT_TO, None)
        return account, SignInAttempt.Method.SMS_CODE
    account = signing_in.check_password(
        username=request.POST.get("username", "")[:80],
        # Hashing a megabyte is work that a stranger should not be able to order.
        password=request.POST.get("password", "")[:200],
        address=address,
    )
    return account, SignInAttempt.Method.PASSWORD


def _send_code(request: HttpRequest) -> HttpResponse:
    number = request.POST.get("phone", "")
    signing_in.send_code(phone_number=number, address=client_address(request))
    request.session[_CODE_SENT_TO] = number
    return _sign_in_page(request, "code")


def _sign_in_page(
    request: HttpRequest, way: str, refusal: DomainError | None = None
) -> HttpResponse:
    sent_to = request.session.get(_CODE_SENT_TO, "")
    return show(
        request,
        "identity/sign_in.html",
        {
            "way": way,
            "username": request.POST.get("username", ""),
            "phone": request.POST.get("phone", "") or sent_to,
            "is_code_sent": way == "code" and bool(sent_to) and "other_phone" not in request.GET,
            "again": "again" in request.GET,
        },
        refusal,
    )


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """退出登录: end this session; the drafts that were saved stay."""
    sessions.end(request)
    return HttpResponseRedirect("/")


@never_cache
@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def real_name(request: HttpRequest) -> HttpResponse:
    """实名核验: name and number against the population source; the account rises to level 2."""
    account = account_of(request)
    typed = {
        "name": request.POST.get("name", "")[:100],
        "citizen_id_no": request.POST.get("citizen_id_no", "")[:40],
    }
    refusal = None
    if request.method == "POST":
        try:
            # The source answers yes or no about anyone: asking is limited like signing in.
            attempt = limits.admit(
                key=f"realname:{account.pk}",
                method=SignInAttempt.Method.REAL_NAME,
                address=client_address(request),
                account_id=account.pk,
            )
            verify_real_name(account=account, actor=require_actor(request), **typed)
            limits.succeeded(attempt, account.pk)
            return HttpResponseRedirect(way_back(request) or "/")
        except DomainError as caught:
            refusal = caught
    verified = parties.card(account.party) if account.party else None
    return show(request, "identity/real_name.html", {**typed, "verified": verified}, refusal)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def step_up(request: HttpRequest) -> HttpResponse:
    """加强核验: a one-time code or the face raises this session to level 3 for half an hour."""
    actor = actor_of(request)
    if actor is None:
        return to_sign_in(request)
    account = account_of(request)
    if actor.assurance_level < 2:
        raise AssuranceTooLowError(needed=2)
    refusal = None
    if request.method == "POST":
        try:
            method = _check_second_factor(request, account)
            sessions.step_up(request, account, method)
            return HttpResponseRedirect(way_back(request) or home_of(request, account))
        except DomainError as caught:
            refusal = caught
    place = 2 if speaks_english() else 1
    pictures = parties.source().picture_choices() if account.party_id else []
    return show(
        request,
        "identity/step_up.html",
        {
            "has_totp": second_factor.has_totp(account),
            "pictures": [(choice[0], choice[place]) for choice in pictures],
            "picture": request.POST.get("picture", ""),
            "is_high_already": actor.assurance_level >= 3,
        },
        refusal,
    )


def _check_second_factor(request: HttpRequest, account: Account) -> str:
    method = SignInAttempt.Method.FACE if "picture" in request.POST else SignInAttempt.Method.TOTP
    attempt = limits.admit(
        key=f"second:{account.pk}",
        method=method,
        address=client_address(request),
        account_id=account.pk,
    )
    if method == SignInAttempt.Method.FACE:
        actor = require_actor(request)
        if actor.party_id is None or not identity.check_face(
            actor=actor,
            party_id=actor.party_id,
            image_token=request.POST.get("picture", "")[:200],
        ):
            raise FaceRefusedError
    else:
        code = request.POST.get("code", "")[:20]
        if not code.strip():
            raise SecondFactorRefusedError
        second_factor.confirm(account=account, code=code)
    limits.succeeded(attempt, account.pk)
    return method
