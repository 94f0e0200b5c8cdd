"""建档: register people and businesses, and keep their contact data."""

from django.db import IntegrityError, transaction

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.chinese import pinyin_key
from yiwang.kernel.base.crypto import facade as crypto
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.parties import population
from yiwang.kernel.base.parties.errors import (
    RealNameMismatchError,
    UsccTakenError,
    field_problem,
)
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.rules import citizen_id_no as id_rules
from yiwang.kernel.base.parties.rules import names, phone, uscc
from yiwang.kernel.base.parties.rules.errors import InvalidCodeError
from yiwang.kernel.errors import FieldProblem, InvalidInputError, NotFoundError


def find_or_register_person(*, actor: Actor, name: str, citizen_id_no: str) -> Party:
    """Return the person of this name and number, asking the population source when new.

    :raises InvalidInputError: name or number is malformed.
    :raises RealNameMismatchError: name and number do not belong together.
    :raises PopulationUnavailableError: the person is new and the source did not answer.
    """
    name, number = _read_person(name, citizen_id_no)
    party = Party.objects.with_citizen_id_no(str(number)).first()
    if party is not None:
        return _same_name(party, name)
    # Outside any transaction of ours: the source may take seconds to answer.
    if not population.source().check_name(name=name, citizen_id_no=str(number)):
        raise RealNameMismatchError
    return register_person(name=name, citizen_id_no=str(number), actor=actor)


@transaction.atomic
def register_person(
    *,
    name: str,
    citizen_id_no: str,
    actor: Actor,
    phone_number: str = "",
    address: str = "",
    household_division: Division | None = None,
    residence_division: Division | None = None,
) -> Party:
    """Register (建档) a person whose name and number were checked; the same person again is found.

    Birth date and sex come from the number. Of a person already known nothing is changed.

    :raises InvalidInputError: with one problem per malformed field.
    :raises RealNameMismatchError: the number is registered under another name.
    """
    name, number = _read_person(name, citizen_id_no, phone_number)
    known = Party.objects.with_citizen_id_no(str(number)).first()
    if known is not None:
        return _same_name(known, name)
    party = Party(
        kind=Party.Kind.PERSON,
        name=name,
        pinyin=pinyin_key(name, is_person=True),
        citizen_id_no=str(number),
        citizen_id_no_index=crypto.blind_index(str(number), "citizen_id_no"),
        birth_date=number.birth_date,
        sex=number.sex,
        address=address or None,
        household_division=household_division,
        residence_division=residence_division,
        created_at=calendars.now(),
    )
    _set_phone(party, phone_number)
    try:
        with transaction.atomic():
            party.save(force_insert=True)
    except IntegrityError:
        # Two clerks at once: the unique index let one in, both get the same person.
        return _same_name(Party.objects.with_citizen_id_no(str(number)).get(), name)
    audit.record(actor, "party.register_person", "party", party.pk)
    return party


@transaction.atomic
def register_business(
    *,
    name: str,
    uscc_code: str,
    operator: Party,
    actor: Actor,
    kind: str | None = None,
    phone_number: str = "",
    address: str = "",
    residence_division: Division | None = None,
) -> Party:
    """Register (建档) a business or organisation; its operator may act for it from now on.

    Without ``kind`` a code that begins with 92 makes a 个体工商户, any other a legal person. The
    same code and name again is found; a change of operator is written then.

    :raises InvalidInputError: with one problem per malformed field.
    :raises UsccTakenError: the code is registered under another name.
    """
    problems: list[FieldProblem] = []
    code = None
    try:
        code = uscc.parse(uscc_code)
    except InvalidCodeError as fault:
        problems.append(field_problem("uscc", fault.error))
    problems += _phone_problems(phone_number)
    if not name.strip():
        problems.append(field_problem("name", names.EMPTY))
    if problems or code is None:
        raise InvalidInputError(problems=problems)
    name = name.strip()
    known = Party.objects.select_for_update().filter(uscc=code.code).first()
    if known is not None:
        if known.name != name:
            raise UsccTakenError
        if known.operator_id != operator.pk:
            known.operator = operator
            known.save(update_fields=["operator"])
            audit.record(
                actor,
                "party.change_operator",
                "party",
                known.pk,
                details={"operator": operator.pk},
            )
        return known
    individual = Party.Kind.INDIVIDUAL_BUSINESS
    party = Party(
        kind=kind or (individual if code.is_individual_business else Party.Kind.LEGAL_PERSON),
        name=name,
        pinyin=pinyin_key(name),
        uscc=code.code,
        operator=operator,
        address=address or None,
        residence_division=residence_division,
        created_at=calendars.now(),
    )
    _set_phone(party, phone_number)
    party.save(force_insert=True)
    audit.record(
        actor, "party.register_business", "party", party.pk, details={"operator": operator.pk}
    )
    return party


@transaction.atomic
def update_contact(
    *,
    party: Party,
    actor: Actor,
    phone_number: str | None = None,
    address: str | None = None,
    residence_division: Division | None = None,
) -> Party:
    """Change (变更) phone, address or residence; None leaves a value, an empty text removes it.

    The party itself may, whoever acts for it, and the system for a checked source.

    :raises NotFoundError: the actor is neither of them.
    :raises InvalidInputError: the phone number is malformed.
    """
    if actor.kind != "SYSTEM" and party.pk not in (actor.party_id, actor.acting_for_id):
        raise NotFoundError
    changed = []
    if phone_number is not None:
        if problems := _phone_problems(phone_number):
            raise InvalidInputError(problems=problems)
        _set_phone(party, phone_number)
        changed += ["phone", "phone_index"]
    if address is not None:
        party.address = address.strip() or None
        changed.append("address")
    if residence_division is not None:
        party.residence_division = residence_division
        changed.append("residence_division")
    if changed:
        party.save(update_fields=changed)
        audit.record(actor, "party.update_contact", "party", party.pk, details={"fields": changed})
    return party


def _read_person(
    name: str, citizen_id_no: str, phone_number: str = ""
) -> tuple[str, id_rules.CitizenIdNo]:
    problems = _phone_problems(phone_number)
    number = None
    try:
        name = names.parse(name)
    except InvalidCodeError as fault:
        problems.append(field_problem("name", fault.error))
    try:
        number = id_rules.parse(citizen_id_no, today=calendars.today())
    except InvalidCodeError as fault:
        problems.append(field_problem("citizen_id_no", fault.error))
    if problems or number is None:
        raise InvalidInputError(problems=problems)
    return name, number


def _phone_problems(phone_number: str) -> list[FieldProblem]:
    if not phone_number:
        return []
    try:
        phone.parse(phone_number)
    except InvalidCodeError as fault:
        return [field_problem("phone", fault.error)]
    return []


def _set_phone(party: Party, phone_number: str) -> None:
    if not phone_number:
        party.phone = party.phone_index = None
        return
    party.phone = phone.parse(phone_number)
    party.phone_index = crypto.blind_index(party.phone, "phone")


def _same_name(party: Party, name: str) -> Party:
    if party.name != name:
        raise RealNameMismatchError
    return party
