"""账号: open them, verify the person behind, set passwords."""

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.crypto import facade as crypto
from yiwang.kernel.base.identity import passwords
from yiwang.kernel.base.identity.errors import (
    IdentityTakenError,
    UsernameTakenError,
    WeakPasswordError,
)
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.organizations.models import Post
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.rules import phone
from yiwang.kernel.errors import NotFoundError, NotPermittedError


@transaction.atomic
def open_phone_account(*, phone_number: str) -> Account:
    """Return the account that signs in with this phone, opened at level 1 when there is none."""
    number = phone.parse(phone_number)
    index = crypto.blind_index(number, "account_phone")
    account = Account.objects.filter(phone_index=index).first()
    if account is not None:
        return account
    account = Account(
        # The name of an account is not shown; the index is unique and does not tell the number.
        username=f"phone-{index.hex()}",
        kind=Account.Kind.CITIZEN,
        display_name=phone.mask(number),
        phone=number,
        phone_index=index,
        created_at=calendars.now(),
    )
    account.set_unusable_password()
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:
        # Two sign-ins of one new phone at once: both get the account that the index let in.
        return Account.objects.get(phone_index=index)
    audit.record(SYSTEM, "identity.open_account", "account", account.pk)
    return account


def verify_real_name(*, account: Account, name: str, citizen_id_no: str, actor: Actor) -> Party:
    """Verify (实名核验) the person behind an account: name and number by the population source.

    The account rises to level 2. Verifying again gives the same person.

    :raises InvalidInputError: name or number is malformed.
    :raises RealNameMismatchError: they do not belong together, or not to this account.
    :raises IdentityTakenError: the person has another account.
    :raises PopulationUnavailableError: the source did not answer.
    """
    if actor.kind != "SYSTEM" and actor.account_id != account.pk:
        raise NotFoundError
    person = parties.find_or_register_person(actor=actor, name=name, citizen_id_no=citizen_id_no)
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=account.pk)
        if account.party_id is not None:
            if account.party_id != person.pk:
                raise parties.RealNameMismatchError
            return person
        account.party = person
        account.display_name = person.name
        account.assurance_level = 2
        try:
            with transaction.atomic():
                account.save(update_fields=["party", "display_name", "assurance_level"])
        except IntegrityError as error:
            raise IdentityTakenError from error
        if person.phone is None and account.phone:
            parties.update_contact(party=person, actor=SYSTEM, phone_number=account.phone)
        audit.record(actor, "identity.verify_real_name", "account", account.pk)
    return person


@transaction.atomic
def create_citizen(
    *,
    username: str,
    person: Party,
    actor: Actor,
    password: str | None = None,
    phone_number: str = "",
) -> Account:
    """Create the account of a person whose identity the system knows from elsewhere.

    Everyone else opens an account by signing in with a phone and verifying the name.

    :raises NotPermittedError: the actor is not the system.
    :raises UsernameTakenError: IdentityTakenError: WeakPasswordError: as the words say.
    """
    if actor.kind != "SYSTEM":
        raise NotPermittedError
    if Account.objects.filter(party=person, kind=Account.Kind.CITIZEN).exists():
        raise IdentityTakenError
    account = Account(
        username=username,
        kind=Account.Kind.CITIZEN,
        party=person,
        display_name=person.name,
        assurance_level=2,
        created_at=calendars.now(),
    )
    if phone_number:
        account.phone = phone.parse(phone_number)
        account.phone_index = crypto.blind_index(account.phone, "account_phone")
    return _save_new(account, password, actor)


@transaction.atomic
def create_official(
    *,
    username: str,
    name: str,
    post_keys: Sequence[str],
    actor: Actor,
    password: str | None = None,
    valid_from: date | None = None,
) -> Account:
    """Create the account of an official and appoint it to posts from ``valid_from`` (today).

    :raises NotPermittedError: the actor may not administer accounts of one of the posts, or gives
        none (only the system makes an official without a seat).
    :raises NotFoundError: there is no such post.
    :raises UsernameTakenError: WeakPasswordError: as the words say.
    """
    if actor.kind != "SYSTEM" and not post_keys:
        raise NotPermittedError
    account = _save_new(
        Account(
            username=username,
            kind=Account.Kind.OFFICIAL,
            display_name=name,
            # The personnel office has seen the identity card.
            assurance_level=2,
            created_at=calendars.now(),
        ),
        password,
        actor,
    )
    posts = {
        post.pk: post
        for post in Post.objects.filter(pk__in=post_keys).select_related("organization", "scope")
    }
    for key in post_keys:
        if key not in posts:
            raise NotFoundError(f"没有岗位 {key}", f"There is no post {key}.")
        access.appoint(
            account=account,
            post=posts[key],
            valid_from=valid_from or calendars.today(),
            actor=actor,
        )
    return account


@transaction.atomic
def set_password(*, account: Account, password: str, actor: Actor) -> None:
    """Set the password of an account: by its owner, or by the system.

    :raises NotFoundError: the actor is someone else.
    :raises WeakPasswordError: too short, too common, or the user name.
    """
    if actor.kind != "SYSTEM" and actor.account_id != account.pk:
        raise NotFoundError
    _take_password(account, password)
    account.save(update_fields=["password"])
    audit.record(actor, "identity.set_password", "account", account.pk)


def _save_new(account: Account, password: str | None, actor: Actor) -> Account:
    if password is None:
        account.set_unusable_password()
    else:
        _take_password(account, password)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError as error:
        raise UsernameTakenError from error
    audit.record(actor, "identity.open_account", "account", account.pk)
    return account


def _take_password(account: Account, password: str) -> None:
    if not passwords.is_strong(password, account.username):
        raise WeakPasswordError
    account.set_password(password)
