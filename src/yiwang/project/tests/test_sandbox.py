"""Given the sandbox process, when it is asked as outside systems are, then it answers as told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from yiwang.kernel.base.http.sandboxing import SIGNATURE_HEADER, shared_key, sign
from yiwang.kernel.base.http.testing import running_sandbox

VALID = "11010519491231002X"
MEGABYTE_KB = 1024


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("var")
    (folder / "run").mkdir()
    (folder / "run" / "sandbox-population.json").write_text(json.dumps({VALID: "陈小明"}), "utf-8")
    return folder


@pytest.fixture(scope="module")
def sandbox(folder):
    with running_sandbox(folder) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def http(sandbox):
    with client_of(sandbox) as client:
        yield client


def client_of(sandbox):
    return httpx.Client(base_url=sandbox.url, trust_env=False)


@pytest.mark.parametrize(
    ("name", "number", "match", "reason"),
    [
        ("陈小明", VALID, True, ""),
        ("陈小明", VALID.lower(), True, ""),
        ("林大海", VALID, False, "NAME_DIFFERS"),
        ("林大海", "440524188001010014", True, ""),
        ("林大海", "440524188001010015", False, "NO_SUCH_PERSON"),
        ("林大海", "123", False, "NO_SUCH_PERSON"),
        ("林大海", "４４０５２４１８８００１０１００１４", False, "NO_SUCH_PERSON"),
    ],
)
def test_the_population_source_keeps_its_rules(http, name, number, match, reason):
    body = {"name": name, "citizen_id_no": number}
    assert http.post("/realname/check", json=body).json() == {"match": match, "reason": reason}
    face = http.post("/face/check", json={**body, "image_token": "ok.jpg"}).json()
    assert face["match"] is match


def test_a_face_that_is_meant_to_fail_fails(http):
    body = {"name": "陈小明", "citizen_id_no": VALID, "image_token": "fail.jpg"}
    answer = http.post("/face/check", json=body).json()
    assert (answer["match"], answer["reason"]) == (False, "FACE_DIFFERS")


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("GET", "/healthz", b"", 200),
        ("GET", "/nothing", b"", 404),
        ("POST", "/healthz", b"", 404),
        ("POST", "/realname/check", b"{", 400),
        ("POST", "/realname/check", b"[]", 400),
        ("POST", "/realname/check", b"{}", 422),
        ("POST", "/sms/control", b'{"next": ["unknown"]}', 422),
        ("POST", "/bank/control", b'{"unknown": 1}', 422),
        ("POST", "/bank/pay", b'{"payment_code": "0", "transaction_id": "T"}', 404),
        ("POST", "/realname/check", b"x" * 1_000_001, 413),
        ("GET", "/bank/pay?code=0", b"", 404),
        ("GET", "/bank/statement?date=2026-11-23", b"", 401),
    ],
)
def test_odd_requests_get_plain_answers(http, method, path, content, status):
    assert http.request(method, path, content=content).status_code == status


def bill(http, body):
    content = json.dumps(body).encode()
    headers = {SIGNATURE_HEADER: sign(shared_key("bank"), content)}
    return http.post("/bank/bills", content=content, headers=headers)


@pytest.mark.parametrize("amount", ["0", "-1", "1.234", "x", "NaN", "", 5, None])
def test_the_bank_takes_only_sums_of_money(http, amount):
    answer = bill(http, {"bill_no": "B", "amount": amount, "callback_url": "http://127.0.0.1:1/"})
    assert (answer.status_code, answer.json()["code"]) == (422, "AMOUNT_WRONG")


def test_what_the_bank_knows_survives_a_restart(folder):
    body = {"bill_no": "B-1", "amount": "12.50", "callback_url": "http://127.0.0.1:1/x"}
    with running_sandbox(folder) as sandbox, client_of(sandbox) as client:
        first = bill(client, body).json()
    with running_sandbox(folder) as sandbox, client_of(sandbox) as client:
        again = bill(client, body).json()
        differs = bill(client, {**body, "amount": "12.51"})
        page = client.get("/bank/pay", params={"code": first["payment_code"]})
    assert again["payment_code"] == first["payment_code"]
    assert differs.status_code == 409
    assert "¥12.50" in page.text


def test_without_a_key_it_does_not_start_and_says_why(tmp_path):
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("YIWANG_SECRET_KEY", "YIWANG_SMS_KEY", "YIWANG_BANK_KEY")
    }
    done = subprocess.run(
        [sys.executable, "-m", "yiwang.project.sandbox"],
        env=environment
        | {"PYTHONPATH": os.pathsep.join(sys.path), "YIWANG_VAR": str(tmp_path)}
        | {"YIWANG_SANDBOX_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 1
    assert "YIWANG_SMS_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_stays_small(sandbox):
    status = Path(f"/proc/{sandbox.pid}/status").read_text()
    (resident,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    assert int(resident.split()[1]) < 40 * MEGABYTE_KB
