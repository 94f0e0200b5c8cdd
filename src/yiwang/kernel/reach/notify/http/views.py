"""The SMS gateway's door."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from yiwang.kernel.base.http import problems
from yiwang.kernel.base.http.sandboxing import SIGNATURE_HEADER
from yiwang.kernel.errors import DomainError, NotFoundError
from yiwang.kernel.reach.notify import registry
from yiwang.kernel.reach.notify.actions.sending import record_receipt


@csrf_exempt
@never_cache
@require_POST
def sms_receipt(request: HttpRequest, gateway: str = "sms") -> HttpResponse:
    """Take a receipt. Public: only the gateway's signature over the bytes lets it in."""
    try:
        if gateway not in {known.key for known in registry.gateways()}:
            raise NotFoundError
        receipt = record_receipt(
            gateway=gateway,
            raw=request.body,
            signature=request.headers.get(SIGNATURE_HEADER, ""),
        )
    except DomainError as error:
        return problems.respond(request, error)
    return JsonResponse({"status": receipt.status})
