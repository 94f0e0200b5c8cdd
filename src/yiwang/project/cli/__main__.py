"""``./yiwang``: reads the arguments and calls the command."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from yiwang.project.cli import console
from yiwang.project.engines.errors import EngineError
from yiwang.project.engines.installation import Installation

# Everything after these words belongs to the command that they are handed to.
HANDED_ON = ("manage", "pack", "seed", "bench", "screenshots", "process")


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="./yiwang",
        description="一网：一座城市的数字政府平台。Yiwang: digital government for a whole city.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    demo = add("demo", "启动演示城市 start the demonstration city; Ctrl-C stops it")
    demo.add_argument("--check", action="store_true", help="走一遍主要流程 walk the main journeys")
    demo.add_argument("--pack", metavar="KEY", help="只走这个场景 walk this pack's happy story")
    test = add("test", "全部检查与测试 run all checks and tests; more arguments go to pytest")
    test.add_argument("--fast", action="store_true", help="不运行浏览器测试 no browser tests")
    test.add_argument("--postgres", type=int, metavar="MAJOR", help="use the system's PostgreSQL")
    add("bench", "性能测试 run benches: ./yiwang bench [NAME] [--list]")
    add("up", "在后台启动 start in the background")
    add("serve", "在前台启动 start in the foreground")
    add("down", "停止 stop what up or demo started")
    status = add("status", "查看运行状态 show what runs")
    status.add_argument("--json", action="store_true")
    logs = add("logs", "查看日志 show logs")
    logs.add_argument("service", nargs="?")
    logs.add_argument("-f", "--follow", action="store_true")
    backup = add("backup", "备份到一个文件 write one archive: database, files, keys")
    backup.add_argument("file", nargs="?", type=Path)
    restore = add("restore", "从备份恢复 put an archive back")
    restore.add_argument("file", type=Path)
    restore.add_argument(
        "--replace", action="store_true", help="替换现有数据 replace what is there"
    )
    coverage = add("coverage", "规划覆盖情况 rows of the plan that are proved")
    coverage.add_argument("--json", action="store_true")
    add("pack", "场景包 packs: check, plan, apply, export, diff, fmt, test")
    add("process", "流程 process: export, import, picture, migrate")
    rules = add("rules", "规则 rules: tck DIR runs a compatibility kit, export FILE writes DMN")
    rules.add_argument("verb", choices=("tck", "export"))
    rules.add_argument("arguments", nargs="*")
    add("seed", "生成数据 make data: seed --scale city")
    add("screenshots", "重新拍摄 README 的界面图 take the pictures of the README again")
    add("manage", "Django 管理命令 run a management command")
    return top


def run(arguments: argparse.Namespace, rest: Sequence[str]) -> int:
    """Call the command; each imports only what it needs, so that small ones stay quick."""
    from yiwang.project.cli import (
        backup,
        checks,
        coverage,
        delegate,
        demo,
        stack,
    )

    installation = Installation.here()
    match arguments.command:
        case "demo" if arguments.check or arguments.pack:
            return demo.check(installation, arguments.pack)
        case "demo":
            return demo.run(installation)
        case "test":
            return checks.run(rest, fast=arguments.fast, postgres_major=arguments.postgres)
        case "bench":
            return delegate.bench(rest)
        case "up":
            return stack.up(installation)
        case "serve":
            return stack.serve(installation)
        case "down":
            return stack.down(installation)
        case "status":
            return stack.status(installation, as_json=arguments.json)
        case "logs":
            return stack.logs(installation, arguments.service, follow=arguments.follow)
        case "backup":
            return backup.backup(installation, arguments.file)
        case "restore":
            return backup.restore(installation, arguments.file, replace=arguments.replace)
        case "coverage":
            return coverage.run(as_json=arguments.json)
        case "screenshots":
            return demo.screenshots(installation, rest)
        case "rules":
            from yiwang.kernel.casework.rules import command

            return command.main([arguments.verb, *arguments.arguments])
        case "manage":
            return delegate.manage(installation, rest)
        case command:
            return delegate.manage(installation, [command, *rest], prepared=True)


def main(argv: Sequence[str]) -> int:
    """Run one command and return the exit code of the process."""
    words = list(argv)
    if words and words[0] in HANDED_ON:
        arguments, rest = argparse.Namespace(command=words[0]), words[1:]
    else:
        arguments, rest = parser().parse_known_args(words)
        if rest and arguments.command != "test":
            parser().error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return run(arguments, rest)
    except EngineError as error:
        console.complain(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
