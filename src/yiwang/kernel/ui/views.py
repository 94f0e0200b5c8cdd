"""Pages of the design language itself: gallery, preferences, session state, error pages."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template import loader
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_GET, require_http_methods

from yiwang.kernel.ui import gallery as pieces
from yiwang.kernel.ui import site

YEAR_SECONDS = 365 * 24 * 3600


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """Every token and component; ``?lang= density= edition= theme=`` shows one mode."""
    return shown_as_asked(
        request,
        "ui/gallery.html",
        lambda: {"sections": pieces.sections(request), "samples": pieces.SAMPLES},
    )


@require_GET
def sample(request: HttpRequest, name: str) -> HttpResponse:
    """A whole page made of the components, with invented people: how the frames look filled."""
    frame = pieces.SAMPLES.get(name)
    if frame is None:
        raise Http404(name)
    return shown_as_asked(
        request,
        f"ui/samples/{name}.html",
        lambda: {"sample": pieces.demonstration(), **frame},
        edition=frame.get("edition", ""),
    )


def shown_as_asked(
    request: HttpRequest, template: str, build: Callable[[], dict[str, Any]], edition: str = ""
) -> HttpResponse:
    """Render a page in the mode that the address asks for; ``build`` runs in that language."""
    kept = site.display_of(request)
    asked = site.Display.parse(
        f"{request.GET.get('edition', edition or kept.edition)}"
        f".{request.GET.get('theme', kept.theme)}"
    )
    request.ui_display = asked  # type: ignore[attr-defined]
    density = request.GET.get("density", "portal")
    language = request.GET.get("lang", "")
    with translation.override(language) if language in dict(settings.LANGUAGES) else nullcontext():
        context = build() | {
            "density": density if density in ("portal", "desk") else "portal",
            "display": asked,
            "large_print": asked.large_print,
        }
        return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """显示设置: edition and theme, kept in a cookie on this device for a year."""
    kept = site.display_of(request)
    asked_next = request.POST.get("next") or request.GET.get("next") or ""
    safe_next = (
        asked_next
        if url_has_allowed_host_and_scheme(
            asked_next, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        else "/"
    )
    if request.method == "POST":
        chosen = site.Display.parse(
            f"{request.POST.get('edition', kept.edition)}.{request.POST.get('theme', kept.theme)}"
        )
        response = HttpResponseRedirect(safe_next)
        response.set_cookie(
            site.DISPLAY_COOKIE,
            str(chosen),
            max_age=YEAR_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
        return response
    return render(
        request,
        "ui/preferences.html",
        {
            "next": safe_next,
            "display": kept,
            "editions": [
                ("standard", _("标准版"), _("适合大多数人")),
                ("large", _("大字版"), _("字更大、间距更宽、一页只做一件事，可以读给您听")),
            ],
            "themes": [
                ("auto", _("跟随系统")),
                ("light", _("浅色")),
                ("dark", _("深色")),
            ],
        },
    )


@never_cache
@require_GET
def session(request: HttpRequest) -> JsonResponse:
    """Say whether someone is signed in: 200 or 401, with a fresh form token and the owner's mark.

    Pages ask before a form is sent, so that an expired session loses nothing that was typed.
    """
    owner = site.session_owner(request)
    return JsonResponse(
        {"signed_in": bool(owner), "owner": owner, "token": get_token(request)},
        status=200 if owner else 401,
    )


def error_page(
    request: HttpRequest | None, status: int, title: str, reason: str, ways: list[str]
) -> HttpResponse:
    """Return an error page: what, why, what now. It needs no database and no session."""
    body = loader.render_to_string(
        "ui/error.html",
        {"status": status, "title": title, "reason": reason, "ways": ways},
    )
    return HttpResponse(body, status=status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """``handler400``; a request that is too big gets its own page."""
    if isinstance(exception, RequestDataTooBig):
        return too_large(request, exception)
    return error_page(
        request,
        400,
        _("这次请求我们没看懂"),
        _("发来的内容不完整，或者格式不对，所以没有办理，也没有改动任何东西。"),
        [_("返回上一页，检查填写的内容后再提交。"), _("如果是点链接打开的，请从首页重新进入。")],
    )


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """``handler403``."""
    return error_page(
        request,
        403,
        _("您现在不能打开这一页"),
        _("您的账号没有这项权限，或者需要更高等级的身份认证。"),
        [_("如果您刚换过账号，请退出后重新登录。"), _("工作人员请联系本单位管理员开通。")],
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """``CSRF_FAILURE_VIEW``: nearly always a page that stayed open too long."""
    return error_page(
        request,
        403,
        _("页面打开太久，需要刷新"),
        _("为了安全，页面的提交凭证已经失效，这次没有提交成功，也没有改动任何东西。"),
        [
            _("返回上一页，刷新后再提交；自动保存过的内容还在。"),
            _("如果浏览器禁用了 Cookie，请允许本站使用。"),
        ],
    )


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """``handler404``; "absent" and "not yours" are the same answer."""
    return error_page(
        request,
        404,
        _("没有找到这一页"),
        _("地址可能写错了，内容可能已经撤下，或者不在您可以查看的范围内。"),
        [_("检查地址有没有写错。"), _("从首页搜索您要办的事。")],
    )


def too_large(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """413: the upload is larger than the server accepts."""
    return error_page(
        request,
        413,
        _("文件太大，没有收下"),
        _("每个文件不能超过 20 MB，一次提交不能超过 40 MB。"),
        [
            _("把照片压缩，或者扫描时选 200 DPI。"),
            _("分成几个文件，一个一个上传。"),
            _("带着原件到窗口，工作人员帮您扫描。"),
        ],
    )


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``."""
    return error_page(
        request,
        500,
        _("系统出错了，是我们的问题"),
        _("我们已经收到这次错误的记录。刚才的操作没有完成，可以放心再试一次，不会重复办理。"),
        [_("过一两分钟再试。"), _("着急的话，可以到窗口办理，同样有效。")],
    )
