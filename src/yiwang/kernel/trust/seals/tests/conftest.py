"""A unit with a seal, and a licence to put it on."""

import pytest

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.trust.seals import facade
from yiwang.kernel.trust.seals.tests.samples import LICENCE, UNIT, UNIT_CODE


@pytest.fixture
def seal(db):
    """The unit's own seal, in use."""
    return facade.ensure_seal(unit_code=UNIT_CODE, unit_name=UNIT, kind="OFFICIAL")


@pytest.fixture
def sealed_licence(seal):
    """A licence with its record inside, sealed."""
    pdf = facade.embed_record(facade.draw_document("licence", LICENCE), {"number": "JY1"})
    return facade.seal_document(
        pdf=pdf,
        unit_code=UNIT_CODE,
        seal_kind="OFFICIAL",
        actor=SYSTEM,
        document_key="licence:JY1",
    )
