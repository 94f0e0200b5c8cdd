"""Taking in elsewhere, custody of the package, the way back, and help under authority."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.city import City, client_of
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import today
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.process.actions.tasks import act_on_task
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.errors import InvalidInputError, NotFoundError, NotPermittedError
from yiwang.services.applications.actions.applications import Submission
from yiwang.services.applications.models import Application
from yiwang.services.applications.tests.applying import DOUBTFUL, INSTANT, business
from yiwang.services.applications.tests.desk_cast import upload
from yiwang.services.crossing.actions.custody import (
    deliver_back,
    hand_out,
    receive_elsewhere,
    take_over,
)
from yiwang.services.crossing.actions.helping import (
    apply_as_helper,
    record_help,
    revoke_help,
)
from yiwang.services.crossing.errors import (
    HelpNotAuthorisedError,
    HelpTooLongError,
    NotDecidedError,
    NothingToTakeError,
    PackageChangedError,
    WindowReachesError,
)
from yiwang.services.crossing.models import CustodyLeg
from yiwang.services.crossing.selectors import legs_from, legs_to

pytestmark = pytest.mark.django_db


def at_window(official: Actor, citizen: Actor) -> Actor:
    return replace(
        official,
        channel="WINDOW",
        party_id=citizen.party_id,
        acting_for_id=citizen.party_id,
    )


@pytest.fixture
def citizen(city: City) -> Actor:
    return city.citizen()


@pytest.fixture
def far_clerk(city: City) -> Actor:
    """A clerk of 阳春市, whose window does not reach the units of 江城区."""
    return cast.official("黄小燕", "441781000000.service_hall.window_clerk")


def wanted(city: City, citizen: Actor) -> Submission:
    return business(citizen, circumstances=DOUBTFUL)


def take_in(city: City, citizen: Actor, clerk: Actor) -> Case:
    given = wanted(city, citizen)
    return receive_elsewhere(actor=at_window(clerk, citizen), submission=given).case


def test_another_countys_window_takes_it_in_and_the_clock_runs_at_once(
    city: City, citizen: Actor, far_clerk: Actor
) -> None:
    case = take_in(city, citizen, far_clerk)

    leg = CustodyLeg.objects.get(case=case)
    assert (leg.way, leg.sender_id, leg.receiver_id) == (
        "OUT",
        "441781000000.service_hall",
        case.organization_id,
    )
    assert leg.manifest[0]["key"] == "form"
    assert case.organization_id.startswith("441702000000.")
    clock = Clock.objects.get(case=case)
    assert (clock.kind, clock.started_at) == ("correction_notice", case.opened_at)
    assert AuditEntry.objects.filter(case_id=case.pk, action="custody.send").count() == 1


def test_the_same_submission_again_passes_nothing_on_twice(
    city: City, citizen: Actor, far_clerk: Actor
) -> None:
    given = wanted(city, citizen)
    clerk = at_window(far_clerk, citizen)
    first = receive_elsewhere(actor=clerk, submission=given)
    again = receive_elsewhere(actor=clerk, submission=given)

    assert first.pk == again.pk
    assert CustodyLeg.objects.filter(case_id=first.pk).count() == 1


def test_who_has_no_window_and_who_reaches_the_unit_are_refused(city: City, citizen: Actor) -> None:
    reviewer = city.official("health.reviewer")
    own = city.official("service_hall.window_clerk")

    with pytest.raises(NotPermittedError):
        take_in(city, citizen, reviewer)
    with pytest.raises(WindowReachesError):
        take_in(city, citizen, own)
    assert not Application.objects.filter(case__party_id=citizen.party_id).exists()


def test_the_package_is_taken_against_its_list_and_comes_back(
    city: City, citizen: Actor, far_clerk: Actor
) -> None:
    case = take_in(city, citizen, far_clerk)
    receiver = city.official("market_supervision.receiver")
    assert [leg.case_id for leg in legs_to(receiver)] == [case.pk]
    with pytest.raises(NotFoundError):
        take_over(actor=city.official("health.receiver"), case_id=case.pk)
    with pytest.raises(NotDecidedError):
        deliver_back(actor=receiver, case_id=case.pk)
    with pytest.raises(NothingToTakeError):
        hand_out(actor=far_clerk, case_id=case.pk, receipt="本人签收")

    taken = take_over(actor=receiver, case_id=case.pk)
    assert take_over(actor=receiver, case_id=case.pk).taken_at == taken.taken_at
    assert legs_to(receiver) == []

    conclude(city, case)
    deliver_back(actor=receiver, case_id=case.pk)
    with pytest.raises(NotFoundError):
        hand_out(actor=city.official("health.receiver"), case_id=case.pk, receipt="别人")
    handed = hand_out(actor=far_clerk, case_id=case.pk, receipt="本人签收")

    assert (handed.way, handed.receipt) == ("BACK", "本人签收")
    assert {leg.way for leg in legs_from(far_clerk)} == {"OUT"}
    seen = client_of(far_clerk).get("/desk/crossing/")
    assert seen.status_code == 200
    assert case.number in seen.content.decode()


def conclude(city: City, case: Case) -> None:
    task = Task.objects.get(case=case, status=Task.Status.OPEN)
    officer = city.official(f"market_supervision.{task.role}")
    act_on_task(actor=officer, task_id=task.pk, act="decline", opinion="名称与已登记的企业近似")


def test_a_package_that_was_changed_is_not_taken(
    city: City, citizen: Actor, far_clerk: Actor
) -> None:
    case = take_in(city, citizen, far_clerk)
    Application.objects.filter(pk=case.pk).update(signed_digest="0" * 64)

    with pytest.raises(PackageChangedError):
        take_over(actor=city.official("market_supervision.receiver"), case_id=case.pk)

    assert CustodyLeg.objects.get(case=case).taken_at is None


def test_a_village_agent_helps_only_under_an_authority_in_force(city: City, citizen: Actor) -> None:
    agent = cast.official("黄小燕", "441702001000.town_government.window_clerk")
    with pytest.raises(HelpNotAuthorisedError):
        apply_as_helper(actor=agent, submission=wanted(city, citizen))
    standing = at_window(agent, citizen)
    evidence = upload(standing, "授权书.pdf").file_id
    with pytest.raises(HelpTooLongError):
        record_help(
            actor=standing,
            item_keys=[INSTANT],
            form="SIGNED",
            evidence_id=evidence,
            valid_to=today() + timedelta(days=400),
        )
    with pytest.raises(InvalidInputError):
        record_help(
            actor=standing,
            item_keys=[INSTANT],
            form="SIGNED",
            evidence_id=2**40,
            valid_to=today(),
        )
    mandate = record_help(
        actor=standing,
        item_keys=[INSTANT],
        form="SIGNED",
        evidence_id=evidence,
        valid_to=today() + timedelta(days=30),
    )

    application = apply_as_helper(actor=agent, submission=wanted(city, citizen))

    case = application.case
    assert (case.party_id, case.channel) == (citizen.party_id, "VILLAGE")
    lines = case.events.filter(kind="help.applied").values_list("title_zh", flat=True)
    assert f"授权登记 {mandate.pk} 号" in lines[0]
    revoke_help(actor=citizen, mandate_id=mandate.pk)
    with pytest.raises(HelpNotAuthorisedError):
        apply_as_helper(actor=agent, submission=wanted(city, citizen))
    with pytest.raises(NotFoundError):
        revoke_help(actor=city.citizen("黄小明"), mandate_id=mandate.pk)
