"""证照核验: a public page for whoever is shown a licence; no sign-in, by code or by file."""

import re
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.files.upload_handlers import RefusedUpload
from yiwang.kernel.registers.licences.models import Licence
from yiwang.kernel.registers.licences.verification import Verification, verify_code, verify_file
from yiwang.kernel.ui import formats

# A verification page that took large files would be a place to flood: a sealed licence is small.
MOST_BYTES = 20 * 1024 * 1024
LONGEST_CODE = 64
_NOT_CODE = re.compile(r"[^0-9A-Za-z]")


def _is_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for a code or a file, and answer at once."""
    typed = request.POST.get("code", "") or request.GET.get("code", "")
    given = request.FILES.get("file")
    if isinstance(given, UploadedFile):
        # A file beyond the limit of the whole site arrives here without its content.
        if isinstance(given, RefusedUpload) or (given.size or 0) > MOST_BYTES:
            words = _("文件超过 20 MB，不会是本平台签发的证照。请选证照的 PDF 文件。")
            return _ask(request, words, status=413)
        return _answer(request, verify_file(given.read()))
    code = clean_code(typed)
    if code:
        return redirect("licences:verify-code", code)
    if request.method == "POST":
        return _ask(request, _("请填写核验码，或者选择证照文件。"), status=422)
    return _ask(request)


@require_safe
def verify_by_code(request: HttpRequest, code: str) -> HttpResponse:
    """What the QR code opens."""
    return _answer(request, verify_code(code), code)


def clean_code(typed: str) -> str:
    """Return the code in what a person typed or pasted: with spaces, dashes, or as an address."""
    last_part = typed.strip().rstrip("/").rsplit("/", 1)[-1]
    return _NOT_CODE.sub("", last_part)[:LONGEST_CODE].upper()


def _ask(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    context = {"error": error, "typed": request.POST.get("code", ""), "max_bytes": MOST_BYTES}
    return render(request, "licences/verify.html", context, status=status)


def _answer(request: HttpRequest, found: Verification, code: str = "") -> HttpResponse:
    context = {
        "found": found,
        "state": "valid" if found.is_valid else "invalid",
        "title": _title(found),
        "reason": found.reason_zh if _is_chinese() else found.reason_en,
        "advice": _advice(found),
        "rows": _rows(found),
        "typed": code if found.code == "UNKNOWN" else "",
        "at": now(),
    }
    status = 404 if found.code == "UNKNOWN" else 200
    return render(request, "licences/verdict.html", context, status=status)


def _title(found: Verification) -> str:
    """Return the verdict in a word or two, as one reads it across a counter."""
    if found.is_valid:
        return _("真实有效")
    return {
        "UNKNOWN": _("查不到这份证照"),
        "EXPIRED": _("已经过期"),
        "SIGNATURE_INVALID": _("文件不可信"),
        "RECORD_INVALID": _("文件不可信"),
        "NOT_IN_REGISTER": _("文件不可信"),
        Licence.Status.SUSPENDED: _("已暂扣，现在无效"),
        Licence.Status.RECALLED: _("已撤回，无效"),
        Licence.Status.ANNULLED: _("已撤销，无效"),
        Licence.Status.REVOKED: _("已吊销，无效"),
        Licence.Status.DEREGISTERED: _("已注销，无效"),
        Licence.Status.REPLACED: _("已换发新证，旧证无效"),
    }.get(found.code, _("不能通过核验"))


def _advice(found: Verification) -> str:
    """Return what whoever was shown the licence should do now; nothing when it is valid."""
    if found.is_valid:
        return ""
    if found.code == "UNKNOWN":
        return _("请对照证照再输一遍核验码，也可以扫二维码，或者上传证照的 PDF 文件来核验。")
    if found.code == "EXPIRED":
        return _("请让对方出示延续以后的证照。")
    if found.licence is None:
        return _("不要凭这份文件办事。请让对方出示原来的电子证照，或者打 12345 向发证机关核实。")
    return _("不要凭这份证照办事。有疑问请向发证机关核实，或者打 12345。")


def _rows(found: Verification) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    if found.licence is not None:
        shown = found.licence
        valid_to = shown["valid_to"]
        rows = [
            (_("证照"), shown["title_zh"] if _is_chinese() else shown["title_en"]),
            (_("编号"), shown["number"]),
            (_("持证主体"), shown["holder"]),
            (_("发证机关"), shown["issuer"]),
            (_("有效期起"), formats.day(shown["valid_from"])),
            (_("有效期止"), formats.day(valid_to) if valid_to else _("长期")),
        ]
    if found.signature is not None:
        at = found.signature["signed_at"]
        rows += [
            (_("盖章单位"), found.signature["signer"] or "—"),
            (_("盖章时间"), formats.moment(datetime.fromisoformat(at)) if at else "—"),
            (_("盖章后未改动"), _("是") if found.signature["intact"] else _("否")),
        ]
    return rows
