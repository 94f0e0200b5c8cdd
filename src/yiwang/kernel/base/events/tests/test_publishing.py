"""Given a real NATS server, when events leave, then the stream holds each once."""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import nats
import pytest

from yiwang.kernel.base.calendars import freeze, now
from yiwang.kernel.base.events import dispatch, publishing, registry
from yiwang.kernel.base.events.facade import emit
from yiwang.kernel.base.events.models import OutboxEvent


class Server:
    """A NATS server with JetStream that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"nats://127.0.0.1:{self.port}"
        self.process = None

    def start(self) -> None:
        bundled = Path(sys.executable).with_name("nats-server")
        program = str(bundled) if bundled.exists() else shutil.which("nats-server")
        self.process = subprocess.Popen(
            [program, "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(self.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(100):
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("NATS did not start")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def stored(self) -> list:
        async def read():
            client = await nats.connect(self.url)
            stream = client.jetstream()
            count = (await stream.stream_info("YIWANG")).state.messages
            messages = [await stream.get_msg("YIWANG", sequence + 1) for sequence in range(count)]
            await client.close()
            return messages

        return asyncio.run(read())


@pytest.fixture
def server(tmp_path, settings):
    server = Server(tmp_path)
    server.start()
    settings.NATS_URL = server.url
    yield server
    publishing.close()
    server.stop()


@pytest.mark.django_db(transaction=True)
def test_events_are_stored_in_the_stream_as_cloud_events(server):
    event_id = emit("case.accepted", "YJ-1", {"case_id": 7})
    emit("payment.paid", "FS-1", {})
    dispatch.dispatch_batch(10)

    assert publishing.publish_pending() == 2

    first, second = server.stored()
    event = json.loads(first.data)
    assert first.subject == "yiwang.case.accepted"
    assert second.subject == "yiwang.payment.paid"
    assert event["specversion"] == "1.0"
    assert event["id"] == str(event_id)
    assert (event["type"], event["subject"]) == ("case.accepted", "YJ-1")
    assert event["data"] == {"case_id": 7}
    assert publishing.publish_pending() == 0


@pytest.mark.django_db(transaction=True)
def test_a_repeated_publication_is_stored_once(server):
    emit("case.accepted", "YJ-1", {})
    dispatch.dispatch_batch(10)
    publishing.publish_pending()

    # As after a crash between the server's answer and our commit.
    OutboxEvent.objects.update(awaits_publishing=True)
    assert publishing.publish_pending() == 1

    assert len(server.stored()) == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_server_consumers_go_on_and_events_wait(server):
    seen = []
    registry.consumer("t.goes_on", ["case.accepted"])(seen.append)
    server.stop()
    try:
        emit("case.accepted", "YJ-1", {})
        assert dispatch.dispatch_batch(10) == 1
        assert publishing.publish_pending() == 0
        assert len(seen) == 1
        row = OutboxEvent.objects.get()
        assert row.awaits_publishing
        assert row.publish_attempts == 1
        assert row.next_publish_at > row.time

        server.start()
        with freeze(now() + timedelta(minutes=1)):
            assert publishing.publish_pending() == 1
        assert len(server.stored()) == 1
    finally:
        registry.forget("t.goes_on")


@pytest.mark.django_db(transaction=True)
def test_without_an_address_nothing_waits_to_be_published(settings):
    settings.NATS_URL = ""
    emit("case.accepted", "YJ-1", {})
    dispatch.dispatch_batch(10)

    assert publishing.publish_pending() == 0
    assert not OutboxEvent.objects.filter(awaits_publishing=True).exists()
