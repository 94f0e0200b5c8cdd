"""场景故事: runs one story of a pack over HTTP and says at which step the platform differed."""

import random
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from yiwang.kernel.base.calendars import calendar_for, now
from yiwang.project.stories.cast import Cast
from yiwang.project.stories.client import Person, Refused, StoryFailedError
from yiwang.project.stories.samples import SAMPLE_PDF

API = "/api/v1"
SUBMITTED_FIELDS = (
    "item",
    "division",
    "circumstances",
    "form",
    "materials",
    "face",
    "on_behalf_of",
    "delivery",
)


class StoryRun:
    """One run of one story.

    ``cast`` signs people in, ``move_clock`` sets the platform's clock, ``pump`` lets background
    work that is due happen now (timers, events, bills), ``bank`` is the address of the bank.
    """

    def __init__(
        self,
        story: Mapping[str, Any],
        *,
        cast: Cast,
        move_clock: Callable[[datetime], None],
        pump: Callable[[], None],
        pay: Callable[[str], None],
        report: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.story = story
        self.cast = cast
        self.move_clock = move_clock
        self.pump = pump
        self.pay = pay
        self.report = report
        self.number = ""
        self.taken_in_at = ""
        self.mandate = 0
        self.owner = ""
        self.position = 0

    def run(self) -> None:
        """Play every step.

        :raises StoryFailedError: naming the step, what was expected and what was seen.
        """
        self.move_clock(datetime.fromisoformat(str(self.story["at"])))
        for name, traits in self.story.get("cast", {}).items():
            self.cast.introduce(name, traits or {})
        for position, step in enumerate(self.story["steps"], 1):
            self.position = position
            self._play(step)

    def _play(self, step: Mapping[str, Any]) -> None:
        wanted_error = (step.get("expect_error") or {}).get("code")
        try:
            self._do(step)
        except Refused as refused:
            if refused.code != wanted_error:
                raise self._failed(f"被拒绝 refused: {refused}") from refused
        else:
            if wanted_error:
                raise self._failed(f"应被拒绝 should be refused with {wanted_error}")
        self.pump()
        if "expect" in step:
            self._expect(step["expect"])
        self.report(f"{self.position}. {_words(step)}")

    def _do(self, step: Mapping[str, Any]) -> None:
        if "advance" in step:
            self._advance(step["advance"])
        if "apply" in step:
            self._apply(step["as"], step["apply"])
        if "act" in step:
            self._act(step)
        if "supply" in step:
            self._supply(step["as"], step["supply"])
        if "supply_deferred" in step:
            self._supply_deferred(step["as"], step["supply_deferred"])
        if "request_hearing" in step:
            self._person(step["as"]).post(
                f"{API}/cases/{self.number}/hearing", dict(step["request_hearing"])
            )
        if "extend" in step:
            self._official(step["as"]).post(
                f"{API}/cases/{self.number}/extend", dict(step["extend"])
            )
        if "serve" in step:
            self._serve(step["as"], step["serve"])
        if "post_result" in step:
            self._post_result(step["as"], step["post_result"])
        if "pay" in step:
            self._pay()
        if "rate" in step:
            self._person(step["as"]).post(f"{API}/cases/{self.number}/rate", dict(step["rate"]))
        if "withdraw" in step:
            base = f"{API}/themes/cases" if "theme" in self._case() else f"{API}/cases"
            self._person(step["as"]).post(f"{base}/{self.number}/withdraw", dict(step["withdraw"]))
        if "custody" in step:
            self._pass_on(step["as"], step["custody"])
        if "authorise" in step:
            self._authorise_helper(step["as"], step["authorise"])
        if "hand_over" in step:
            window = self.cast.window_of_case(step["as"]["role"], self.number)
            window.post(f"{API}/themes/cases/{self.number}/hand-over", dict(step["hand_over"]))

    def _person(self, who: Any) -> Person:
        if isinstance(who, str):
            return self.cast.person(who)
        raise self._failed(f"谁来办 who is {who}")

    def _advance(self, how: Mapping[str, Any]) -> None:
        current = now()
        if "to" in how:
            target = datetime.fromisoformat(str(how["to"]))
        elif "working_days" in how:
            day = calendar_for(self.cast.calendar_key).add_working_days(
                current.date(), how["working_days"]
            )
            target = datetime.combine(day, current.timetz())
        else:
            target = current + timedelta(days=how.get("days", 0), hours=how.get("hours", 0))
        self.move_clock(target)

    def _apply(self, who: Any, given: Mapping[str, Any]) -> None:
        if "theme" in given:
            self._apply_theme(who, given)
            return
        code = self.cast.implementation(given["item"], given["division"])
        if isinstance(who, str):
            actor, self.owner = self.cast.person(who), who
        else:
            self.taken_in_at = given.get("at", "")
            actor = (
                self.cast.window_at(who["role"], self.taken_in_at)
                if self.taken_in_at
                else self.cast.window(who["role"], code)
            )
            self.owner = given["on_behalf_of"]
        guide = actor.get(f"{API}/items/{code}")
        is_far = bool(given.get("at"))
        # A window of another place, or an agent on the road, reads nothing of the person's.
        known = {"form": {}, "licences": []} if is_far else self.cast.known(actor, code, self.owner)
        body: dict[str, Any] = {
            "implementation_code": code,
            "client_id": str(uuid.uuid4()),
            "circumstances": given.get("circumstances", {}),
            "form": known["form"] | dict(given.get("form", {})),
            "materials": self._materials(
                actor, guide, given.get("materials", {}), known["licences"]
            ),
            "face_token": {"pass": "pass-face", "fail": "fail-face"}.get(given.get("face", ""), ""),
        }
        if "delivery" in given:
            body["delivery"] = given["delivery"]
        if "on_behalf_of" in given:
            body["on_behalf_of"] = self.cast.identity_of(given["on_behalf_of"])
        address = f"{API}/applications"
        if given.get("mandate"):
            del body["on_behalf_of"], body["face_token"]
            body["mandate"] = self.mandate
            address = f"{API}/crossing/help"
        elif is_far:
            del body["face_token"]
            address = f"{API}/crossing/applications"
        answer = actor.post(address, body)
        self.number = answer["number"]

    def _pass_on(self, who: Any, verb: str) -> None:
        """Take a package, send the result back, or hand it out where it was taken in."""
        base = f"{API}/crossing/cases/{self.number}"
        if verb == "out":
            window = self.cast.window_at(who["role"], self.taken_in_at)
            window.post(f"{base}/hand-out", {"receipt": "本人签收"})
            return
        officer = self.cast.official_of_case(who["role"], self.number)
        officer.post(f"{base}/{'take-over' if verb == 'take' else 'deliver-back'}", {})

    def _authorise_helper(self, who: Any, given: Mapping[str, Any]) -> None:
        """Let the agent of a place record that a person lets them apply."""
        agent = self.cast.window_at(who["role"], given["at"])
        evidence = agent.upload(f"{API}/files", "授权书.pdf", SAMPLE_PDF)
        until = now().date() + timedelta(days=given.get("days", 30))
        self.mandate = agent.post(
            f"{API}/crossing/mandates",
            {
                "on_behalf_of": self.cast.identity_of(given["by"]),
                "item_keys": [given["item"]],
                "form": "SIGNED",
                "evidence_id": evidence["id"],
                "valid_to": until.isoformat(),
            },
        )["id"]

    def _apply_theme(self, who: Any, given: Mapping[str, Any]) -> None:
        """Apply for a theme as a whole, by the applicant or at a window."""
        guide_of = f"{API}/themes/{given['theme']}"
        asked: dict[str, Any] = {"division": given["division"]}
        if isinstance(who, str):
            actor, self.owner = self.cast.person(who), who
        else:
            self.owner = given["on_behalf_of"]
            guide = self.cast.person(self.owner).get(guide_of)
            first = guide["elements"]["parts"][0]["item"]
            code = self.cast.implementation(first, given["division"])
            actor = self.cast.window(who["role"], code)
            asked["on_behalf_of"] = self.cast.identity_of(self.owner)
        known = actor.post(f"{guide_of}/prefill", asked)
        body = asked | {
            "client_id": str(uuid.uuid4()),
            "circumstances": given.get("circumstances", {}),
            "form": known["form"] | dict(given.get("form", {})),
            "materials": self._materials(
                actor, actor.get(guide_of), given.get("materials", {}), known["licences"]
            ),
            "face_token": {"pass": "pass-face", "fail": "fail-face"}.get(given.get("face", ""), ""),
            "delivery": given.get("delivery", "ELECTRONIC"),
        }
        self.number = actor.post(f"{guide_of}/applications", body)["number"]

    def _materials(
        self,
        actor: Person,
        guide: Mapping[str, Any],
        given: Mapping[str, Any],
        licences: list[Mapping[str, Any]],
    ) -> dict[str, Any]:
        supplied: dict[str, Any] = {}
        asked = {m["key"]: m for m in guide["elements"].get("materials", [])}
        for key, value in given.items():
            if value is True:
                supplied[key] = {"source": "PROMISE"}
            elif value == "licence":
                wanted = asked[key]["licence_type"]
                held = [licence for licence in licences if licence["type"] == wanted]
                if not held:
                    raise self._failed(f"没有可用的证照 holds no {wanted}")
                supplied[key] = {"source": "LICENCE", "licence_id": held[0]["id"]}
            elif value == "paper":
                supplied[key] = {"source": "PAPER"}
            elif value == "deferred":
                supplied[key] = {"source": "DEFERRED"}
            else:
                stored = actor.upload(f"{API}/files", str(value), SAMPLE_PDF)
                supplied[key] = {"source": "UPLOAD", "file_id": stored["id"]}
        return supplied

    def _act(self, step: Mapping[str, Any]) -> None:
        task = self._open_task(step)
        signers = range(task["signers"])
        for turn in signers:
            officer = self.cast.official(task["role"], organization=task["organization"], turn=turn)
            officer.post(
                f"{API}/tasks/{task['id']}/act",
                {
                    "act": step["act"],
                    "opinion": step.get("opinion", ""),
                    "input": step.get("input", {}),
                },
            )

    def _open_task(self, step: Mapping[str, Any]) -> Mapping[str, Any]:
        role = step["as"]["role"] if isinstance(step["as"], Mapping) else step["as"]
        tasks = [
            task
            for task in self._case()["open_tasks"]
            if task["role"] == role
            and step.get("step") in (None, task["step"])
            and step.get("part") in (None, task.get("part"))
        ]
        if len(tasks) != 1:
            seen = [f"{t['role']}@{t['step']}" for t in self._case()["open_tasks"]]
            raise self._failed(f"应有一个 {role} 的待办 one task expected, open are {seen}")
        return tasks[0]  # type: ignore[no-any-return]

    def _supply(self, who: str, given: Mapping[str, Any]) -> None:
        actor = self._person(who)
        case = self._case()
        if "theme" in case:
            guide = actor.get(f"{API}/themes/{case['theme']}")
            held = actor.get(f"{API}/licences")
            materials = self._materials(actor, guide, given.get("materials", {}), held)
            actor.post(
                f"{API}/themes/cases/{self.number}/correct",
                {"form": given.get("form", {}), "materials": materials},
            )
            return
        code = self.cast.implementation(case["item"], self.cast.place_of(self.number))
        guide = actor.get(f"{API}/items/{code}")
        actor.post(
            f"{API}/cases/{self.number}/correct",
            {
                "form": given.get("form", {}),
                "materials": self._materials(
                    actor, guide, given.get("materials", {}), actor.get(f"{API}/licences")
                ),
            },
        )

    def _supply_deferred(self, who: str, given: Mapping[str, Any]) -> None:
        actor = self._person(who)
        code = self.cast.implementation(self._case()["item"], self.cast.place_of(self.number))
        guide = actor.get(f"{API}/items/{code}")
        actor.post(
            f"{API}/cases/{self.number}/deferred",
            {
                "materials": self._materials(
                    actor, guide, given["materials"], actor.get(f"{API}/licences")
                )
            },
        )

    def _official(self, who: Any) -> Person:
        """Return the one who holds a role in the unit that handles the case."""
        unit = self.cast.unit_of(self.number)
        return self.cast.official(who["role"], organization=unit, turn=0)

    def _serve(self, who: Any, given: Mapping[str, Any]) -> None:
        self._official(who).post(
            f"{API}/papers/{self._paper(given['paper'])['id']}/serve",
            {"method": given["method"], "proof": dict(given["proof"])},
        )

    def _post_result(self, who: Any, given: Mapping[str, Any]) -> None:
        self._official(who).post(
            f"{API}/papers/{self._paper(given['paper'])['id']}/post",
            {
                "is_delivered": given["is_delivered"],
                "at": now().isoformat(),
                "note": given["note"],
            },
        )

    def _paper(self, kind: str) -> Mapping[str, Any]:
        found = [paper for paper in self._case()["papers"] if paper["kind"] == kind]
        if not found:
            raise self._failed(f"没有文书 no paper {kind}")
        return found[-1]  # type: ignore[no-any-return]

    def _pay(self) -> None:
        unpaid = [bill for bill in self._case()["bills"] if bill["status"] == "UNPAID"]
        if not unpaid:
            raise self._failed("没有待缴的单 no unpaid bill")
        self.pay(unpaid[-1]["number"])

    def _case(self) -> dict[str, Any]:
        case: dict[str, Any] = self.cast.person(self.owner).get(f"{API}/cases/{self.number}")
        return case

    def _expect(self, expected: Mapping[str, Any]) -> None:
        case = self._case()
        for name, value in expected.items():
            check = getattr(self, f"_expect_{name}", None)
            if check is not None:
                check(case, value)
            elif case.get(name) != value:
                raise self._failed(f"{name} 应为 should be {value!r}, 实为 is {case.get(name)!r}")

    def _expect_told(self, case: Mapping[str, Any], kind: str) -> None:
        seen = [line["kind"] for line in case["timeline"]]
        if kind not in seen:
            raise self._failed(f"过程里应有 the timeline should tell {kind}, 实为 is {seen}")

    def _expect_parts(self, case: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
        seen = {part["key"]: part for part in case["parts"]}
        for key, facts in wanted.items():
            if key not in seen:
                raise self._failed(f"没有这一部分 no part {key}")
            for name, value in facts.items():
                found = seen[key].get(name)
                same = sorted(found) == sorted(value) if name == "papers" else found == value
                if not same:
                    raise self._failed(f"{key} 的 {name} 应为 should be {value!r}, 实为 {found!r}")

    def _expect_papers(self, case: Mapping[str, Any], kinds: list[str]) -> None:
        seen = [paper["kind"] for paper in case["papers"]]
        if sorted(seen) != sorted(kinds):
            raise self._failed(f"文书应为 papers should be {kinds}, 实为 are {seen}")

    def _expect_paper(self, case: Mapping[str, Any], kind: str) -> None:
        seen = [paper["kind"] for paper in case["papers"]]
        if kind not in seen:
            raise self._failed(f"应有文书 paper {kind} missing, 实为 are {seen}")

    def _expect_licence(self, case: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> None:
        if not wanted:
            if case["licences"]:
                raise self._failed("不应有证照 there should be no licence")
            return
        held = [x for x in case["licences"] if x["type"] == wanted["type"]]
        if not held:
            raise self._failed(f"没有证照 no licence {wanted['type']}")
        licence = held[-1]
        if licence["status"] != wanted.get("status", licence["status"]):
            raise self._failed(f"证照状态 status is {licence['status']}")
        for key, value in wanted.get("fields", {}).items():
            if str(licence["fields"].get(key)) != str(value):
                raise self._failed(f"证照字段 field {key} is {licence['fields'].get(key)!r}")
        if "holder" in wanted and "new_party" not in licence:
            name = self.cast.name_of(wanted["holder"])
            if name not in (licence["holder"], licence["owner"]):
                raise self._failed(f"持证人 holder is {licence['holder']}, not {name}")
        if "version" in wanted and licence["version"] != wanted["version"]:
            raise self._failed(f"证照版次 version is {licence['version']}")
        if "valid_to" in wanted and licence["valid_to"] != str(wanted["valid_to"]):
            raise self._failed(f"有效期 valid_to is {licence['valid_to']}")

    def _expect_clock(self, case: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
        found = [
            clock
            for clock in case["clocks"]
            if clock["kind"] == wanted["kind"]
            and clock["basis"] == wanted.get("basis", clock["basis"])
        ]
        if not found:
            raise self._failed(f"没有时限 no clock {wanted}")
        clock = found[-1]
        due = datetime.fromisoformat(clock["due_at"]).date()
        if "due" in wanted and due != date.fromisoformat(str(wanted["due"])):
            raise self._failed(f"到期日应为 due should be {wanted['due']}, 实为 is {due}")
        still = "OVERDUE" if due < now().date() else "RUNNING"
        state = clock["outcome"] or ("SUSPENDED" if clock["suspended"] else still)
        if "amount" in wanted and clock["amount"] != wanted["amount"]:
            raise self._failed(f"时限长度 amount is {clock['amount']}")
        if "state" in wanted and state != wanted["state"]:
            raise self._failed(f"时限状态应为 state should be {wanted['state']}, 实为 is {state}")

    def _expect_served(self, case: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
        found = [paper for paper in case["papers"] if paper["kind"] == wanted["paper"]]
        if not found:
            raise self._failed(f"没有文书 no paper {wanted['paper']}")
        ways = found[-1]["served"]
        seen = ways[-1] if ways else {"state": "NONE", "method": ""}
        if seen["state"] != wanted["state"]:
            raise self._failed(f"送达情况 service is {seen['state']}")
        if "method" in wanted and seen["method"] != wanted["method"]:
            raise self._failed(f"送达方式 method is {seen['method']}")

    def _expect_bill(self, case: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
        if not case["bills"]:
            raise self._failed("没有缴款单 no bill")
        bill = case["bills"][-1]
        for name, value in wanted.items():
            key = {"amount": "amount_yuan", "refunded": "refunded_yuan"}.get(name, name)
            same = (
                Decimal(bill[key]) == Decimal(str(value))
                if key.endswith("_yuan")
                else bill[key] == value
            )
            if not same:
                raise self._failed(f"缴款单 {name} 应为 should be {value}, 实为 is {bill[key]}")

    def _expect_credit(self, case: Mapping[str, Any], kind: str) -> None:
        if case["credit"] != kind:
            raise self._failed(f"信用记录 credit is {case['credit']}")

    def _failed(self, words: str) -> StoryFailedError:
        return StoryFailedError(f"{self.story['key']} 第 {self.position} 步 step: {words}")


def _words(step: Mapping[str, Any]) -> str:
    who = step.get("as", "")
    who = who.get("role", "") if isinstance(who, Mapping) else who
    for verb in (
        *("apply", "supply", "supply_deferred", "request_hearing", "extend", "serve"),
        *("post_result", "hand_over", "pay", "rate", "withdraw", "advance", "act"),
    ):
        if verb in step:
            what = step[verb] if verb == "act" else verb
            return f"{who} {what}".strip()
    return "expect"


def shuffle_seed(seed: int | None = None) -> random.Random:
    """Return the randomness of a run; its seed is printed so that a failure can be played again."""
    return random.Random(seed if seed is not None else random.SystemRandom().randrange(2**32))  # noqa: S311
