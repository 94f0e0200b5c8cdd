"""窗口到场人: the person who stands at a clerk's window, kept in the clerk's session."""

from dataclasses import dataclass

from django.http import HttpRequest

from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.selectors import list_principals

STANDING = "desk.standing"
FOR_PARTY = "desk.standing_for"


@dataclass(frozen=True, slots=True)
class Standing:
    """到场人 and in whose name the present matter is done: their own, or one they may act for."""

    person: Party
    party: Party
    principals: tuple[Party, ...]

    @property
    def party_ids(self) -> frozenset[int]:
        return frozenset((self.person.pk, *(row.pk for row in self.principals)))


def standing_of(request: HttpRequest) -> Standing | None:
    """Return who stands at the window now; asked for anew, since an authority may have ended."""
    person_id = request.session.get(STANDING)
    if person_id is None:
        return None
    person = Party.objects.filter(pk=person_id).first()
    if person is None:
        return None
    principals = tuple(list_principals(person.pk))
    chosen = request.session.get(FOR_PARTY)
    party = next((row for row in principals if row.pk == chosen), person)
    return Standing(person, party, principals)


def standing_parties(request: HttpRequest) -> frozenset[int]:
    """Return the parties whose cases the person at the window may be shown."""
    standing = standing_of(request)
    return standing.party_ids if standing else frozenset()


def let_stand(request: HttpRequest, person_id: int) -> None:
    """Keep who stands there; whoever stood there before is forgotten."""
    request.session[STANDING] = person_id
    request.session.pop(FOR_PARTY, None)


def choose_party(request: HttpRequest, standing: Standing, party_id: int) -> None:
    """Act in another name from now on; a party out of the person's mandate changes nothing."""
    if party_id in standing.party_ids:
        request.session[FOR_PARTY] = party_id


def forget(request: HttpRequest) -> None:
    """办完，下一位: forget the person."""
    request.session.pop(STANDING, None)
    request.session.pop(FOR_PARTY, None)
