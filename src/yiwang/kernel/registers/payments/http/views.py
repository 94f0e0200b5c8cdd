"""The bank's door."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from yiwang.kernel.base.http import problems
from yiwang.kernel.base.http.sandboxing import SIGNATURE_HEADER
from yiwang.kernel.errors import DomainError
from yiwang.kernel.registers.payments import registry
from yiwang.kernel.registers.payments.actions.bills import confirm_payment


@csrf_exempt
@never_cache
@require_POST
def bank_notice(request: HttpRequest) -> HttpResponse:
    """Take a call-back of the bank. Public: only its signature over the bytes lets it in.

    Answers 200 for whatever was kept, also for money that was not owed, so that the bank stops
    repeating it; 401 for a wrong signature, 422 for what cannot be read.
    """
    try:
        notice = confirm_payment(
            gateway=registry.DEFAULT_GATEWAY,
            raw=request.body,
            signature=request.headers.get(SIGNATURE_HEADER, ""),
        )
    except DomainError as error:
        return problems.respond(request, error)
    return JsonResponse({"outcome": notice.outcome})
