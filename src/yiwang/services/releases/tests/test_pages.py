"""The pages: who sees them, what a form does, and the way from a draft to its release."""

from copy import deepcopy
from decimal import Decimal

import pytest
from django.test import Client

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.http.testing import assert_query_count
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.rules.dmn import load
from yiwang.kernel.casework.rules.models import RuleDefinition
from yiwang.services.applications.actions.applications import submit_application
from yiwang.services.applications.tests import desk_cast as desk
from yiwang.services.applications.tests.applying import INSTANT, business
from yiwang.services.releases.http.grid import grid_of, table_of
from yiwang.services.releases.models import InstantPath, InstantReview, RuleDraft
from yiwang.services.releases.reactions import draw_for

KEY = "individual_business_intake"
CITY_MARKET = "441700000000.market_supervision"
EDIT = f"/desk/rules/{KEY}/draft/edit/"
COMPARE = f"/desk/rules/{KEY}/draft/compare/"


@pytest.fixture(scope="module", autouse=True)
def city(django_db_setup, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        freeze(desk.MONDAY, whole_process=True),
        desk.the_city(),
    ):
        yield


@pytest.fixture(autouse=True)
def _database(city, db):
    """Each test's own savepoint inside the city."""


def head(name: str = "曾局长") -> Actor:
    return cast.official(name, f"{CITY_MARKET}.leader")


def form_of(content, **changes) -> dict[str, str]:
    """Return what a browser sends of the editor's form."""
    grid = grid_of(content, [])
    draft = RuleDraft.objects.get(key=KEY, status="OPEN")
    sent = {"revision": str(draft.revision), "rows": str(len(grid.rows)), "do": "save"}
    for row in grid.rows:
        for cell in (row.id, *row.when, *row.then, row.source):
            sent[cell.name] = cell.value
    sent |= {cell.name: cell.value for cell in grid.default}
    for one in grid.parameters:
        sent[f"p{one.number}.count"] = str(len(one.values))
        sent |= {cell.name: cell.value for value in one.values for cell in value.cells}
    return sent | changes


def running():
    return RuleDefinition.objects.get(key=KEY, is_current=True).content


def test_the_form_gives_back_the_same_table():
    content = running()
    desk.client_of(head()).post(f"/desk/rules/{KEY}/draft/")
    assert table_of(form_of(content), content) == content


@pytest.mark.parametrize(
    ("do", "ids"),
    [
        ("add:0", ["a", "rule_1", "b", "c"]),
        ("copy:1", ["a", "b", "rule_1", "c"]),
        ("remove:1", ["a", "c"]),
        ("up:2", ["a", "c", "b"]),
        ("down:0", ["b", "a", "c"]),
        ("up:0", ["a", "b", "c"]),
        ("remove:9", ["a", "b", "c"]),
        ("nonsense", ["a", "b", "c"]),
    ],
)
def test_rows_are_added_copied_moved_and_removed(do: str, ids: list[str]) -> None:
    base = {
        "inputs": [{"name": "x"}],
        "outputs": [{"name": "y"}],
        "rules": [{"id": key, "when": ["-"], "then": [1]} for key in "abc"],
    }
    sent = {"rows": "3", "do": do}
    for number, key in enumerate("abc"):
        sent |= {f"r{number}.id": key, f"r{number}.w0": "-", f"r{number}.t0": "1"}
    assert [rule["id"] for rule in table_of(sent, base)["rules"]] == ids


def test_the_way_from_a_draft_to_its_release():
    citizen = cast.citizen()
    case = submit_application(actor=citizen, submission=business(citizen)).case
    first, second = desk.client_of(head()), desk.client_of(head("关副局长"))
    assert KEY in first.get("/desk/rules/").content.decode()
    assert first.post(f"/desk/rules/{KEY}/draft/").headers["Location"] == EDIT
    content = running()
    # A cell that is no FEEL is kept, marked in its place, and cannot be released.
    answer = first.post(EDIT, form_of(content, **{"r0.w0": "> > 1"}), follow=True)
    page = answer.content.decode()
    assert 'aria-invalid="true" aria-describedby="e-r0.w0"' in page
    wanted = {"r0.w0": "false", "p1.v0.value": '["LEASED"]', "reason": "更严", "do": "compare"}
    answer = first.post(EDIT, form_of(running(), **wanted))
    assert answer.headers["Location"] == COMPARE
    page = second.get(COMPARE).content.decode()
    assert '<del>2026-01-01– ["OWNED", "LEASED", "ONLINE"]（unconfirmed）</del>' in page.replace(
        "&quot;", '"'
    )
    revision = RuleDraft.objects.get().revision
    second.post(COMPARE, {"do": "replay", "revision": revision})
    answer = second.post(
        f"/desk/rules/{KEY}/draft/replay/", headers={"HX-Request": "true"}
    ).content.decode()
    assert f"/desk/cases/{case.number}/" in answer and "<html" not in answer
    # Who drafted it sees no button, and pressing it anyway is refused.
    assert 'value="release"' not in first.get(COMPARE).content.decode()
    refused = first.post(COMPARE, {"do": "release", "revision": revision})
    assert refused.status_code == 403 and RuleDraft.objects.get().status == "OPEN"
    assert 'value="release"' in second.get(COMPARE).content.decode()
    done = second.post(COMPARE, {"do": "release", "revision": revision}, follow=True)
    assert "曾局长 / 关副局长" in done.content.decode()
    assert running()["parameters"][1]["values"][0]["value"] == ["LEASED"]


def test_a_stale_editor_keeps_what_was_typed_and_saves_nothing():
    client = desk.client_of(head())
    client.post(f"/desk/rules/{KEY}/draft/")
    content = running()
    old = form_of(content, **{"r0.source": "旧页面"})
    client.post(EDIT, form_of(content, **{"r0.source": "新页面"}))
    answer = client.post(EDIT, old)
    assert answer.status_code == 409 and "旧页面" in answer.content.decode()
    assert RuleDraft.objects.get().content["rules"][0]["source"] == "新页面"
    assert client.post(EDIT, old | {"revision": "x"}).status_code == 409


def test_tables_are_exported_as_dmn_and_yaml():
    client = desk.client_of(head())
    model = load(client.get(f"/desk/rules/{KEY}/export.dmn").content)
    assert model.findings == [] and "parameters" in model.list_decisions()
    assert client.get(f"/desk/rules/{KEY}/export.yaml").content.startswith(b"key: ")
    assert client.get(f"/desk/rules/{KEY}/export.exe").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/desk/rules/",
        f"/desk/rules/{KEY}/",
        f"/desk/rules/{KEY}/export.dmn",
        f"/desk/instant/{INSTANT}/",
        "/desk/instant/reviews/",
    ],
)
def test_pages_are_for_those_who_hold_the_permission(address: str) -> None:
    clerk = desk.client_of(cast.clerk())
    assert clerk.get(address).status_code == 403
    assert Client().get(address).status_code == 302


def test_a_path_is_stopped_proposed_and_released_by_two():
    first, second = desk.client_of(head()), desk.client_of(head("关副局长"))
    address = f"/desk/instant/{INSTANT}/"
    assert "已放行" in first.get("/desk/instant/").content.decode()
    assert first.post(address, {"do": "stop", "reason": ""}).status_code == 422
    first.post(address, {"do": "stop", "reason": "抽查"})
    wrong = first.post(
        address, {"do": "propose", "sample_share": "x", "window": "9", "errors_allowed": "1"}
    )
    assert wrong.status_code == 422 and "aria-invalid" in wrong.content.decode()
    first.post(
        address, {"do": "propose", "sample_share": "2.5", "window": "9", "errors_allowed": "1"}
    )
    assert InstantPath.objects.get().sample_share == Decimal("0.025")
    assert 'value="release"' not in first.get(address).content.decode()
    assert first.post(address, {"do": "release"}).status_code == 403
    second.post(address, {"do": "release"})
    assert InstantPath.objects.get().state == "OPEN"


def test_a_review_is_judged_on_its_page():
    citizen = cast.citizen()
    case = submit_application(actor=citizen, submission=business(citizen)).case
    review = InstantReview.objects.create(
        case=case,
        item_key=INSTANT,
        org_path=case.org_path,
        division_path=case.division_path,
        draw=draw_for(case.number),
        share=1,
        drawn_at=desk.MONDAY,
        verdict="OPEN",
    )
    client = desk.client_of(cast.official("陆抽查", f"{desk.MARKET}.reviewer"))
    assert case.number in client.get("/desk/instant/reviews/").content.decode()
    sent = {"review": review.pk, "verdict": "WRONG", "note": ""}
    assert client.post("/desk/instant/reviews/", sent).status_code == 422
    done = client.post("/desk/instant/reviews/", sent | {"note": "地址不符"}, follow=True)
    assert "秒批已自动停止" in done.content.decode()
    assert InstantPath.objects.get(item_key=INSTANT).state == "STOPPED"
    assert client.get("/desk/instant/").headers["Location"] == "/desk/instant/reviews/"


def test_what_is_not_in_the_form_stays_in_the_table():
    content = deepcopy(running())
    content["rules"][0]["note_zh"] = "说明"
    desk.client_of(head()).post(f"/desk/rules/{KEY}/draft/")
    made = table_of(form_of(content, **{"r0.id": "renamed"}), content)
    assert made["rules"][0]["note_zh"] == "说明" and made["rules"][0]["id"] == "renamed"
    assert made["inputs"] == content["inputs"]


def test_lists_cost_the_same_however_long_they_are():
    leader = desk.client_of(head())
    judge = desk.client_of(cast.official("陆抽查", f"{desk.MARKET}.reviewer"))
    for number in (1, 4):
        for _ in range(number):
            citizen = cast.citizen()
            case = submit_application(actor=citizen, submission=business(citizen)).case
            InstantReview.objects.create(
                case=case,
                item_key=INSTANT,
                org_path=case.org_path,
                division_path=case.division_path,
                draw=0,
                share=1,
                drawn_at=desk.MONDAY,
                verdict="OPEN",
            )
        for client, address, name in (
            (leader, "/desk/rules/", "desk.rules"),
            (leader, f"/desk/rules/{KEY}/", "desk.rule"),
            (leader, "/desk/instant/", "desk.instant"),
            (judge, "/desk/instant/reviews/", "desk.reviews"),
        ):
            client.get(address)
            with assert_query_count(name):
                assert client.get(address).status_code == 200
