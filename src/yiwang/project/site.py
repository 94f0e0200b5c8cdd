"""What every page needs to know about the city that it speaks for, and the reader's own counts."""

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.calendars import today
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.identity.http.actors import actor_of
from yiwang.kernel.casework.process.selectors import count_inbox
from yiwang.kernel.reach.notify.selectors import unread_count
from yiwang.kernel.ui.site import NavigationItem, Site


def site_of(request: HttpRequest) -> Site:
    """Return the site of a request: the city is whichever place stands at the top of the tree."""
    city = Division.objects.filter(level=Division.Level.CITY).values_list("name", flat=True).first()
    actor = actor_of(request)
    navigation: tuple[NavigationItem, ...] = ()
    unread = 0
    if actor is not None and actor.is_official:
        navigation = desk_navigation(actor)
    elif actor is not None and actor.acting_for_id is not None:
        unread = unread_count(actor.acting_for_id)
    return Site(
        city_name=city or "",
        addresses={
            "home": "/",
            "search": "/search/",
            "messages": "/messages/",
            "me": "/me/",
            "sign_in": "/sign-in/",
            "sign_out": "/sign-out/",
            "verify": "/verify/",
            "desk": "/desk/",
        },
        unread_messages=unread,
        desk_navigation=navigation,
    )


def desk_navigation(actor: Actor) -> tuple[NavigationItem, ...]:
    """Return the parts of the desk that the official's seats open; the rest is not shown."""
    held = held_permissions(actor)
    entries = (
        (None, NavigationItem(_("待办"), "/desk/", "inbox", _("办理"), count=count_inbox(actor))),
        (
            "case.window",
            NavigationItem(_("综合窗口"), "/desk/window/", "user-round-plus", _("办理")),
        ),
        ("case.read", NavigationItem(_("案卷交接"), "/desk/crossing/", "folder-sync", _("办理"))),
        ("case.read", NavigationItem(_("办件查询"), "/desk/cases/", "folder-search", _("办理"))),
        ("case.read", NavigationItem(_("待送达文书"), "/desk/papers/", "send", _("办理"))),
        ("case.read", NavigationItem(_("时限统计"), "/desk/limits/", "timer", _("监督"))),
        ("rating.read", NavigationItem(_("好差评"), "/desk/ratings/", "star", _("监督"))),
        ("item.edit", NavigationItem(_("规则"), "/desk/rules/", "list-checks", _("配置"))),
        ("item.edit", NavigationItem(_("秒批"), "/desk/instant/", "zap", _("配置"))),
        (
            "case.review",
            NavigationItem(_("秒批抽查"), "/desk/instant/reviews/", "clipboard-check", _("监督")),
        ),
    )
    return tuple(entry for permission, entry in entries if permission is None or permission in held)


def held_permissions(actor: Actor) -> frozenset[str]:
    """Return the permissions that the actor holds somewhere today; pages use it to hide buttons."""
    day = today()
    return frozenset(
        Grant.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=day),
            account_id=actor.account_id,
            valid_from__lte=day,
        )
        .values_list("permission", flat=True)
        .distinct()
    )
