"""Given a step with field rights, when an official opens and edits the case, then only so far."""

import pytest

from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.process import engine
from yiwang.kernel.casework.process.models import ProcessDefinition
from yiwang.kernel.errors import InvalidInputError
from yiwang.services.applications.models import Application
from yiwang.services.applications.tests import desk_cast as desk

RIGHTS = {"hidden": ["manager_name"], "edit": ["area_sqm"]}
MANAGER = "陈志强"


@pytest.fixture(scope="module", autouse=True)
def city(django_db_setup, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        freeze(desk.MONDAY, whole_process=True),
        desk.the_city("yj.food-licence"),
    ):
        yield


@pytest.fixture
def task(city, db):
    """The open task of a case whose first step has field rights."""
    case = desk.food_case(cast.citizen("陈小明"))
    one = desk.open_task(case, "receive")
    definition = ProcessDefinition.objects.get(pk=one.token.definition_id)
    definition.content["steps"]["receive"]["fields"] = RIGHTS
    definition.save(update_fields=["content"])
    engine._compiled.cache_clear()
    yield one
    engine._compiled.cache_clear()


def form_of(task):
    return Application.objects.get(pk=task.case_id).form_data


def test_an_official_changes_what_the_step_allows_and_the_form_takes(task):
    clerk, before = desk.receiver(), form_of(task)
    for form in ({"premises_address": "别处"}, {"manager_name": "他人"}, {"area_sqm": -1}):
        with pytest.raises(InvalidInputError) as refused:
            desk.act(clerk, task, "accept", form=form)
        assert [one.field for one in refused.value.problems] == [f"form.{next(iter(form))}"]
        assert form_of(task) == before
    desk.act(clerk, task, "accept", form={"area_sqm": 88})
    assert form_of(task) == before | {"area_sqm": 88}


def test_the_page_of_the_task_does_not_send_what_is_hidden(task):
    page = desk.client_of(desk.receiver()).get(f"/desk/tasks/{task.pk}/").content.decode()
    assert form_of(task)["manager_name"] == MANAGER
    assert form_of(task)["premises_address"] in page
    assert MANAGER not in page
