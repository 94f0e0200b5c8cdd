"""The people of a story: made at random with valid numbers, signed in, and given what they hold.

Whatever a story is about goes over HTTP; what it takes for granted (a person exists, an official
sits in a seat, a licence was issued long ago) is put into the store by the platform's own actions.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.hashers import make_password

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.access.facade import rebuild_grants
from yiwang.kernel.base.calendars import now, today
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.organizations.models import Organization, Post, PostHolding
from yiwang.kernel.base.parties.actions.registration import register_person
from yiwang.kernel.base.parties.facade import authorise_representative
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.rules import citizen_id_no
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.registers.licences.actions.licences import issue_licence
from yiwang.kernel.registers.licences.models import Licence
from yiwang.project.demo.seed import GIVEN, SURNAMES
from yiwang.project.stories.client import Person
from yiwang.services.applications.facts import applicant_facts
from yiwang.services.items.models import ImplementationItem

PASSWORD = "story-password-2026"  # noqa: S105 of people who exist for one run
API = "/api/v1"


@dataclass(slots=True)
class Member:
    """One of the cast: who it is, for whom it applies, and the browser in front of it."""

    party: Party
    applies_for: Party
    number: str
    browser: Person


class Cast:
    """Everybody who acts in one story."""

    calendar_key = "4417"

    def __init__(self, base_url: str, chance: random.Random) -> None:
        self.base_url = base_url
        self.chance = chance
        self.members: dict[str, Member] = {}
        self.officials: dict[int, Person] = {}
        self._hash = make_password(PASSWORD)

    def close(self) -> None:
        for browser in [*(m.browser for m in self.members.values()), *self.officials.values()]:
            browser.close()

    # people

    def introduce(self, name: str, traits: Mapping[str, Any]) -> None:
        """Make a person with these traits, sign it in, and give it what it holds."""
        person, number = self._person(traits)
        account = Account.objects.create(
            username=f"story-{number}-{self.chance.randrange(10**9)}",
            password=self._hash,
            kind=Account.Kind.CITIZEN,
            party=person,
            display_name=person.name,
            assurance_level=2,
            created_at=now(),
        )
        member = Member(person, person, number, self._sign_in(account))
        self.members[name] = member
        holds = list(traits.get("holds", []))
        if traits.get("business") and "business_licence" not in holds:
            holds.insert(0, "business_licence")
        for type_key in holds:
            licence = self._give(person, type_key)
            if traits.get("business") and type_key == "business_licence":
                member.applies_for = licence.holder
                self._act_for(member, licence.holder.pk)
        if "agent_for" in traits:
            principal = self.members[traits["agent_for"]]
            self._authorise(principal, member)

    def _person(self, traits: Mapping[str, Any]) -> tuple[Party, str]:
        household = str(traits.get("household", "441702001000"))
        birth = _birth_date(traits, self.chance)
        is_male = traits.get("sex") == "MALE"
        sequence = self.chance.randrange(1, 450) * 2 + (1 if is_male else 0)
        number = str(citizen_id_no.make(household[:6], birth, sequence))
        name = self.chance.choice(SURNAMES) + self.chance.choice(GIVEN)
        person = register_person(
            actor=SYSTEM,
            name=name,
            citizen_id_no=number,
            phone_number=str(traits.get("phone", f"138{self.chance.randrange(10**7, 10**8)}")),
            address=f"阳江市{self.chance.randrange(1, 300)}号",
            household_division=Division.objects.filter(code=household).first(),
            residence_division=Division.objects.filter(
                code=str(traits.get("residence", household))
            ).first(),
        )
        return person, number

    def _give(self, person: Party, type_key: str) -> Licence:
        place = person.residence_division or person.household_division
        organization = (
            Post.objects.filter(
                organization__division_id=f"{place.code[:6]}000000" if place else "441702000000",
                organization__functions__contains=["market_supervision"],
            )
            .select_related("organization")[0]
            .organization
        )
        return issue_licence(
            actor=SYSTEM,
            type_key=type_key,
            holder=person,
            organization=organization,
            case=None,
            facts={
                "applicant": applicant_facts(person),
                "circumstances": {},
                "form": {},
                "application": {"decided_date": today(), "received_date": today()},
            },
        )

    def _authorise(self, principal: Member, agent: Member) -> None:
        account = Account.objects.get(party=principal.party)
        authorise_representative(
            principal=principal.party,
            agent_name=agent.party.name,
            agent_citizen_id_no=agent.number,
            valid_from=today(),
            actor=Actor(
                account.pk,
                account.display_name,
                "CITIZEN",
                principal.party.pk,
                principal.party.pk,
                2,
            ),
        )
        agent.applies_for = principal.party
        self._act_for(agent, principal.party.pk)

    def _act_for(self, member: Member, party_id: int) -> None:
        member.browser.post(f"{API}/identity/acting-for", {"party_id": party_id})

    def _sign_in(self, account: Account) -> Person:
        browser = Person(self.base_url)
        browser.post(
            f"{API}/identity/sign-in", {"username": account.username, "password": PASSWORD}
        )
        return browser

    def person(self, name: str) -> Person:
        return self.members[name].browser

    def name_of(self, name: str) -> str:
        return self.members[name].applies_for.name

    def identity_of(self, name: str) -> dict[str, str]:
        """Return what a clerk reads from the identity card."""
        member = self.members[name]
        known = {"name": member.party.name, "citizen_id_no": member.number}
        return known | {"uscc": member.applies_for.uscc} if member.applies_for.uscc else known

    # officials

    def official(self, role: str, *, organization: str, turn: int = 0) -> Person:
        """Sign in whoever sits in a seat with this role in a unit."""
        post = (
            Post.objects.filter(roles__key=role, organization_id=organization)
            .order_by("key")
            .first()
        )
        if post is None:
            raise LookupError(f"no seat with the role {role} in {organization}")
        return self._signed_in(post, turn)

    def window(self, role: str, code: str) -> Person:
        """Sign in whoever sits nearest to the people, and takes in an item for its unit."""
        offer = ImplementationItem.objects.select_related("organization").get(code=code)
        return self._window(role, offer.organization, offer.division_path, code)

    def window_of_case(self, role: str, number: str) -> Person:
        """Sign in whoever sits at a window that reaches the unit of a case."""
        case = Case.objects.select_related("organization").get(number=number)
        return self._window(role, case.organization, case.division_path, number)

    def window_at(self, role: str, place: str) -> Person:
        """Sign in whoever sits at a window of a place, whatever it takes in."""
        post = Post.objects.filter(roles__key=role, scope_id=place).order_by("key").first()
        if post is None:
            raise LookupError(f"no window with the role {role} at {place}")
        return self._signed_in(post, 0)

    def official_of_case(self, role: str, number: str) -> Person:
        """Sign in whoever holds a role in the unit that handles a case."""
        unit = Case.objects.values_list("organization_id", flat=True).get(number=number)
        return self.official(role, organization=unit)

    def _window(self, role: str, organization: Organization, place: str, what: str) -> Person:
        posts = Post.objects.filter(roles__key=role).select_related("unit_scope", "scope")
        near = [
            post
            for post in posts.order_by("-organization__path", "key")
            if organization.path.startswith(post.unit_scope.path)
            and (post.scope.path.startswith(place) or place.startswith(post.scope.path))
        ]
        if not near:
            raise LookupError(f"no window with the role {role} takes in {what}")
        return self._signed_in(near[0], 0)

    def _signed_in(self, post: Post, turn: int) -> Person:
        account = self._seated(post, turn)
        if account.pk not in self.officials:
            self.officials[account.pk] = self._sign_in(account)
        return self.officials[account.pk]

    def _seated(self, post: Post, turn: int) -> Account:
        """Return the turn-th official of a seat whose password this run knows."""
        username = f"story-{post.key}-{turn}"
        account = Account.objects.filter(username=username).first()
        if account is None:
            account = Account.objects.create(
                username=username,
                password=self._hash,
                kind=Account.Kind.OFFICIAL,
                display_name=self.chance.choice(SURNAMES) + self.chance.choice(GIVEN),
                assurance_level=2,
                created_at=now(),
            )
            # The seat is taken since long ago: stories move the clock back and forth.
            PostHolding.objects.create(
                post=post, account_id=account.pk, valid_from=date(2024, 1, 1)
            )
            rebuild_grants(account.pk)
        return account

    # items

    def implementation(self, item: str, division: str) -> str:
        """Return the code of the item at the unit that is competent for a place."""
        place = Division.objects.get(code=division)
        row = (
            ImplementationItem.objects.filter(
                item__key=item, division_id__in=place.path.rstrip("/").split("/"), is_active=True
            )
            .order_by("-division__path")
            .first()
        )
        if row is None:
            raise LookupError(f"{item} is not offered for {division}")
        return row.code

    def place_of(self, number: str) -> str:
        return Case.objects.values_list("division_id", flat=True).get(number=number)

    def unit_of(self, number: str) -> str:
        return Case.objects.values_list("organization_id", flat=True).get(number=number)

    def known(self, browser: Person, code: str, owner: str) -> dict[str, Any]:
        """Return what the platform knows by itself of this person for the item."""
        body: dict[str, Any] = {"implementation_code": code}
        if browser is not self.members[owner].browser:
            body["on_behalf_of"] = self.identity_of(owner)
        known: dict[str, Any] = browser.post(f"{API}/applications/prefill", body)
        return known


def _birth_date(traits: Mapping[str, Any], chance: random.Random) -> date:
    if "birth_date" in traits:
        return date.fromisoformat(str(traits["birth_date"]))
    age = int(traits.get("age", chance.randrange(20, 59)))
    day = today()
    # Between the last birthday and the day after the next one, at least a week away from both.
    back = chance.randrange(7, 350)
    return date.fromordinal(
        day.replace(year=day.year - age, day=min(day.day, 28)).toordinal() - back
    )
