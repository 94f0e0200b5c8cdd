"""Who acts: the one value that every action takes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """办理人: an account in a session, and in whose name it acts.

    ``party_id`` is the account's own party, ``acting_for_id`` the party in whose name it acts
    (equal when it acts for itself; None for officials). ``assurance_level`` is that of this
    session (1 to 3). ``channel`` is ONLINE, WINDOW, KIOSK, VILLAGE, API or SYSTEM.
    """

    account_id: int
    name: str
    kind: str
    party_id: int | None = None
    acting_for_id: int | None = None
    assurance_level: int = 1
    channel: str = "ONLINE"
    post_keys: tuple[str, ...] = ()
    organization_code: str = ""
    address: str = ""

    @property
    def is_official(self) -> bool:
        return self.kind == "OFFICIAL"


SYSTEM = Actor(account_id=0, name="系统", kind="SYSTEM", assurance_level=3, channel="SYSTEM")
