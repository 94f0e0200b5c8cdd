"""事件外发: from the outbox to the stream, for whoever listens outside of the platform.

Consumers inside never wait for this: it has its own thread, its own back-off and its own columns.
"""

import asyncio
import json
import logging
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import nats
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import StreamConfig
from nats.js.errors import NotFoundError

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events.dispatch import retry_delay
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.events.registry import pump

logger = logging.getLogger(__name__)

STREAM = "YIWANG"
SUBJECT_PREFIX = "yiwang."
BATCH = 100
ANSWER_SECONDS = 5.0
# The server drops a repeated message id within this window; longer than any back-off of ours.
DUPLICATE_WINDOW_S = 600.0

_Result = TypeVar("_Result")


def cloud_event(event: OutboxEvent) -> dict[str, Any]:
    """Return the event in the JSON form of CloudEvents 1.0."""
    return {
        "specversion": "1.0",
        "id": str(event.id),
        "source": settings.PUBLIC_URL,
        "type": event.type,
        "subject": event.subject,
        "time": event.time.isoformat(),
        "datacontenttype": "application/json",
        "data": event.data,
    }


@pump("events.publish", every_s=0.5, lane="nats")
def publish_pending() -> int:
    """Publish one batch to the stream named by ``settings.NATS_URL``; returns how many were stored.

    A message counts only when the server has acknowledged it; its id is the event's, so that a
    repetition is stored once. When the server cannot be reached all waits, without end.
    """
    if not settings.NATS_URL:
        return 0
    with transaction.atomic():
        at = now()
        rows = list(
            OutboxEvent.objects.select_for_update(skip_locked=True)
            .filter(awaits_publishing=True)
            .filter(Q(next_publish_at=None) | Q(next_publish_at__lte=at))
            .order_by("sequence")[:BATCH]
        )
        if not rows:
            return 0
        messages = [
            (SUBJECT_PREFIX + row.type, json.dumps(cloud_event(row)).encode(), str(row.id))
            for row in rows
        ]
        try:
            stored = _publisher.publish(settings.NATS_URL, messages)
        # The client's own errors, OSError and time-outs all mean: not stored, try later.
        except (OSError, TimeoutError, nats.errors.Error) as error:
            logger.warning("event_publish_failed", extra={"error": type(error).__name__})
            _put_off(rows)
            return 0
        kept = [row.sequence for row, is_stored in zip(rows, stored, strict=True) if is_stored]
        OutboxEvent.objects.filter(sequence__in=kept).update(
            awaits_publishing=False, next_publish_at=None
        )
        _put_off([row for row, is_stored in zip(rows, stored, strict=True) if not is_stored])
    return len(kept)


def close() -> None:
    """Close the connection to the server, if there is one."""
    _publisher.close()


def _put_off(rows: list[OutboxEvent]) -> None:
    for row in rows:
        row.publish_attempts = min(row.publish_attempts + 1, 1000)
        row.next_publish_at = now() + retry_delay(row.publish_attempts)
    OutboxEvent.objects.bulk_update(rows, ["publish_attempts", "next_publish_at"])


class _Publisher:
    """A NATS connection on an event loop in a thread of its own, opened at first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._client: Client | None = None
        self._stream: JetStreamContext | None = None
        self._url = ""

    def publish(self, url: str, messages: list[tuple[str, bytes, str]]) -> list[bool]:
        """Send all and wait; returns for each whether the server has stored it."""
        with self._lock:
            return self._run(asyncio.wait_for(self._publish(url, messages), 3 * ANSWER_SECONDS))

    def close(self) -> None:
        """Close the connection and end the thread."""
        with self._lock:
            if self._loop is None:
                return
            self._run(self._disconnect())
            self._loop.call_soon_threadsafe(self._loop.stop)
            if self._thread is not None:
                self._thread.join(ANSWER_SECONDS)
            self._loop = None

    def _run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=_serve, args=(self._loop,), name="nats", daemon=True
            )
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=6 * ANSWER_SECONDS)

    async def _publish(self, url: str, messages: list[tuple[str, bytes, str]]) -> list[bool]:
        stream = await self._connected(url)
        answers = await asyncio.gather(
            *(
                stream.publish(
                    subject, body, timeout=ANSWER_SECONDS, headers={"Nats-Msg-Id": event_id}
                )
                for subject, body, event_id in messages
            ),
            return_exceptions=True,
        )
        failures = [answer for answer in answers if isinstance(answer, BaseException)]
        if failures:
            logger.warning(
                "event_not_stored",
                extra={"count": len(failures), "error": type(failures[0]).__name__},
            )
            await self._disconnect()
        return [not isinstance(answer, BaseException) for answer in answers]

    async def _connected(self, url: str) -> JetStreamContext:
        if self._url != url or self._client is None or not self._client.is_connected:
            await self._disconnect()
            self._client = Client()
            # One try: the pump comes back, and by its own growing pauses.
            await self._client.connect(
                url,
                connect_timeout=int(ANSWER_SECONDS),
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                error_cb=_log_connection_error,
            )
            self._url = url
        if self._stream is None:
            stream = self._client.jetstream(timeout=ANSWER_SECONDS)
            await _ensure_stream(stream)
            self._stream = stream
        return self._stream

    async def _disconnect(self) -> None:
        client, self._client, self._stream = self._client, None, None
        if client is not None and client.is_connected:
            await client.close()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


async def _ensure_stream(stream: JetStreamContext) -> None:
    try:
        await stream.stream_info(STREAM)
    except NotFoundError:
        await stream.add_stream(
            StreamConfig(
                name=STREAM,
                subjects=[SUBJECT_PREFIX + ">"],
                duplicate_window=DUPLICATE_WINDOW_S,
            )
        )


async def _log_connection_error(error: Exception) -> None:
    logger.warning("nats_connection_error", extra={"error": type(error).__name__})


_publisher = _Publisher()
