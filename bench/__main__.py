"""``python -m bench [NAME ...] [--list] [--quick]``; ``./yiwang bench`` calls it."""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Run the named benches, or all; exit code 1 when one could not be measured."""
    parser = argparse.ArgumentParser(prog="./yiwang bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="show the benches and their figures")
    parser.add_argument("--quick", action="store_true", help="shorter runs, for a first look")
    chosen = parser.parse_args()
    if str(ROOT / "src") not in sys.path:
        sys.path.insert(0, str(ROOT / "src"))
    from bench.harness import catalogue

    if chosen.list:
        print(catalogue.listing())
        return 0
    try:
        benches = catalogue.find(chosen.names)
    except KeyError as error:
        parser.error(f"no bench {error}; --list shows what there is")
    if "DATABASE_URL" not in os.environ:
        from yiwang.project.cli import delegate

        # It starts a database of the benches' own and calls this module again.
        return delegate.bench(sys.argv[1:])
    from bench.harness.core import Harness

    with Harness(quick=chosen.quick) as harness:
        return harness.run_all(benches)


if __name__ == "__main__":
    sys.exit(main())
