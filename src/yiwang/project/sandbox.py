"""沙箱: one small process that stands in for the world outside: SMS, bank, real-name service.

Run as ``python -m yiwang.project.sandbox``; it listens on loopback at ``YIWANG_SANDBOX_PORT`` and
keeps what the bank knows under ``YIWANG_VAR``. It holds no Django and no platform data.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from urllib.parse import parse_qsl, urlsplit

from yiwang.kernel.base.http.sandboxing import (
    Answer,
    Call,
    Courier,
    Handler,
    Refusal,
    SandboxConfigurationError,
    shared_key,
)
from yiwang.kernel.reach.notify.sandbox import SmsPart
from yiwang.kernel.registers.payments.sandbox import BankPart
from yiwang.project.sandboxes.realname import RealNamePart

logger = logging.getLogger(__name__)

MOST_BODY_BYTES = 1_000_000


class Sandbox(ThreadingHTTPServer):
    """The server, with the routes of all parts."""

    daemon_threads = True

    def __init__(self, port: int, folder: Path) -> None:
        courier = Courier()
        base_url = f"http://127.0.0.1:{port}"
        self.routes: dict[str, Handler] = {
            "GET /healthz": _healthz,
            "GET /callbacks": lambda call: Answer.of({"waiting": courier.waiting()}),
        }
        for part in (
            SmsPart(courier, shared_key("sms")),
            BankPart(courier, shared_key("bank"), base_url, folder / "bank.sqlite"),
            RealNamePart(folder.parent / "run" / "sandbox-population.json"),
        ):
            self.routes.update(part.routes)
        super().__init__(("127.0.0.1", port), RequestHandler)


class RequestHandler(BaseHTTPRequestHandler):
    """Reads one request, finds its route, writes the answer."""

    server: Sandbox
    server_version = "yiwang-sandbox"
    protocol_version = "HTTP/1.1"
    timeout = 60
    # Head and body are written apart; on a kept connection the body would wait for an answer.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MOST_BODY_BYTES:
            self.close_connection = True
            self._write(Answer.of({"code": "TOO_LARGE"}, 413))
            return
        call = Call(
            method=self.command,
            path=parts.path,
            target=self.path,
            query=dict(parse_qsl(parts.query)),
            headers=_Headers(self.headers.items()),
            body=self.rfile.read(int(length)),
        )
        handler = self.server.routes.get(f"{call.method} {call.path}")
        try:
            answer = handler(call) if handler else Answer.of({"code": "NOT_FOUND"}, 404)
        except Refusal as refusal:
            answer = Answer.of({"code": refusal.code}, refusal.status)
        self._write(answer)

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        if answer.location:
            self.send_header("Location", answer.location)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        logger.info("%s %s", self.command, urlsplit(self.path).path)


class _Headers(Mapping[str, str]):
    """Header look-up that ignores case."""

    def __init__(self, items: list[tuple[str, str]]) -> None:
        self._values = {name.lower(): value for name, value in items}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _healthz(call: Call) -> Answer:
    return Answer.of({"status": "ok"})


def main() -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    folder = Path(os.environ.get("YIWANG_VAR", "var"), "sandbox")
    folder.mkdir(parents=True, exist_ok=True)
    port = int(os.environ.get("YIWANG_SANDBOX_PORT", "8090"))
    try:
        server = Sandbox(port, folder)
    except (OSError, SandboxConfigurationError) as error:
        sys.stderr.write(f"沙箱无法启动 / The sandbox cannot start: {error}\n")
        return 1

    def stop(number: int, frame: FrameType | None) -> None:
        # shutdown() waits for the loop that this very thread runs.
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
