"""绘图: the picture as SVG without scripts or styles of its own; classes take their colours from
the design tokens (``process/picture.css``). State is told by line and sign as well as by colour.
"""

from collections.abc import Mapping
from datetime import datetime

from yiwang.kernel.base.calendars import LOCAL_ZONE
from yiwang.kernel.casework.process.bpmn.diagram import GATEWAYS, TASKS, Flow, Node
from yiwang.kernel.casework.process.bpmn.layout import (
    LANE_HEAD,
    MARGIN,
    Box,
    Drawing,
    Point,
    lay_out,
)
from yiwang.kernel.casework.process.bpmn.xml import escape
from yiwang.kernel.casework.process.picture.reading import (
    AHEAD,
    CANCELLED,
    PASSED,
    RESTING,
    Picture,
    Visit,
)

# Columns of a line of text in a task, a Chinese character taking two.
TASK_COLUMNS = 20
WAY_COLUMNS = 26
BELOW_COLUMNS = 16

_SIGNS = {PASSED: "✓", RESTING: "●", CANCELLED: "×", AHEAD: ""}
_GATEWAY_SIGNS = {"exclusiveGateway": "✕", "parallelGateway": "＋", "inclusiveGateway": "○"}
# Outline of a node is shared by shapes; the head of an arrow is drawn at its end.
_ARROW = 7


def draw_svg(picture: Picture, words: Mapping[str, str]) -> str:
    """Return the SVG element. ``words`` holds its ``title``, and the names of the states."""
    drawing = lay_out(picture.diagram)
    width, height = drawing.pool.right + MARGIN, drawing.pool.bottom + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="process-picture" role="img" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'aria-label="{escape(words["title"])}">',
        *_lanes(picture, drawing),
    ]
    # Ways taken lie over those that were not.
    for flow in sorted(picture.diagram.flows, key=lambda flow: flow.id in picture.taken):
        parts += _way(flow, drawing.flows[flow.id], is_taken=flow.id in picture.taken)
    visits: dict[str, list[Visit]] = {}
    for visit in picture.visits:
        visits.setdefault(visit.step, []).append(visit)
    for node in picture.diagram.nodes:
        seen = visits.get(node.step, []) if node.id == node.step else []
        parts += _node(node, drawing.nodes[node.id], picture.states[node.id], seen, words)
    for flow in picture.diagram.flows:
        if flow.id in drawing.labels:
            parts.append(_way_name(flow.name, drawing.labels[flow.id]))
    return "".join([*parts, "</svg>"])


def _lanes(picture: Picture, drawing: Drawing) -> list[str]:
    parts = []
    pool = drawing.pool
    for lane in picture.diagram.lanes:
        box = drawing.lanes[lane.key]
        x, y = box.x + LANE_HEAD // 2, box.middle[1]
        parts.append(_rect("lane", box))
        parts.append(_upright("lane-name", x, y, escape(_cut(lane.name, box.height // 7))))
    x, y = pool.x + LANE_HEAD // 2, pool.middle[1]
    title = escape(_cut(picture.diagram.title, pool.height // 7))
    parts.append(_rect("pool", pool))
    parts.append(_upright("pool-name", x, y, title))
    return parts


def _upright(kind: str, x: int, y: int, text: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" transform="rotate(-90 {x} {y})">{text}</text>'


def _way(flow: Flow, points: tuple[Point, ...], *, is_taken: bool) -> list[str]:
    kind = "way way-taken" if is_taken else "way"
    line = " ".join(f"{x},{y}" for x, y in points)
    x, y = points[-1]
    # Every way comes to its target from the left.
    head = f"{x},{y} {x - _ARROW},{y - 4} {x - _ARROW},{y + 4}"
    return [
        f'<polyline class="{kind}" points="{line}"/>',
        f'<polygon class="{kind}-head" points="{head}"/>',
    ]


def _way_name(name: str, box: Box) -> str:
    return (
        f'<text class="way-name" x="{box.x}" y="{box.bottom - 3}"><title>{escape(name)}</title>'
        f"{escape(_cut(name, WAY_COLUMNS))}</text>"
    )


def _node(
    node: Node, box: Box, state: str, visits: list[Visit], words: Mapping[str, str]
) -> list[str]:
    name = node.name
    parts = [
        f'<g class="node node-{state}">',
        f"<title>{escape(_title(name, state, words))}</title>",
    ]
    x, y = box.middle
    if node.element in TASKS:
        parts.append(_rect("shape", box, radius=6))
        lines = _lines(name, TASK_COLUMNS, 2)
        last = _last(visits)
        first = y - 8 * (len(lines) - 1) - (6 if last else 0) + 4
        for number, line in enumerate(lines):
            parts.append(
                f'<text class="name" x="{x}" y="{first + 16 * number}">{escape(line)}</text>'
            )
        if last:
            below = first + 16 * (len(lines) - 1) + 15
            parts.append(f'<text class="who" x="{x}" y="{below}">{escape(last)}</text>')
    elif node.element in GATEWAYS:
        corners = f"{x},{box.y} {box.right},{y} {x},{box.bottom} {box.x},{y}"
        parts.append(f'<polygon class="shape" points="{corners}"/>')
        sign = _GATEWAY_SIGNS[node.element]
        parts.append(f'<text class="kind" x="{x}" y="{y + 6}">{sign}</text>')
        parts += _below(name, box)
    else:
        radius = box.width // 2
        kind = "shape shape-end" if node.element == "endEvent" else "shape"
        parts.append(f'<circle class="{kind}" cx="{x}" cy="{y}" r="{radius}"/>')
        if node.host or node.element == "intermediateCatchEvent":
            parts.append(f'<circle class="inner" cx="{x}" cy="{y}" r="{radius - 4}"/>')
            parts.append(f'<path class="hand" d="M{x} {y - 8}V{y}H{x + 6}"/>')
        parts += _beside(name, box) if node.host else _below(name, box)
    if _SIGNS[state] and node.step and not node.host:
        parts.append(
            f'<circle class="sign" cx="{box.right - 4}" cy="{box.y + 4}" r="9"/>'
            f'<text class="sign-mark" x="{box.right - 4}" y="{box.y + 8}">{_SIGNS[state]}</text>'
        )
    parts.append("</g>")
    return parts


def _title(name: str, state: str, words: Mapping[str, str]) -> str:
    return f"{name} {words[state]}".strip()


def _last(visits: list[Visit]) -> str:
    """Return who acted last in a step and when; when it came there where nobody did yet."""
    if not visits:
        return ""
    visit = visits[-1]
    times = f" ×{len(visits)}" if len(visits) > 1 else ""
    if visit.acts:
        _, _, who, at = visit.acts[-1]
        return f"{_cut(who, 8)} {_day(at)}{times}"
    return f"{_day(visit.entered_at)}{times}"


def _day(at: datetime) -> str:
    return f"{at.astimezone(LOCAL_ZONE):%m-%d %H:%M}"


def _below(name: str, box: Box) -> list[str]:
    return [
        f'<text class="name-below" x="{box.middle[0]}" y="{box.bottom + 13 + 13 * number}">'
        f"{escape(line)}</text>"
        for number, line in enumerate(_lines(name, BELOW_COLUMNS, 2))
    ]


def _beside(name: str, box: Box) -> list[str]:
    at = f'x="{box.x - 2}" y="{box.bottom + 2}"'
    return [f'<text class="timer-name" {at}>{escape(_cut(name, BELOW_COLUMNS))}</text>']


def _rect(kind: str, box: Box, radius: int = 0) -> str:
    corner = f' rx="{radius}"' if radius else ""
    return (
        f'<rect class="{kind}" x="{box.x}" y="{box.y}" width="{box.width}" '
        f'height="{box.height}"{corner}/>'
    )


def _columns(text: str) -> int:
    return sum(2 if sign > "\u2e7f" else 1 for sign in text)


def _cut(text: str, columns: int) -> str:
    """Return the text, cut to so many columns with an ellipsis."""
    if _columns(text) <= columns:
        return text
    kept = ""
    for sign in text:
        if _columns(kept + sign) > columns - 2:
            break
        kept += sign
    return kept + "…"


def _lines(text: str, columns: int, most: int) -> list[str]:
    """Return the text in lines, English broken between words where it can be."""
    lines = [""]
    for word in _words(text):
        if _columns(lines[-1] + word.rstrip()) > columns and lines[-1]:
            lines.append("")
        lines[-1] += word if lines[-1] else word.lstrip()
    lines = [line.strip() for line in lines if line.strip()]
    if len(lines) > most:
        lines = [*lines[: most - 1], _cut("".join(lines[most - 1 :]), columns)]
    return [_cut(line, columns) for line in lines]


def _words(text: str) -> list[str]:
    """Return what a line may be broken between: Chinese characters, and words with their blank."""
    words = [""]
    for sign in text:
        if sign > "\u2e7f":
            words += [sign, ""]
        elif sign.isspace():
            words[-1] += " "
            words.append("")
        else:
            words[-1] += sign
    return [word for word in words if word]
