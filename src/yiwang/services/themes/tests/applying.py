"""A whole application for tests, right in every part until a test bends one."""

import uuid
from typing import Any

from tests.city import HOME, City
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.process.actions.tasks import act_on_task
from yiwang.kernel.casework.process.models import Task
from yiwang.services.applications.actions.applications import Supplied
from yiwang.services.themes.actions.applying import ThemeSubmission, submit_theme
from yiwang.services.themes.actions.following import follow
from yiwang.services.themes.models import ThemeApplication, ThemePart

# Which office of 江城区 handles each part of the theme "life_end".
OFFICES = {
    "household": "household_police",
    "funeral": "civil_affairs",
    "benefit": "human_resources",
    "medical": "medical_insurance",
    "fund": "housing_fund",
}


def life_end(citizen: Actor, **changes: Any) -> ThemeSubmission:
    """Return an application of a child for a parent who died: five departments."""
    person = Party.objects.get(pk=citizen.party_id)
    given: dict[str, Any] = {
        "theme": "life_end",
        "division_code": HOME,
        "client_id": uuid.uuid4(),
        "party_id": person.pk,
        "circumstances": {"cremated": "YES", "insured": True, "medical": True, "fund": True},
        "form_data": {
            "deceased_name": "陈水生",
            "deceased_id_no": "441702194803121212",
            "died_on": "2026-10-08",
            "relation": "CHILD",
            "applicant_name": person.name,
            "applicant_id_no": person.citizen_id_no,
            "phone": "13827600001",
            "bank_account": "6228480088123456789",
        },
        "materials": {"kinship": Supplied("PROMISE")},
        "checks": {"real_name": True, "face": None},
    }
    return ThemeSubmission(**(given | changes))


def apply(citizen: Actor, **changes: Any) -> ThemeApplication:
    return submit_theme(actor=citizen, submission=life_end(citizen, **changes))


def part(application: ThemeApplication, key: str) -> ThemePart:
    return ThemePart.objects.select_related("case").get(application=application, key=key)


def act(city: City, application: ThemeApplication, key: str, verb: str, **words: Any) -> None:
    """Let the office of a part act on its one open task, and the whole follow."""
    task = Task.objects.get(case=part(application, key).case, status=Task.Status.OPEN)
    officer = city.official(f"{OFFICES[key]}.{task.role}")
    act_on_task(actor=officer, task_id=task.pk, act=verb, **words)
    follow(application.pk)
