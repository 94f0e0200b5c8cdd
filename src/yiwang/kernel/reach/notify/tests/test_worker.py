"""Given the real worker process, when acts are committed, then people are told soon after."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from django.db import connection, transaction

from yiwang.kernel.base.events.facade import emit
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.http.testing import eventually
from yiwang.kernel.casework.ratings.tests.factories import make_case, make_party
from yiwang.kernel.reach.notify import facade as notify
from yiwang.kernel.reach.notify.models import Channel, Message
from yiwang.kernel.reach.notify.tests.factories import ACCEPTED, apply

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def running_worker(log, **variables):
    database = connection.settings_dict
    user, password = quote(database["USER"]), quote(database["PASSWORD"])
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "DATABASE_URL": f"postgresql://{user}:{password}@{database['HOST']}:{database['PORT']}"
        f"/{database['NAME']}",
        "NATS_URL": "",
        **variables,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "django", "worker"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_from_act_to_notice_in_a_second_and_a_half_and_a_clean_end(gateway, tmp_path, settings):
    apply(accepted={**ACCEPTED, "is_mandatory": True})
    case = make_case(make_party(phone="13800000021"))
    variables = {
        "YIWANG_SANDBOX_URL": settings.SANDBOX_URL,
        "YIWANG_PUBLIC_URL": settings.PUBLIC_URL,
    }
    log = tmp_path / "worker.log"

    with running_worker(log, **variables) as worker:
        emit("case.accepted", case.number, {"case": case.pk})
        eventually(lambda: Message.objects.exists() or worker.poll() is not None, within_s=60)
        for _ in range(20):
            with transaction.atomic():
                emit("case.accepted", case.number, {"case": case.pk})
            time.sleep(0.13)
        eventually(lambda: Message.objects.filter(channel=Channel.IN_APP).count() == 21)
        eventually(lambda: Message.objects.filter(status="DELIVERED").count() == 42, within_s=30)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0, log.read_text()

    events = {event.id: event.time for event in OutboxEvent.objects.order_by("sequence")[1:]}
    told = Message.objects.filter(channel=Channel.IN_APP)
    delays = sorted(
        (message.created_at - events[event_id]).total_seconds()
        for message in told
        for event_id in events
        if str(event_id) in message.client_id
    )
    assert len(delays) == 20
    assert delays[18] < 1.5, delays
    assert len(gateway.outbox("13800000021")) == 21


def test_the_worker_outlives_a_lost_database_connection(gateway, tmp_path, settings):
    party = make_party()
    apply(accepted=ACCEPTED)
    case = make_case(party)
    with running_worker(tmp_path / "worker.log", YIWANG_SANDBOX_URL=settings.SANDBOX_URL) as worker:
        emit("case.accepted", case.number, {"case": case.pk})
        eventually(
            lambda: notify.unread_count(party.pk) == 1 or worker.poll() is not None, within_s=60
        )
        assert worker.poll() is None
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.fetchone()[0] >= 1
        emit("case.accepted", case.number, {"case": case.pk})
        eventually(lambda: notify.unread_count(party.pk) == 2, within_s=20)
        assert worker.poll() is None
