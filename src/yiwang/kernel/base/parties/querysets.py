"""Finding parties by what is sealed: every look-up goes through a keyed blind index."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from yiwang.kernel.base.crypto import facade as crypto
from yiwang.kernel.base.parties.rules import citizen_id_no, phone, uscc

if TYPE_CHECKING:
    # ruff does not see that the base classes below name them.
    from yiwang.kernel.base.parties.models import Party, Representation  # noqa: F401


class PartyQuerySet(models.QuerySet["Party"]):
    """Chainable filters of 服务对象. Typed codes are normalised first.

    :raises InvalidCodeError: when what was typed is no code of that kind.
    """

    def with_citizen_id_no(self, text: str) -> Self:
        """Keep the person with this 公民身份号码."""
        number = citizen_id_no.parse(text).number
        return self.filter(citizen_id_no_index=crypto.blind_index(number, "citizen_id_no"))

    def with_phone(self, text: str) -> Self:
        """Keep the parties with this contact number; several may share one."""
        return self.filter(phone_index=crypto.blind_index(phone.parse(text), "phone"))

    def with_uscc(self, text: str) -> Self:
        """Keep the organisation or business with this 统一社会信用代码."""
        return self.filter(uscc=uscc.parse(text).code)


class RepresentationQuerySet(models.QuerySet["Representation"]):
    """Chainable filters of 授权代办."""

    def in_force_on(self, day: date) -> Self:
        """Keep the authorities that count on ``day``: begun, not ended, not revoked.

        The death of either ends the authority, from the day after it.
        """
        alive = Q(principal__died_on=None) | Q(principal__died_on__gte=day)
        agent_alive = Q(agent__died_on=None) | Q(agent__died_on__gte=day)
        return self.filter(
            Q(valid_to=None) | Q(valid_to__gte=day),
            alive,
            agent_alive,
            valid_from__lte=day,
            revoked_at=None,
        )
