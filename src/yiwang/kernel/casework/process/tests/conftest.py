"""The tests' own kind of case and effects, registered for one test."""

from collections.abc import Iterator

import pytest

from yiwang.kernel.casework.process import registry
from yiwang.kernel.casework.process.tests import factories


@pytest.fixture
def kind() -> Iterator[factories.TestKind]:
    """The kind of the case: what it knows, when its moments were, what its rules say."""
    made = factories.TestKind()
    registry.register_case_kind(factories.KIND, made)
    yield made
    registry._kinds.pop(factories.KIND)


@pytest.fixture
def full_kind(kind: factories.TestKind) -> factories.FullKind:
    """A kind of case that knows forms and termination, in the place of the plain one."""
    made = factories.FullKind()
    registry.register_case_kind(factories.KIND, made)
    return made


@pytest.fixture
def opener() -> Iterator[factories.Children]:
    """Who opens child cases: as many as the step's options say."""
    made = factories.Children()
    registry.subcase_opener(factories.OPENER)(made.open)
    yield made
    registry._openers.pop(factories.OPENER)


@pytest.fixture
def outside() -> Iterator[factories.Outside]:
    """A system outside; the test says what it answers."""
    made = factories.Outside()
    registry.connector(factories.CONNECTOR)(made.ask)
    yield made
    registry._connectors.pop(factories.CONNECTOR)


@pytest.fixture
def notes() -> Iterator[factories.Notes]:
    """What the test's effects were told."""
    made = factories.Notes()
    registry.effect(factories.EFFECT)(made.note)
    registry.effect(factories.CONCLUDE)(made.conclude)
    yield made
    registry._effects.pop(factories.EFFECT)
    registry._effects.pop(factories.CONCLUDE)
