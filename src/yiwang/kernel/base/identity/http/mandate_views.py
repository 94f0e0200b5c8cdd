"""办理身份与授权代办: for whom one acts, and who may act for oneself."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.facade import AssuranceTooLowError
from yiwang.kernel.base.identity.actions.mandates import choose_principal
from yiwang.kernel.base.identity.http.actors import ACTING_FOR, forget_actor, require_actor
from yiwang.kernel.base.identity.http.guards import assurance_required, citizen_required
from yiwang.kernel.base.identity.http.pages import show, way_back
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.models import Party, Representation
from yiwang.kernel.errors import DomainError, FieldProblem, InvalidInputError, NotFoundError


@never_cache
@citizen_required
@assurance_required(2)
@require_http_methods(["GET", "HEAD", "POST"])
def acting(request: HttpRequest) -> HttpResponse:
    """办理身份: choose for whom one acts from now on in this session."""
    actor = require_actor(request)
    refusal = None
    if request.method == "POST":
        try:
            chosen = choose_principal(actor=actor, party_id=_number(request.POST.get("party")))
            request.session[ACTING_FOR] = chosen.pk
            forget_actor(request)
            messages.success(request, _("现在以“%(name)s”的身份办理") % {"name": chosen.name})
            return HttpResponseRedirect(way_back(request) or reverse("identity:acting"))
        except DomainError as caught:
            refusal = caught
    own = _own(actor)
    choices = [(own.pk, own.name, _("本人"))]
    choices += [
        (party.pk, party.name, _principal_words(party, own))
        for party in parties.list_principals(own.pk)
    ]
    return show(
        request,
        "identity/acting.html",
        {"choices": choices, "chosen": actor.acting_for_id, "is_alone": len(choices) == 1},
        refusal,
    )


@never_cache
@citizen_required
@assurance_required(2)
@require_http_methods(["GET", "HEAD", "POST"])
def authorisations(request: HttpRequest) -> HttpResponse:
    """授权代办: give another verified person the authority to act, and see what was given."""
    actor = require_actor(request)
    own = _own(actor)
    principals = [own, *Party.objects.filter(operator=own).order_by("pinyin", "pk")]
    typed = {
        key: request.POST.get(key, "")[:100]
        for key in ("principal", "agent_name", "agent_citizen_id_no", "valid_to")
    }
    refusal = None
    if request.method == "POST":
        try:
            principal = next(
                (party for party in principals if str(party.pk) == typed["principal"]), None
            )
            if principal is None:
                raise NotFoundError
            parties.authorise_representative(
                principal=principal,
                agent_name=typed["agent_name"],
                agent_citizen_id_no=typed["agent_citizen_id_no"],
                valid_from=calendars.today(),
                valid_to=_day(typed["valid_to"]),
                actor=actor,
            )
            messages.success(request, _("授权已生效，您可以随时撤销"))
            return HttpResponseRedirect(reverse("identity:authorisations"))
        except DomainError as caught:
            refusal = caught
    day = calendars.today()
    in_force = Representation.objects.in_force_on(day).select_related("principal", "agent")
    return show(
        request,
        "identity/authorisations.html",
        {
            "principals": [(party.pk, party.name) for party in principals],
            "typed": {**typed, "principal": typed["principal"] or str(own.pk)},
            "given": [
                {
                    "id": row.pk,
                    "principal": row.principal.name,
                    "agent": parties.mask_name(row.agent.name),
                    "number": parties.mask_id(row.agent.citizen_id_no or ""),
                    "kind": row.get_kind_display(),
                    "valid_from": row.valid_from,
                    "valid_to": row.valid_to,
                }
                for row in in_force.filter(principal__in=principals).order_by("-pk")
            ],
            "received": [
                {
                    "id": row.pk,
                    "principal": row.principal.name,
                    "kind": row.get_kind_display(),
                    "valid_from": row.valid_from,
                    "valid_to": row.valid_to,
                }
                for row in in_force.filter(agent=own).order_by("-pk")
            ],
            "today": day,
        },
        refusal,
    )


@citizen_required
@require_POST
def revoke(request: HttpRequest, representation_id: int) -> HttpResponse:
    """撤销授权: by who gave it, or by who no longer wants it."""
    parties.revoke_representation(representation_id=representation_id, actor=require_actor(request))
    messages.success(request, _("授权已撤销，从现在起不再有效"))
    return HttpResponseRedirect(reverse("identity:authorisations"))


def _own(actor: Actor) -> Party:
    if actor.party_id is None:
        raise AssuranceTooLowError(needed=2)
    return Party.objects.get(pk=actor.party_id)


def _principal_words(party: Party, own: Party) -> str:
    if party.operator_id == own.pk:
        return _("您是经营者或法定代表人")
    return _("受对方授权代办")


def _number(text: str | None) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotFoundError
    return int(text)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(
            problems=[
                FieldProblem(
                    field="valid_to",
                    code="NOT_A_DATE",
                    reason_zh="截止日期不是有效的日期",
                    reason_en="The last day is no valid date.",
                    mend_zh="请按 2026-12-31 的样子填写，或留空表示长期有效",
                    mend_en="Write it like 2026-12-31, or leave it empty for no end.",
                )
            ]
        ) from error
