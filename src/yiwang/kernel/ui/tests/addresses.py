"""Addresses that only these tests have: a form that is saved, sent and uploaded for real."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path

from yiwang.kernel.ui.middleware import allow_own_frame

FORM = """{% extends "ui/portal.html" %}{% load ui %}
{% block title %}试填{% endblock %}
{% block content %}<h1>试填</h1>{% saved_state %}
{% search_box "/ui/" label="搜索事项" live_url="/found/" id="live" %}{% copy_button "20261123" %}
<form class="form" method="post" action="/sent/" data-guard data-autosave="/autosave/"
  data-autosave-key="trial" novalidate>{% csrf_token %}{% transaction_id %}
{% field "shop" "店名" %}
{% field "owner_id" "身份证号码" kind="id_number" required=False %}
{% field "sign" "有没有招牌" kind="radio" options=yes_no value="no" %}
{% field "length" "招牌长度" kind="number" show_when=rule %}
{% file_drop "lease" "租赁合同" upload_url="/upload/" max_bytes=2048 %}
{% button "提交申请" busy="正在提交…" %}</form>
{% endblock %}"""


@dataclass
class Heard:
    """What the server was sent, and how it is told to answer."""

    saved: list[dict[str, list[str]]] = field(default_factory=list)
    sent: list[dict[str, list[str]]] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    searches: list[str] = field(default_factory=list)
    person: str = "7"
    autosave_status: int = 204
    patience_seconds: float = 0


heard = Heard()


class PretendSignIn:
    """Signs in ``heard.person``, so that a session can end in the middle of a form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.user = SimpleNamespace(pk=heard.person, is_authenticated=bool(heard.person))
        return self.get_response(request)


def form(request: HttpRequest) -> HttpResponse:
    page = engines["django"].from_string(FORM)
    return HttpResponse(
        page.render(
            {
                "yes_no": [("yes", "有"), ("no", "没有")],
                "rule": {"field": "sign", "equals": "yes"},
            },
            request,
        )
    )


def listed(request: HttpRequest) -> dict[str, list[str]]:
    return {name: request.POST.getlist(name) for name in request.POST}


def autosave(request: HttpRequest) -> HttpResponse:
    if not heard.person:
        return HttpResponse(status=401)
    if heard.autosave_status < 300:
        heard.saved.append(listed(request))
    return HttpResponse(status=heard.autosave_status)


def sent(request: HttpRequest) -> HttpResponse:
    time.sleep(heard.patience_seconds)
    heard.sent.append(listed(request))
    return HttpResponse("<!doctype html><title>收到</title><h1>收到</h1>")


def upload(request: HttpRequest) -> HttpResponse:
    name = request.FILES["file"].name or ""
    if name.startswith("bad"):
        return JsonResponse({"detail": "这个文件打不开，请换一个。"}, status=422)
    heard.uploads.append(name)
    return JsonResponse({"id": "f1", "name": name, "size_bytes": 3}, status=201)


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on purpose")


@allow_own_frame
def framed(request: HttpRequest) -> HttpResponse:
    return HttpResponse("scan")


def found(request: HttpRequest) -> HttpResponse:
    heard.searches.append(request.GET["q"])
    return HttpResponse('<a href="#one">食品<mark>经营</mark>许可</a><a href="#two">备案</a>')


urlpatterns = [
    path("ui/", include("yiwang.kernel.ui.urls")),
    path("form/", form),
    path("autosave/", autosave),
    path("sent/", sent),
    path("upload/", upload),
    path("broken/", broken),
    path("framed/", framed),
    path("found/", found),
]
handler400 = "yiwang.kernel.ui.views.bad_request"
handler403 = "yiwang.kernel.ui.views.forbidden"
handler404 = "yiwang.kernel.ui.views.not_found"
handler500 = "yiwang.kernel.ui.views.server_error"
