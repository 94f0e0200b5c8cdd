"""Units and seats from data: what changes, what is refused."""

from datetime import date
from typing import Any

import pytest

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.divisions import facade as divisions
from yiwang.kernel.base.organizations import facade as organizations
from yiwang.kernel.base.organizations.models import Organization, Post, PostHolding, Role

pytestmark = pytest.mark.django_db

ROLES = {
    "roles": [
        {"key": "receiver", "title": "收件", "title_en": "Receiver", "permissions": ["case.read"]},
        {"key": "approver", "title": "决定", "title_en": "Decider", "permissions": ["case.decide"]},
    ]
}
CITY = {
    "code": "990100000000",
    "name": "示例市",
    "level": "CITY",
    "parent_code": "",
    "statutory": "1",
    "code_source": "GB/T 2260",
}
COUNTIES = [
    CITY | {"code": f"99010{n}000000", "name": name, "level": "COUNTY", "parent_code": CITY["code"]}
    for n, name in enumerate(["东区", "西区"], start=2)
]


def department(**change: Any) -> dict[str, Any]:
    return {
        "key": "water",
        "where": {"levels": ["COUNTY"], "kinds": ["STATUTORY"]},
        "name": "{full}水务局",
        "kind": "DEPARTMENT",
        "parent": "{manager_code}.water",
        "functions": ["water"],
        "posts": [{"key": "receiver"}],
        **change,
    }


CITY_BUREAU = {
    "code": "990100000000.water",
    "division": "990100000000",
    "name": "示例市水务局",
    "kind": "DEPARTMENT",
}


@pytest.fixture(autouse=True)
def _places() -> None:
    divisions.load_divisions(rows=[CITY, *COUNTIES], valid_from=date(2023, 1, 1), actor=SYSTEM)
    organizations.apply_roles(ROLES, SYSTEM)


def apply(*patterns: dict[str, Any], **data: Any) -> organizations.AppliedOrganizations:
    return organizations.apply_organizations(
        {"patterns": patterns, "organizations": [CITY_BUREAU], **data}, SYSTEM
    )


def test_a_pattern_gives_one_unit_per_place_under_a_named_parent() -> None:
    assert apply(department()) == organizations.AppliedOrganizations(5, 0, 0)

    unit = Organization.objects.get(code="990102000000.water")
    assert unit.name == "示例市东区水务局"
    assert unit.path == "990100000000.water/990102000000.water/"
    assert Post.objects.get(organization=unit).title == "收件"


def test_a_named_unit_replaces_what_the_pattern_gives() -> None:
    apply(
        department(),
        organizations=[
            CITY_BUREAU,
            {
                "code": "990103000000.water",
                "division": "990103000000",
                "name": "西区水务和海洋局",
                "kind": "DEPARTMENT",
                "parent": "990100000000.water",
            },
        ],
    )

    assert Organization.objects.get(code="990103000000.water").name == "西区水务和海洋局"
    assert Organization.objects.get(code="990102000000.water").name == "示例市东区水务局"


def test_a_change_is_written_and_grants_follow_the_roles() -> None:
    apply(department())
    post = Post.objects.get(pk="990102000000.water.receiver")
    PostHolding.objects.create(post=post, account_id=5, valid_from=date(2024, 1, 1))

    applied = apply(department(posts=[{"key": "receiver", "roles": ["receiver", "approver"]}]))

    assert applied == organizations.AppliedOrganizations(0, 2, 3)
    assert set(Grant.objects.filter(account_id=5).values_list("permission", flat=True)) == {
        "case.read",
        "case.decide",
    }

    changed = [ROLES["roles"][0] | {"permissions": []}, ROLES["roles"][1]]
    assert organizations.apply_roles({"roles": changed}, SYSTEM).changed == 1
    assert set(Grant.objects.filter(account_id=5).values_list("permission", flat=True)) == {
        "case.decide"
    }


def test_units_of_other_data_move_with_their_parent() -> None:
    apply(department())
    organizations.apply_organizations(
        {
            "organizations": [
                {
                    "code": "station",
                    "division": "990102000000",
                    "name": "水站",
                    "kind": "GRASSROOTS",
                    "parent": "990102000000.water",
                }
            ]
        },
        SYSTEM,
    )

    apply(
        department(parent="990103000000.water", **{"except": ["990103000000"]}),
        organizations=[
            CITY_BUREAU,
            {
                "code": "990103000000.water",
                "division": "990103000000",
                "name": "西区水务局",
                "kind": "DEPARTMENT",
            },
        ],
    )

    assert (
        Organization.objects.get(code="station").path
        == "990103000000.water/990102000000.water/station/"
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"colour": "red"}, "patterns[1].colour"),
        ({"name": ""}, "patterns[1].name"),
        ({"name": "{mayor}水务局"}, "patterns[1].name"),
        ({"name": "{name.__class__}水务局"}, "patterns[1].name"),
        ({"kind": "OFFICE"}, "patterns[1].kind"),
        ({"where": {"levels": ["COUNTY"]}}, "patterns[1].where"),
        ({"parent": "990102000000.nothing"}, "990102000000.water.parent"),
        ({"posts": [{"key": "diver"}]}, "patterns[1].posts.diver.roles"),
        ({"posts": [{"key": "receiver", "units": "sea"}]}, "990102000000.water.receiver.units"),
    ],
)
def test_a_fault_is_named_and_nothing_is_written(change: dict[str, Any], field: str) -> None:
    with pytest.raises(organizations.OrganizationDataError) as refused:
        apply(department(**change))

    assert field in [problem.field for problem in refused.value.problems]
    assert not Organization.objects.exists()


def test_two_units_cannot_be_each_others_parents() -> None:
    circle = [
        {"code": one, "division": "990100000000", "name": one, "kind": "DEPARTMENT", "parent": two}
        for one, two in (("a", "b"), ("b", "a"))
    ]

    with pytest.raises(organizations.OrganizationDataError):
        organizations.apply_organizations({"organizations": circle}, SYSTEM)


def test_a_role_with_an_undeclared_permission_is_refused() -> None:
    faulty = {"key": "x", "title": "甲", "title_en": "X", "permissions": ["case.burn"]}

    with pytest.raises(organizations.OrganizationDataError) as refused:
        organizations.apply_roles({"roles": [faulty]}, SYSTEM)

    assert "case.burn" in refused.value.problems[0].reason_zh
    assert not Role.objects.filter(key="x").exists()
