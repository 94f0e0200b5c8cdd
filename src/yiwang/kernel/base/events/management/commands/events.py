"""``events``: see what waits and what is parked, and send a parked event again."""

import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.events import actions, selectors


class Command(BaseCommand):
    """Print the backlog; with ``--retry`` send parked events again."""

    help = "查看待分发和已搁置的事件；--retry 重新分发"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--retry", nargs="+", type=uuid.UUID, default=[], metavar="EVENT_ID")

    def handle(self, *args: Any, **options: Any) -> None:
        for event_id in options["retry"]:
            actions.retry_parked(actor=SYSTEM, event_id=event_id)
        backlog = selectors.backlog()
        self.stdout.write(
            f"待分发 {backlog.waiting}（最早 {backlog.oldest_waiting_s:.0f} 秒前），"
            f"已搁置 {backlog.parked}"
        )
        for event in selectors.list_parked():
            self.stdout.write(f"{event.id} {event.type} {event.subject}\n  {event.last_error}")
