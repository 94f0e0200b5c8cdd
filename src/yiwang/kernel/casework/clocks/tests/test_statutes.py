"""Every limit of the law is dated, names its clause, and changes nothing by silence on its own."""

from datetime import date, timedelta

import pytest

from yiwang.kernel.casework.clocks.errors import LimitInvalidError
from yiwang.kernel.casework.clocks.rules.limits import EffectOnExpiry, Limit, OwedBy, Unit
from yiwang.kernel.casework.clocks.rules.statutes import PARAMETERS, limit_on


@pytest.mark.parametrize("key", sorted(PARAMETERS))
def test_each_limit_names_clause_edition_and_day(key):
    editions = PARAMETERS[key].editions
    assert all(one.source and one.edition and one.valid_from for one in editions)
    assert [one.valid_from for one in editions] == sorted(one.valid_from for one in editions)
    first = editions[0].valid_from
    assert limit_on(key, first) is editions[0]
    with pytest.raises(LimitInvalidError):
        limit_on(key, first - timedelta(days=1))


@pytest.mark.parametrize(
    ("key", "effect"),
    [
        ("correction_notice", EffectOnExpiry.DEEMED_ACCEPTANCE),
        ("openness_co_maker", EffectOnExpiry.DEEMED_CONSENT),
        ("public_notice_service", EffectOnExpiry.DEEMED_SERVICE),
    ],
)
def test_silence_means_something_only_where_a_law_says_so(key, effect):
    limit = limit_on(key, date(2026, 11, 23))
    assert limit.effect_on_expiry is effect
    assert limit.effect_source
    others = [
        one
        for parameter in PARAMETERS.values()
        for one in parameter.editions
        if one.effect_on_expiry is EffectOnExpiry.NONE
    ]
    assert len(others) == len(PARAMETERS) - 3


def test_an_effect_without_a_law_or_from_a_number_nobody_read_is_refused():
    effect = {"effect_on_expiry": EffectOnExpiry.DEEMED_RENEWAL}
    with pytest.raises(LimitInvalidError):
        Limit(amount=5, unit=Unit.WORKING_DAY, source="x", **effect)
    with pytest.raises(LimitInvalidError):
        Limit(
            amount=5,
            unit=Unit.WORKING_DAY,
            source="x",
            confirmed=False,
            effect_source="行政许可法 50",
            **effect,
        )


def test_what_a_person_may_still_do_is_the_persons_own_time():
    for key in ("review", "litigation", "hearing_request"):
        assert limit_on(key, date(2026, 11, 23)).owed_by is OwedBy.PARTY
