"""``worker``: all background work of an installation in one process."""

import asyncio
import os
from typing import Any

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector

from yiwang.kernel.base.events import publishing
from yiwang.kernel.base.events.worker import PumpRunner

# Jobs are few and short; one connection works and the whole stack shares one small server.
JOBS_AT_ONCE = 2
MOST_CONNECTIONS = 3

# Somebody waits for each answer of the web processes, nobody for the last millisecond of these.
POLITENESS = 5


class Command(BaseCommand):
    """Run the job worker, the event dispatcher and every other pump until SIGTERM or SIGINT."""

    help = "运行后台任务、事件分发和对外发送，直到收到 SIGTERM 或 SIGINT"

    def handle(self, *args: Any, **options: Any) -> None:
        os.nice(POLITENESS)
        runner = PumpRunner()
        runner.start()
        try:
            asyncio.run(work_on_jobs())
        finally:
            runner.stop()
            publishing.close()


async def work_on_jobs(*, until_empty: bool = False) -> None:
    """Run the jobs of the queue; for good, or with ``until_empty`` until none is due.

    The worker has an app of its own. Tasks and consumers that defer further jobs use the one that
    Django made, and so write them in their own transaction.
    """
    connector = PsycopgConnector(
        kwargs=connector_params("default"), min_size=1, max_size=MOST_CONNECTIONS
    )
    async with app.with_connector(connector).open_async() as worker_app:
        await worker_app.run_worker_async(
            concurrency=JOBS_AT_ONCE, wait=not until_empty, delete_jobs="successful"
        )
