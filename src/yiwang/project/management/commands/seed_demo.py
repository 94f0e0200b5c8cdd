"""``manage seed_demo``: the city and its sample people (演示数据)."""

from typing import Any

from django.core.management.base import BaseCommand

from yiwang.project.demo.seed import seed_demo


class Command(BaseCommand):
    """装入全市场景包和示例账号."""

    help = "Apply all packs and make sample accounts; running it again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = seed_demo()
        self.stdout.write(f"示例账号已就绪 sample accounts to try: {len(accounts)}")
