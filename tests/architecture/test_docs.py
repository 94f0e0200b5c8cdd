"""文档: what the documents say of links, paths, commands, settings and permissions is so."""

import argparse
import ast
import re
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest
from django.apps import AppConfig, apps
from django.core.management import get_commands, load_command_class

from yiwang.kernel.base.access.facade import PERMISSIONS
from yiwang.kernel.packs.check import check_pack, known_names
from yiwang.project.cli.__main__ import HANDED_ON, parser

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
CODE_PATH = re.compile(r"`((?:src|docs|packs|tests/architecture|bench|\.ci)/[\w./-]+)`")
COMMAND = re.compile(r"\./yiwang\b([^`\n|；。，]*)")
VARIABLE = re.compile(r"YIWANG_[A-Z0-9_]*[A-Z0-9]|[A-Z][A-Z0-9]*_URL|CHROMIUM")
# The code puts these names together from the name of a port or of an outside system.
COMPOSED = {
    *(f"YIWANG_{port}_PORT" for port in ("POSTGRES", "NATS", "MQTT", "SANDBOX")),
    *(f"YIWANG_{name}_{part}" for name in ("BANK", "SMS", "REALNAME") for part in ("URL", "KEY")),
    "YIWANG_SMS2_KEY",
}
FEWEST_LINES = 8


@lru_cache(maxsize=1)
def documents() -> tuple[Path, ...]:
    """Return every Markdown file of the project, those not yet committed too."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists())


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(document: Path) -> set[str]:
    """Return the anchors that a page offers: its headings in lower case, with dashes."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    broken = []
    for target in (a or b for a, b in LINK.findall(text)):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        found = (document.parent / path).resolve() if path else document
        if not found.exists() or (anchor and anchor not in anchors(found)):
            broken.append(target)

    assert not broken


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_paths_that_are_named_exist(document: Path) -> None:
    named = set(CODE_PATH.findall(document.read_text(encoding="utf-8")))

    assert not {path for path in named if not (ROOT / path).exists()}


@lru_cache(maxsize=1)
def own_commands() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command that ``./yiwang`` itself reads."""
    (commands,) = (a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    return {name: one for name, one in commands.choices.items() if name not in HANDED_ON}


@lru_cache(maxsize=64)
def django_command(name: str) -> argparse.ArgumentParser:
    app = get_commands()[name]
    command = load_command_class(app.name if isinstance(app, AppConfig) else app, name)
    return command.create_parser("./yiwang", name)


def option_names(one: argparse.ArgumentParser) -> set[str]:
    return {option for action in one._actions for option in action.option_strings}


def fault_of(words: list[str]) -> str:
    """Return what is wrong with the words after ``./yiwang``, nothing when they are right."""
    command, *rest = words
    options = {word for word in rest if word.startswith("-")}
    if command in own_commands():
        unknown = options - option_names(own_commands()[command])
        # What ``test`` does not know goes to pytest.
        return "" if command == "test" or not unknown else f"{command} {unknown}"
    if command not in HANDED_ON:
        return command
    if command in ("bench", "screenshots"):
        return ""
    name, *rest = rest if command == "manage" else words
    if name.isupper():
        return ""
    if name not in get_commands():
        return name
    one = django_command(name)
    verbs = [a for a in one._actions if isinstance(a, argparse._SubParsersAction)]
    if verbs and rest:
        if rest[0] not in verbs[0].choices:
            return f"{name} {rest[0]}"
        one = verbs[0].choices[rest[0]]
    unknown = options - option_names(one)
    return f"{name} {unknown}" if unknown else ""


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_commands_that_are_named_exist(document: Path) -> None:
    faults = []
    for said in COMMAND.findall(document.read_text(encoding="utf-8")):
        words = re.findall(r"(?<![\w-])--?[a-z][\w-]*|\w[\w./-]*", re.split("  #|&&", said)[0])
        if said.startswith(" ") and words and (fault := fault_of(words)):
            faults.append(f"./yiwang{said}: {fault}")

    assert not faults


def test_a_command_that_does_not_exist_is_found() -> None:
    assert fault_of(["fly"]) == "fly"
    assert fault_of(["demo", "--fast"])
    assert fault_of(["pack", "paint"]) == "pack paint"
    assert fault_of(["manage", "no_such_command"]) == "no_such_command"
    assert not fault_of(["pack", "check", "yj.senior-card"])
    assert not fault_of(["status", "--json"])


def test_every_command_is_described() -> None:
    said = (REFERENCE / "command-line.md").read_text(encoding="utf-8")

    assert {name for name in own_commands() if f"`./yiwang {name}" not in said} == set()


@lru_cache(maxsize=1)
def variables_in_code() -> frozenset[str]:
    """Return the names of settings that stand in the code as texts of their own."""
    files = [ROOT / "yiwang", *(ROOT / "src").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]
    found: set[str] = set()
    for path in files:
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if VARIABLE.fullmatch(node.value) else set()
    return frozenset(found) - {"STATIC_URL", "LOGIN_URL"}


def test_every_setting_is_described_and_every_described_one_is_read() -> None:
    described = set(VARIABLE.findall((REFERENCE / "settings.md").read_text(encoding="utf-8")))

    assert variables_in_code() - described == set(), "describe these in docs/reference/settings.md"
    assert described - variables_in_code() - COMPOSED == set(), "nothing reads these"


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_settings_that_are_named_exist(document: Path) -> None:
    named = set(VARIABLE.findall(document.read_text(encoding="utf-8")))

    # ``YIWANG_SMS2_*`` stands for several.
    assert {name for name in named - COMPOSED if not is_read(name)} == set()


def is_read(name: str) -> bool:
    known = variables_in_code() | COMPOSED
    return name in known or any(one.startswith(f"{name}_") for one in known)


def test_the_pack_of_the_how_to_is_without_fault(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "howto" / "add-a-pack.md").read_text(encoding="utf-8")
    names = r"`(pack\.yaml|(?:items|forms|process|licences|stories)/\w+\.yaml)`"
    written = re.findall(names + r"(?:(?!```).)*?```yaml\n(.*?)```", text, re.DOTALL)
    folder = tmp_path / "yj.square-use"
    for name, content in written:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")

    assert len(written) == 8
    assert [str(finding) for finding in check_pack(folder, known_names())] == []


def test_every_permission_is_described() -> None:
    text = (REFERENCE / "permissions.md").read_text(encoding="utf-8")
    described = dict(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \| (\S+) \|", text, re.MULTILINE))

    assert described == {key: one.title_zh for key, one in PERMISSIONS.items()}


@pytest.mark.parametrize(
    "app", [one for one in apps.get_app_configs() if one.name.startswith("yiwang.")], ids=str
)
def test_every_app_says_what_it_owns(app: AppConfig) -> None:
    readme = Path(app.path) / "README.md"

    assert readme.exists()
    assert len(readme.read_text(encoding="utf-8").splitlines()) >= FEWEST_LINES
