"""任职: put an account into a seat and take it out again."""

from datetime import date, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.decisions import require
from yiwang.kernel.base.access.errors import AppointmentError
from yiwang.kernel.base.access.grants import rebuild_grants
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.organizations.models import Post, PostHolding


@transaction.atomic
def appoint(
    *,
    account: AbstractBaseUser,
    post: Post,
    valid_from: date,
    actor: Actor,
    valid_to: date | None = None,
) -> PostHolding:
    """Appoint (任职) an account to a seat from ``valid_from`` to ``valid_to``, both included.

    A day in the past is accepted: papers often arrive later than the person.

    :raises NotPermittedError: ``actor`` may not administer accounts of that unit in that place.
    :raises AppointmentError: the account already holds the seat, or the period is reversed.
    """
    _require_administrator(actor, post)
    if valid_to is not None and valid_to < valid_from:
        raise AppointmentError(
            "免职日期早于任职日期", "The last day lies before the first.", post=post.key
        )
    try:
        with transaction.atomic():
            holding = PostHolding.objects.create(
                post=post, account_id=account.pk, valid_from=valid_from, valid_to=valid_to
            )
    except IntegrityError as error:
        raise AppointmentError(
            "该账号已在此岗位任职", "The account already holds this seat.", post=post.key
        ) from error
    rebuild_grants(account.pk)
    audit.record(
        actor,
        "access.appoint",
        "account",
        account.pk,
        details={"post": post.key, "valid_from": str(valid_from)},
    )
    return holding


@transaction.atomic
def dismiss(
    *, account: AbstractBaseUser, post: Post, actor: Actor, last_day: date | None = None
) -> None:
    """End (免职) the holding of a seat with ``last_day``; without it at once.

    At once means that yesterday was the last day. A holding that began today never lasted a day:
    its row goes and the audit alone remembers it.

    :raises NotPermittedError: ``actor`` may not administer accounts of that unit in that place.
    :raises AppointmentError: the account does not hold the seat, or ``last_day`` lies before the
        first.
    """
    _require_administrator(actor, post)
    holding = (
        PostHolding.objects.select_for_update()
        .filter(post=post, account_id=account.pk, valid_to=None)
        .first()
    )
    if holding is None:
        raise AppointmentError(
            "该账号没有在此岗位任职", "The account does not hold this seat.", post=post.key
        )
    if last_day is not None and last_day < holding.valid_from:
        raise AppointmentError(
            "免职日期早于任职日期", "The last day lies before the first.", post=post.key
        )
    valid_to = last_day or calendars.today() - timedelta(days=1)
    if valid_to < holding.valid_from:
        holding.delete()
    else:
        holding.valid_to = valid_to
        holding.save(update_fields=["valid_to"])
    rebuild_grants(account.pk)
    audit.record(
        actor,
        "access.dismiss",
        "account",
        account.pk,
        details={"post": post.key, "valid_to": str(valid_to)},
    )


def _require_administrator(actor: Actor, post: Post) -> None:
    if actor.kind == "SYSTEM":
        return
    require(
        actor,
        "admin.accounts",
        org_path=post.organization.path,
        division_path=post.scope.path,
    )
