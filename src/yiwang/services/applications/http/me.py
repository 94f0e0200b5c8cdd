"""我的: one page with everything that is the person's own, and the messages."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import assurance_required, citizen_required
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.reach.notify.facade import mark_read
from yiwang.kernel.reach.notify.models import Message
from yiwang.kernel.reach.notify.selectors import list_messages
from yiwang.kernel.registers.licences.selectors import licences_of
from yiwang.services.applications.http import shown
from yiwang.services.applications.http.portal import open_drafts
from yiwang.services.applications.http.shown import either
from yiwang.services.applications.selectors import cases_of


@require_GET
@citizen_required
@assurance_required(2)
def me(request: HttpRequest) -> HttpResponse:
    """我的."""
    actor = require_actor(request)
    party = Party.objects.get(pk=actor.acting_for_id or 0)
    return render(
        request,
        "applications/me.html",
        {
            "section": "me",
            "party": party,
            "is_acting": actor.acting_for_id != actor.party_id,
            "level": actor.assurance_level,
            "cases": [shown.case_card(case) for case in cases_of(actor, limit=4)],
            "drafts": open_drafts(actor)[:4],
            "licences": [shown.licence_card(row) for row in licences_of(party.pk)[:4]],
            "links": [
                (
                    _("替谁办事"),
                    reverse("identity:acting"),
                    "users-round",
                    _("切换到您的店铺或委托您的人"),
                ),
                (
                    _("授权代办"),
                    reverse("identity:authorisations"),
                    "handshake",
                    _("请家人或村里代办员替您办"),
                ),
                (
                    _("账号安全"),
                    reverse("identity:security"),
                    "shield-check",
                    _("两步验证、登录记录"),
                ),
                (_("消息"), reverse("portal:messages"), "bell", _("补正、缴费、领证的通知")),
            ],
        },
    )


@require_GET
@citizen_required
def messages(request: HttpRequest) -> HttpResponse:
    """消息."""
    actor = require_actor(request)
    page = list_messages(party_id=actor.acting_for_id or 0, cursor=request.GET.get("cursor", ""))
    return render(
        request,
        "applications/messages.html",
        {
            "section": "messages",
            "rows": [_message(row) for row in page.rows],
            "next_href": f"?cursor={page.next_cursor}" if page.next_cursor else "",
        },
    )


def _message(row: Message) -> dict[str, Any]:
    title = either(row.title, row.title_en)
    return {
        "title": title,
        "body": either(row.body, row.body_en),
        "at": row.created_at,
        "read_at": row.read_at,
        "link": row.link,
        "read_url": reverse("portal:read-message", args=[row.pk]),
        "act_label": f"{_('去看看') if row.link else _('知道了')}：{title}",
    }


@require_POST
@citizen_required
def read_message(request: HttpRequest, message_id: int) -> HttpResponse:
    """Mark a message as read and follow its link."""
    actor = require_actor(request)
    mark_read(actor=actor, message_id=message_id)
    link = Message.objects.values_list("link", flat=True).get(pk=message_id)
    return redirect(link or "portal:messages")
