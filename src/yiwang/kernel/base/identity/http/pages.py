"""What the views of this app share: safe ways back, and pages that keep what was typed."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from yiwang.kernel.base.identity.http.wording import errors_by_field, errors_of
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.errors import DomainError
from yiwang.kernel.ui.site import site_of


def way_back(request: HttpRequest) -> str:
    """Return where the person came from, only if it lies on this site, else an empty text."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if safe else ""


def home_of(request: HttpRequest, account: Account) -> str:
    """Return the first page of an account: the desk for officials, the portal for citizens."""
    addresses = site_of(request).addresses
    return addresses["desk" if account.kind == Account.Kind.OFFICIAL else "home"]


def show(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    refusal: DomainError | None = None,
) -> HttpResponse:
    """Render a page; with a refusal also its words, its status and when to try again."""
    errors = errors_of(refusal) if refusal else []
    response = render(
        request,
        template,
        {
            "section": "me",
            "next": way_back(request),
            **context,
            "errors": errors,
            "problem": errors_by_field(errors),
        },
        status=refusal.status if refusal else 200,
    )
    if refusal and "retry_after_s" in refusal.details:
        response["Retry-After"] = str(refusal.details["retry_after_s"])
    # Who is signed in, from where, with whose authority: nothing a shared computer should keep.
    response["Cache-Control"] = "no-store"
    return response
