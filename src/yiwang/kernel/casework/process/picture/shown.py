"""呈现: the picture, and the list that says the same in words, in the language of the reader."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.staticfiles import finders
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from yiwang.kernel.base.organizations.models import Role
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.bpmn.wording import Wording
from yiwang.kernel.casework.process.picture.reading import (
    AHEAD,
    CANCELLED,
    PASSED,
    RESTING,
    Picture,
    Visit,
    read_picture,
)
from yiwang.kernel.casework.process.picture.svg import draw_svg
from yiwang.kernel.ui import formats

__all__ = ["Line", "Shown", "current_wording", "show_picture", "standalone_svg"]


@dataclass(frozen=True, slots=True)
class Line:
    """One stay in a step, in words."""

    title: str
    state: str
    state_word: str
    acts: tuple[str, ...]
    when: str


@dataclass(frozen=True, slots=True)
class Shown:
    """``ahead`` are the titles of steps that the case has not come to."""

    svg: SafeString
    lines: tuple[Line, ...]
    ahead: tuple[str, ...]


def current_wording() -> Wording:
    """Return the words of drawings in the language of the reader; one query for the roles."""
    english = formats.speaks_english()
    titles = Role.objects.values_list("key", "title_en" if english else "title")
    return Wording(dict(titles), english)


def show_picture(case: Case) -> Shown | None:
    """Return the picture of a case, or None where no process was started. Five queries."""
    wording = current_wording()
    picture = read_picture(case, wording)
    if picture is None:
        return None
    steps = picture.content["steps"]
    return Shown(
        # Every text in it is escaped where it is written.
        svg=mark_safe(draw_svg(picture, _words())),  # noqa: S308
        lines=tuple(_line(visit, wording) for visit in picture.visits),
        ahead=tuple(dict.fromkeys(wording.title(steps[key]) for key in picture.ahead)),
    )


def standalone_svg(picture: Picture) -> str:
    """Return the picture as a file of its own, with the colours of the light theme in it."""
    rules = _sheet("process/picture.css")
    tokens = dict(re.findall(r"(--[a-z0-9-]+):\s*([^;]+);", _sheet("ui/css/tokens.css")))
    used = dict.fromkeys(re.findall(r"var\((--[a-z0-9-]+)\)", rules))
    values = "".join(f"{name}:{tokens[name]};" for name in used)
    style = f"<style>svg{{{values}}}{_without_layers(rules)}</style>"
    head, _end, rest = draw_svg(picture, _words()).partition(">")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}>{style}{rest}\n'


def _sheet(name: str) -> str:
    path = finders.find(name)
    with open(str(path), encoding="utf-8") as file:
        return file.read()


def _without_layers(rules: str) -> str:
    """Return the rules about the picture itself: viewers of SVG know no layers."""
    kept = re.findall(r"^ *(\.process-picture [^{]+\{[^}]*\})", rules, flags=re.MULTILINE)
    return "".join(kept)


def _words() -> Mapping[str, str]:
    return {
        "title": _(
            "流程图：走过的步骤打勾，正在办理的步骤加圆点，虚线是没有到的步骤；下面的列表逐步说明"
        ),
        PASSED: _("已办"),
        RESTING: _("正在办理"),
        CANCELLED: _("已取消"),
        AHEAD: _("还没有到"),
    }


def _line(visit: Visit, wording: Wording) -> Line:
    title = visit.title_en if wording.english else visit.title_zh
    acts = tuple(
        f"{act_en if wording.english else act_zh} · {who} · {formats.moment(at)}"
        for act_zh, act_en, who, at in visit.acts
    )
    return Line(title, visit.state, _words()[visit.state], acts, formats.moment(visit.entered_at))
