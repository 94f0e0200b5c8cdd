"""``yiwang demo --check``: walks the main journeys as an HTTP client against what runs.

Prints each step with its time; exits 0 when every step was as it should be, else 1.
"""

import argparse
import os
import random
import re
import secrets
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import django

Answer = TypeVar("Answer")
API = "/api/v1"
ITEM = "individual_business_registration"
PLACE = "441702000000"


class StepFailedError(Exception):
    """The platform did not do what the step says."""


class Walk:
    """Runs steps, says each with its time, and keeps count."""

    def __init__(self) -> None:
        self.done = 0

    def step(self, words: str, act: Callable[[], Answer]) -> Answer:
        """Do one step and print it.

        :raises StepFailedError: what the act raises, with the step's words.
        """
        began = time.monotonic()
        answer = act()
        self.done += 1
        say(f"  ok  {self.done:2}. {words}  {(time.monotonic() - began) * 1000:.0f} ms")
        return answer


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def expect(fact: bool, words: str) -> None:
    if not fact:
        raise StepFailedError(words)


def main() -> int:
    """Walk the journeys, or the happy story of one pack."""
    parser = argparse.ArgumentParser(prog="yiwang demo --check")
    parser.add_argument("--pack", help="only the happy story of this pack, with random people")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yiwang.project.settings")
    django.setup()
    base_url = os.environ["YIWANG_URL"]
    walk = Walk()
    try:
        if options.pack:
            play(walk, base_url, options.pack, "happy")
        else:
            say("1 个体工商户设立登记：秒批、证照、核验 instant licence that anyone can verify")
            first_light(walk, base_url)
            say(
                "2 食品经营许可：窗口、补正、两人核查、假期 window, correction, site check, holiday"
            )
            play(walk, base_url, "yj.food-licence", "correction")
            say("3 临时占用城市道路：两家审、先缴费 two deciders and a fee")
            play(walk, base_url, "yj.road-occupation", "happy")
    except Exception as failure:
        say(f"  FAIL after step {walk.done}: {failure}")
        say(f"demo: {walk.done} passed, 1 failed")
        return 1
    say(f"demo: {walk.done} passed, 0 failed")
    return 0


def play(walk: Walk, base_url: str, pack: str, key: str) -> None:
    """Play one story of a pack against what runs; its people are random and valid each time."""
    from django.conf import settings

    from yiwang.project.stories.running import run_story, stories_of

    folder = settings.PACKS_DIR / pack
    if not (folder / "pack.yaml").exists():
        known = sorted(path.parent.name for path in settings.PACKS_DIR.glob("yj.*/pack.yaml"))
        raise StepFailedError(f"no pack {pack}; there are {', '.join(known)}")
    story = next(one for one in stories_of(folder) if one["key"] == key)
    began = time.monotonic()

    def report(line: str) -> None:
        nonlocal began
        walk.done += 1
        say(f"  ok  {walk.done:2}. {line}  {(time.monotonic() - began) * 1000:.0f} ms")
        began = time.monotonic()

    result = run_story(pack, story, base_url=base_url, report=report)
    expect(result.passed, f"{result.error} (seed {result.seed})")
    say(f"      {story['title_zh']} {story['title_en']} (seed {result.seed})")


def first_light(walk: Walk, base_url: str) -> None:
    """The first journey, as somebody who has never been here."""
    from yiwang.project.stories.client import Person

    citizen, stranger = Person(base_url), Person(base_url)
    try:
        name, number = random_person()
        walk.step("短信验证码登录 sign in by text message", lambda: sign_in(citizen))
        walk.step("实名核验 prove the real name", lambda: prove_name(citizen, name, number))
        code = walk.step("搜索“个体工商户” find the item", lambda: find(citizen))
        form = walk.step("免填写 the form is prefilled", lambda: prefilled(citizen, code, name))
        case = walk.step(
            "提交，当场准予 submit, granted at once", lambda: apply(citizen, code, form)
        )
        walk.step("依据可查 the decision has its trace", lambda: check_trace(case))
        licence = case["licences"][0]
        pdf = walk.step("下载证照 download the licence", lambda: download(citizen, licence))
        walk.step("他人的工具验签 validate from outside", lambda: validate(stranger, pdf))
        page = f"/verify/{licence['verification_code']}/"
        walk.step("公众核验页 verification page says valid", lambda: read_page(stranger, page))
        walk.step("上传文件核验 the file is valid", lambda: verify_file(stranger, pdf, True))
        changed = tampered(pdf)
        walk.step(
            "改动一个字节 one byte changed: invalid", lambda: verify_file(stranger, changed, False)
        )
        walk.step("评价 rate", lambda: rate(citizen, case["number"]))
    finally:
        citizen.close()
        stranger.close()


def random_person() -> tuple[str, str]:
    from yiwang.kernel.base.parties.rules import citizen_id_no
    from yiwang.project.demo.seed import GIVEN, SURNAMES

    chance = random.SystemRandom()
    birth = date(chance.randrange(1965, 2004), chance.randrange(1, 13), chance.randrange(1, 28))
    number = citizen_id_no.make("441702", birth, chance.randrange(1, 999))
    return chance.choice(SURNAMES) + chance.choice(GIVEN), str(number)


def post_form(browser: Any, path: str, **fields: str) -> Any:
    """Send an HTML form as a browser does, with the token of its page."""
    page = browser.http.get(path)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    expect(token is not None, f"{path} answered {page.status_code} without a form")
    data = {"csrfmiddlewaretoken": token.group(1) if token else "", **fields}
    return browser.http.post(path, data=data, headers={"Referer": f"{browser.http.base_url}{path}"})


def sign_in(browser: Any) -> None:
    import httpx
    from django.conf import settings

    phone = f"139{secrets.randbelow(10**8):08}"
    sent = post_form(browser, "/sign-in/?way=code", way="code", phone=phone, send="1")
    expect(sent.is_success, f"asking for a code answered {sent.status_code}")
    until = time.monotonic() + 20
    code = None
    while code is None and time.monotonic() < until:
        time.sleep(0.2)
        outbox = httpx.get(
            f"{settings.SANDBOX_URL}/sms/outbox", params={"to": phone}, timeout=5, trust_env=False
        ).text
        code = re.search(r"(?<!\d)(\d{6})(?!\d)", outbox.replace(phone, ""))
    expect(code is not None, "no text message came")
    answer = post_form(
        browser, "/sign-in/?way=code", way="code", phone=phone, code=code.group(1) if code else ""
    )
    expect(answer.status_code == 302, f"the code was answered {answer.status_code}")


def prove_name(browser: Any, name: str, number: str) -> None:
    answer = post_form(browser, "/me/real-name/", name=name, citizen_id_no=number)
    expect(answer.status_code == 302, f"the real name was answered {answer.status_code}")
    expect(browser.get(f"{API}/identity/me")["assurance_level"] == 2, "level 2 not reached")


def find(browser: Any) -> str:
    rows = browser.get(f"{API}/items", q="个体工商户", division=PLACE)
    codes = [row["code"] for row in rows if row["code"].startswith(ITEM)]
    expect(bool(codes), "the item was not found")
    return str(codes[0])


def prefilled(browser: Any, code: str, name: str) -> dict[str, Any]:
    form = browser.post(f"{API}/applications/prefill", {"implementation_code": code})["form"]
    expect(form.get("operator_name") == name, "the name is not prefilled")
    expect("operator_id_no" in form, "the identity number is not prefilled")
    return dict(form)


def apply(browser: Any, code: str, form: dict[str, Any]) -> dict[str, Any]:
    body = {
        "implementation_code": code,
        "client_id": str(uuid.uuid4()),
        "circumstances": {
            "operator_kind": "MAINLAND",
            "composition": "PERSONAL",
            "place_kind": "OWNED",
            "named": True,
            "later_licence": False,
            "by_agent": False,
        },
        "form": form
        | {
            "operator_address": "阳江市江城区南恩路18号",
            "business_name": f"阳江市江城区{form['operator_name']}海味店",
            "scope": ["水产品零售"],
            "employees": 2,
            "place_address": "阳江市江城区南恩路18号首层",
        },
        "materials": {"place_promise": {"source": "PROMISE"}},
        "face_token": "pass-face",
    }
    first = browser.post(f"{API}/applications", body)
    again = browser.post(f"{API}/applications", body)
    expect(first["outcome"] == "GRANTED", f"the outcome is {first}")
    expect(first["number"] == again["number"], "submitting twice made two cases")
    case: dict[str, Any] = browser.get(f"{API}/cases/{first['number']}")
    expect(len(case["licences"]) == 1, "there is not exactly one licence")
    return case


def check_trace(case: dict[str, Any]) -> None:
    expect(case["automatic"] is True, "the decision was not automatic")
    expect(bool(case["trace"].get("matched")), "the trace names no rule")
    expect(bool(case["trace"].get("facts")), "the trace names no facts")


def download(browser: Any, licence: dict[str, Any]) -> bytes:
    pdf: bytes = browser.fetch(f"{API}/licences/{licence['id']}/pdf")
    expect(pdf.startswith(b"%PDF-"), "the licence is not a PDF")
    return pdf


def validate(browser: Any, pdf: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file, roots = Path(folder, "licence.pdf"), Path(folder, "roots.pem")
        file.write_bytes(pdf)
        roots.write_bytes(browser.fetch(f"{API}/verify/authority"))
        result = subprocess.run(  # noqa: S603 our own module
            [sys.executable, "-m", "yiwang.project.demo.outside", str(file), str(roots)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        say(f"          {result.stdout.strip() or result.stderr.strip()[-300:]}")
        expect(result.returncode == 0, "the signature is not valid for an outsider")


def read_page(browser: Any, path: str) -> None:
    page = browser.http.get(path)
    expect(page.is_success and "真实有效" in page.text, f"the page answered {page.status_code}")


def verify_file(browser: Any, pdf: bytes, wanted: bool) -> None:
    answer = browser.upload(f"{API}/verify/file", "licence.pdf", pdf)
    expect(answer["is_valid"] is wanted, f"the file's answer is {answer['code']}")


def tampered(pdf: bytes) -> bytes:
    """Change one byte in the middle of the file."""
    place = len(pdf) // 2
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def rate(browser: Any, number: str) -> None:
    answer = browser.post(f"{API}/cases/{number}/rate", {"grade": "VERY_SATISFIED", "tags": []})
    expect(answer["grade"] == "VERY_SATISFIED", "the rating was not kept")


if __name__ == "__main__":
    sys.exit(main())
