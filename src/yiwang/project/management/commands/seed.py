"""``manage seed --scale city``: data of the size of the city (全市规模数据)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from yiwang.project.demo.city import seed_city
from yiwang.project.demo.seed import seed_demo

SCALES = ("demo", "city")


class Command(BaseCommand):
    """装入演示数据，或全市规模的数据."""

    help = "Load sample data; running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--scale",
            choices=SCALES,
            default="demo",
            help="demo: packs and sample people; city: also 23,579 items and 1,000 citizens",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["scale"] == "demo":
            self.stdout.write(f"示例账号 sample accounts: {len(seed_demo())}")
            return
        size = seed_city()
        self.stdout.write(f"事项 items: {size.items:,}，示例居民 citizens: {size.citizens:,}")
