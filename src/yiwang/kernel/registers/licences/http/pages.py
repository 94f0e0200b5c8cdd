"""证照核验: a public page for whoever is shown a licence; no sign-in, by code or by file."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from yiwang.kernel.base.calendars import now
from yiwang.kernel.registers.licences.verification import Verification, verify_code, verify_file

# A verification page that took large files would be a place to flood: a sealed licence is small.
MOST_BYTES = 20 * 1024 * 1024


def _is_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for a code or a file."""
    if request.method == "POST":
        given = request.FILES.get("file")
        if given is not None and (given.size or 0) <= MOST_BYTES:
            return _answer(request, verify_file(given.read()))
        if given is not None:
            words = _("文件超过 20 MB，不会是本平台签发的证照。请选证照的 PDF 文件。")
            return _ask(request, words, status=413)
        code = request.POST.get("code", "").strip()
        if code:
            return redirect("licences:verify-code", code)
        return _ask(request, _("请填写核验码，或者选择证照文件。"), status=422)
    if request.GET.get("code", "").strip():
        return redirect("licences:verify-code", request.GET["code"].strip())
    return _ask(request)


@require_GET
def verify_by_code(request: HttpRequest, code: str) -> HttpResponse:
    """What the QR code opens."""
    return _answer(request, verify_code(code))


def _ask(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    context = {"error": error, "typed": request.POST.get("code", ""), "max_bytes": MOST_BYTES}
    return render(request, "licences/verify.html", context, status=status)


def _answer(request: HttpRequest, found: Verification) -> HttpResponse:
    zh = _is_chinese()
    rows: list[tuple[str, object]] = []
    if found.licence is not None:
        shown = found.licence
        valid_to = shown["valid_to"]
        rows = [
            (_("证照"), shown["title_zh"] if zh else shown["title_en"]),
            (_("编号"), shown["number"]),
            (_("持证主体"), shown["holder"]),
            (_("发证机关"), shown["issuer"]),
            (_("有效期起"), shown["valid_from"]),
            (_("有效期止"), valid_to if valid_to else _("长期")),
        ]
    if found.signature is not None:
        rows += [
            (_("盖章单位"), found.signature["signer"] or "—"),
            (_("盖章时间"), found.signature["signed_at"] or "—"),
            (_("盖章后未改动"), _("是") if found.signature["intact"] else _("否")),
        ]
    context = {
        "found": found,
        "state": "valid" if found.is_valid else "invalid",
        "title": _("真实有效") if found.is_valid else _("不能通过核验"),
        "reason": found.reason_zh if zh else found.reason_en,
        "rows": rows,
        "at": now(),
    }
    status = 404 if found.code == "UNKNOWN" else 200
    return render(request, "licences/verdict.html", context, status=status)
