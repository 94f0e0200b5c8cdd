"""排版: places for the nodes, flows and lanes of a diagram, left to right; orthogonal ways.

The page is a grid. Nodes stand in cells; between the columns run channels, between the rows run
gutters, and no node ever stands in either. A way leaves its node to the right into the channel
beside it, runs along one gutter, and comes to its target through the channel on its left. So no way
can cross a node that is not its own, whatever the process. Pixels, y downwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from yiwang.kernel.casework.process.bpmn.diagram import (
    EVENT_SIZE,
    GATEWAYS,
    TASKS,
    Diagram,
    Flow,
    Node,
)

Point = tuple[int, int]
K = TypeVar("K")

MARGIN = 20
LANE_HEAD = 30
CHANNEL_PAD = 16
TRACK = 12
PORT = 16
ROW_GAP = 20
# Room for the name of a way beside the node that it leaves; what is longer goes onto two lines.
MOST_LABEL = 176
SIGN = 12
TIMER_STEP = 44
EVENT_HALF = EVENT_SIZE[0] // 2
LABEL_HEIGHT = 14


@dataclass(frozen=True, slots=True)
class Box:
    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def middle(self) -> Point:
        return self.x + self.width // 2, self.y + self.height // 2


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where everything is. ``flows`` are corners from source to target; ``lanes`` fill ``pool``."""

    pool: Box
    lanes: Mapping[str, Box]
    nodes: Mapping[str, Box]
    flows: Mapping[str, tuple[Point, ...]]
    labels: Mapping[str, Box]


@dataclass(slots=True)
class _Cell:
    """A node in its cell. Ports are counted from its middle: negative above, positive below."""

    node: Node
    column: int = 0
    row: int = 0
    timers: list[Node] = field(default_factory=list)
    ups: dict[str, int] = field(default_factory=lambda: {"in": 0, "out": 0})
    downs: dict[str, int] = field(default_factory=lambda: {"in": 0, "out": 0})
    straight: set[str] = field(default_factory=set)
    y: int = 0

    @property
    def height(self) -> int:
        ports = max(self.ups.values()), max(self.downs.values())
        least = self.node.size[1]
        return max(least, 2 * PORT * max(ports) + PORT) if self.node.element in TASKS else least

    @property
    def width(self) -> int:
        return max(self.node.size[0], TIMER_STEP * len(self.timers) + 20 if self.timers else 0)


@dataclass(slots=True)
class _Way:
    """A flow on its way: the gutter it runs in (None: none), and its ports at both ends."""

    flow: Flow
    source: _Cell
    target: _Cell
    timer: int = -1
    gutter: int | None = None
    out: int = 0
    into: int = 0

    @property
    def channels(self) -> tuple[int, int]:
        """Return the channels where it turns; channel c lies to the right of column c - 1."""
        return self.source.column + 1, self.target.column


def lay_out(diagram: Diagram) -> Drawing:
    """Return the places of everything in the diagram. The same diagram has the same drawing."""
    cells = _cells(diagram)
    ways = _ways(diagram, cells)
    _columns(cells, ways)
    rows = _rows(diagram, cells, ways)
    _routes(cells, ways, rows)
    return _Measure(diagram, cells, ways, rows).drawing()


def _cells(diagram: Diagram) -> dict[str, _Cell]:
    cells = {node.id: _Cell(node) for node in diagram.nodes if not node.host}
    for node in diagram.nodes:
        if node.host:
            cells[node.host].timers.append(node)
    return cells


def _ways(diagram: Diagram, cells: Mapping[str, _Cell]) -> list[_Way]:
    timers = {node.id: (cell, n) for cell in cells.values() for n, node in enumerate(cell.timers)}
    ways = []
    for flow in diagram.flows:
        source, timer = timers.get(flow.source) or (cells[flow.source], -1)
        ways.append(_Way(flow, source, cells[flow.target], timer))
    return ways


def _columns(cells: Mapping[str, _Cell], ways: Sequence[_Way]) -> None:
    """Give each node the column after the last of those before it, ways back left aside.

    A way is one back when it closes a circle and leads to a node that was written earlier: people
    write a process in the order in which it runs.
    """
    following: dict[str, list[str]] = {key: [] for key in cells}
    for way in ways:
        following[way.source.node.id].append(way.target.node.id)
    circle = _circles(following)
    written = {key: number for number, key in enumerate(cells)}
    onward = {
        key: [
            target
            for target in targets
            if circle[key] != circle[target] or written[target] > written[key]
        ]
        for key, targets in following.items()
    }
    for key in _depth_first(onward, cells):
        for target in onward[key]:
            cells[target].column = max(cells[target].column, cells[key].column + 1)


def _circles(following: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return for each node a name that it shares with all from which it comes back to itself."""
    backwards: dict[str, list[str]] = {key: [] for key in following}
    for key, targets in following.items():
        for target in targets:
            backwards[target].append(key)
    names: dict[str, str] = {}
    for root in _depth_first(following, following):
        waiting = [root]
        while waiting:
            key = waiting.pop()
            if key not in names:
                names[key] = root
                waiting += backwards[key]
    return names


def _depth_first(following: Mapping[str, Sequence[str]], roots: Iterable[str]) -> list[str]:
    """Return the nodes so that all that a node leads to come after it, circles left aside."""
    order: list[str] = []
    seen: set[str] = set()
    for root in roots:
        if root in seen:
            continue
        seen.add(root)
        stack = [(root, iter(following[root]))]
        while stack:
            key, ahead = stack[-1]
            target = next((one for one in ahead if one not in seen), None)
            if target is None:
                order.append(key)
                stack.pop()
            else:
                seen.add(target)
                stack.append((target, iter(following[target])))
    order.reverse()
    return order


@dataclass(slots=True)
class _Rows:
    """Rows by number, and for each lane its first row and how many. Gutter g lies above row g.

    Each lane has a row of gutter more than rows, so a gutter belongs to one lane.
    """

    lanes: dict[str, tuple[int, int]]
    taken: set[tuple[int, int]]
    above: dict[int, int]
    below: dict[int, int]
    gutters: int


def _rows(diagram: Diagram, cells: Mapping[str, _Cell], ways: Sequence[_Way]) -> _Rows:
    """Put each node into a row of its lane, beside the node before it where there is room."""
    before: dict[str, list[_Cell]] = {key: [] for key in cells}
    for way in ways:
        if way.source.column < way.target.column:
            before[way.target.node.id].append(way.source)
    local: dict[str, set[tuple[int, int]]] = {lane.key: set() for lane in diagram.lanes}
    depth = dict.fromkeys(local, 0)
    for cell in sorted(cells.values(), key=lambda cell: cell.column):
        taken = local[cell.node.lane]
        near = [one.row for one in before[cell.node.id] if one.node.lane == cell.node.lane]
        wanted = near[0] if near else 0
        row = next(
            row
            for row in _outwards(wanted, depth[cell.node.lane])
            if (cell.column, row) not in taken
        )
        taken.add((cell.column, row))
        cell.row = row
        depth[cell.node.lane] = max(depth[cell.node.lane], row + 1)
    first = gutter = 0
    rows = _Rows({}, set(), {}, {}, 0)
    for lane in diagram.lanes:
        rows.lanes[lane.key] = (first, depth[lane.key])
        for row in range(first, first + depth[lane.key]):
            rows.above[row], rows.below[row] = gutter, gutter + 1
            gutter += 1
        gutter += 1
        first += depth[lane.key]
    rows.gutters = gutter
    for cell in cells.values():
        cell.row += rows.lanes[cell.node.lane][0]
        rows.taken.add((cell.column, cell.row))
    return rows


def _outwards(wanted: int, depth: int) -> Iterable[int]:
    """Yield the wanted row, then those ever farther from it; the first new one ends the list."""
    yield wanted
    for distance in range(1, depth + 1):
        yield wanted + distance
        if wanted >= distance:
            yield wanted - distance
    yield depth


def _routes(cells: Mapping[str, _Cell], ways: Sequence[_Way], rows: _Rows) -> None:
    """Choose for each way whether it runs straight, turns once, or takes a gutter; then ports."""
    for way in ways:
        source, target = way.source, way.target
        gap = target.column - source.column
        is_free = way.timer < 0 and (
            gap == 1
            or (
                gap > 1
                and source.row == target.row
                and not any(
                    (column, source.row) in rows.taken
                    for column in range(source.column + 1, target.column)
                )
            )
        )
        if is_free:
            side = (target.row > source.row) - (target.row < source.row)
            way.out, way.into = side, -side
        elif way.timer >= 0:
            # A timer hangs below its step.
            way.gutter = None if gap == 1 else rows.below[source.row]
            way.into = -1 if target.row > source.row else 1
        elif gap > 1 and target.row <= source.row:
            way.gutter = (
                rows.below[target.row] if target.row < source.row else rows.above[target.row]
            )
            way.out, way.into = -1, 1 if target.row < source.row else -1
        else:
            # Onward and down, or back: under the higher of the two, above the lower.
            way.gutter = (
                rows.above[target.row] if target.row > source.row else rows.below[target.row]
            )
            down = target.row >= source.row
            way.out, way.into = (1, -1 if target.row > source.row else 1) if down else (-1, 1)
    _number(cells, ways)


def _number(cells: Mapping[str, _Cell], ways: Sequence[_Way]) -> None:
    """Turn the sides of the ways into ports: the nearest to the middle is 1, none is shared."""

    def farness(way: _Way) -> tuple[int, int]:
        return abs(way.source.row - way.target.row), abs(way.source.column - way.target.column)

    for way in sorted(ways, key=farness):
        if way.timer < 0:
            way.out = _port(way.source, "out", way.out)
        way.into = _port(way.target, "in", way.into)


def _port(cell: _Cell, end: str, side: int) -> int:
    if side == 0:
        if end not in cell.straight:
            cell.straight.add(end)
            return 0
        side = 1
    counts = cell.ups if side < 0 else cell.downs
    counts[end] += 1
    return side * counts[end]


class _Measure:
    """Turns the grid into pixels: tracks in gutters and channels first, then sizes, then places."""

    def __init__(
        self, diagram: Diagram, cells: Mapping[str, _Cell], ways: Sequence[_Way], rows: _Rows
    ) -> None:
        self.diagram = diagram
        self.cells = cells
        self.ways = ways
        self.rows = rows
        self.columns = 1 + max(cell.column for cell in cells.values())
        self.gutter_track, gutter_sizes = self._gutter_tracks()
        self._place_rows(gutter_sizes)
        self.turns = {way.flow.id: self._turns(way) for way in ways}
        self.channel_track, channel_sizes = self._channel_tracks()
        self._place_columns(channel_sizes)

    def drawing(self) -> Drawing:
        nodes: dict[str, Box] = {}
        for cell in self.cells.values():
            x = self.column_x[cell.column] + (self.column_width[cell.column] - cell.width) // 2
            nodes[cell.node.id] = host = Box(x, cell.y, cell.width, cell.height)
            for number, timer in enumerate(cell.timers):
                width, height = timer.size
                left = host.x + 10 + TIMER_STEP * number
                nodes[timer.id] = Box(left, host.bottom - height // 2, width, height)
        flows = {way.flow.id: self._corners(way, nodes) for way in self.ways}
        left = MARGIN + LANE_HEAD
        width = self.right - left
        lanes = {
            key: Box(left, top, width, bottom - top) for key, (top, bottom) in self.lane_y.items()
        }
        pool = Box(MARGIN, MARGIN, self.right - MARGIN, self.bottom - MARGIN)
        ordered = {node.id: nodes[node.id] for node in self.diagram.nodes}
        labels = {way.flow.id: self._label(way, nodes) for way in self.ways if way.flow.name}
        return Drawing(pool, lanes, ordered, flows, labels)

    # rows and gutters

    def _gutter_tracks(self) -> tuple[dict[str, int], list[int]]:
        spans: dict[int, list[tuple[str, int, int]]] = {}
        for way in self.ways:
            if way.gutter is not None:
                first, last = sorted(way.channels)
                spans.setdefault(way.gutter, []).append((way.flow.id, first, last))
        tracks: dict[str, int] = {}
        sizes = [0] * self.rows.gutters
        for gutter, listed in spans.items():
            # Short ways inside, long ones around them.
            listed.sort(key=lambda span: (span[2] - span[1], span[1]))
            sizes[gutter] = _share(listed, tracks)
        return tracks, sizes

    def _place_rows(self, sizes: Sequence[int]) -> None:
        heights: dict[int, int] = {}
        for cell in self.cells.values():
            hanging = 2 * (self._hang(cell)) if cell.timers else 0
            heights[cell.row] = max(heights.get(cell.row, 0), cell.height + hanging)
        self.gutter_y: dict[int, int] = {}
        self.lane_y: dict[str, tuple[int, int]] = {}
        middles: dict[int, int] = {}
        y = MARGIN
        gutter = 0
        for lane in self.diagram.lanes:
            top = y
            first, count = self.rows.lanes[lane.key]
            for row in [*range(first, first + count), None]:
                self.gutter_y[gutter] = y + ROW_GAP
                y += 2 * ROW_GAP + TRACK * max(0, sizes[gutter] - 1)
                gutter += 1
                if row is not None:
                    middles[row] = y + heights[row] // 2
                    y += heights[row]
            self.lane_y[lane.key] = (top, y)
        self.bottom = y
        for cell in self.cells.values():
            cell.y = middles[cell.row] - cell.height // 2

    def _hang(self, cell: _Cell) -> int:
        """Return how far below its step the lowest way of its timers runs."""
        return EVENT_HALF + PORT // 2 + TRACK * len(cell.timers)

    # channels and columns

    def _turns(self, way: _Way) -> list[tuple[int, int, int]]:
        """Return the upright parts of a way: channel, from y, to y. None where it runs straight."""
        start = self._start_y(way)
        end = self._port_y(way.target, way.into)
        first, last = way.channels
        if way.gutter is None:
            return [(first, start, end)] if start != end else []
        middle = self._track_y(way)
        return [(first, start, middle), (last, middle, end)]

    def _start_y(self, way: _Way) -> int:
        if way.timer < 0:
            return self._port_y(way.source, way.out)
        # The rightmost timer runs highest, so that none of their ways cross.
        depth = len(way.source.timers) - way.timer
        bottom = way.source.y + way.source.height
        return bottom + EVENT_HALF + PORT // 2 + TRACK * (depth - 1)

    def _track_y(self, way: _Way) -> int:
        return self.gutter_y[way.gutter or 0] + TRACK * self.gutter_track[way.flow.id]

    def _port_y(self, cell: _Cell, port: int) -> int:
        middle = cell.y + cell.height // 2
        if cell.node.element in TASKS:
            return middle + PORT * port
        # A gateway or an event is small: its ports move together.
        most = max(*cell.ups.values(), *cell.downs.values(), 1)
        reach = cell.height // 2 - 8
        return middle + round(port * min(PORT, reach / most))

    def _channel_tracks(self) -> tuple[dict[tuple[str, int], int], list[int]]:
        spans: dict[int, list[tuple[str, int, int, int]]] = {}
        for key, turns in self.turns.items():
            for number, (channel, start, end) in enumerate(turns):
                spans.setdefault(channel, []).append((key, number, start, end))
        tracks: dict[tuple[str, int], int] = {}
        sizes = [0] * (self.columns + 1)
        for channel, listed in spans.items():
            # Those that go down turn the sooner the lower they start, those that go up the reverse.
            listed.sort(key=lambda turn: (-turn[2] if turn[3] > turn[2] else turn[2], turn[0]))
            shared = [((key, n), min(a, b), max(a, b)) for key, n, a, b in listed]
            sizes[channel] = _share(shared, tracks)
        return tracks, sizes

    def _place_columns(self, sizes: Sequence[int]) -> None:
        widths = [0] * self.columns
        labels = [0] * (self.columns + 1)
        for cell in self.cells.values():
            widths[cell.column] = max(widths[cell.column], cell.width)
        for way in self.ways:
            if way.flow.name and way.timer < 0:
                channel = way.channels[0]
                labels[channel] = max(labels[channel], _label_width(way))
        self.column_width = widths
        self.column_x: list[int] = []
        self.channel_x: list[int] = []
        x = MARGIN + 2 * LANE_HEAD
        for channel in range(self.columns + 1):
            x += CHANNEL_PAD + labels[channel]
            self.channel_x.append(x)
            x += TRACK * max(0, sizes[channel] - 1) + CHANNEL_PAD
            if channel < self.columns:
                self.column_x.append(x)
                x += widths[channel]
        self.right = x

    # ways

    def _label(self, way: _Way, nodes: Mapping[str, Box]) -> Box:
        """Return where the name of a way stands: on it, right after the node that it leaves."""
        source = nodes[way.flow.source]
        # The ports of a gateway are too near to each other for the names of its ways.
        y = source.middle[1] + PORT * way.out
        return Box(source.right + 14, y - LABEL_HEIGHT, _label_width(way), LABEL_HEIGHT)

    def _corners(self, way: _Way, nodes: Mapping[str, Box]) -> tuple[Point, ...]:
        start, end = self._start_y(way), self._port_y(way.target, way.into)
        source, target = nodes[way.flow.source], nodes[way.flow.target]
        if way.timer >= 0:
            middle = source.middle[0]
            points = [(middle, source.bottom), (middle, start)]
        else:
            points = [(_edge_x(source, way.source.node, start, 1), start)]
        for number, (channel, before, after) in enumerate(self.turns[way.flow.id]):
            track = self.channel_track[way.flow.id, number]
            x = self.channel_x[channel] + TRACK * track
            points += [(x, before), (x, after)]
        points.append((_edge_x(target, way.target.node, end, -1), end))
        return _without_repeats(points)


def _edge_x(box: Box, node: Node, y: int, side: int) -> int:
    """Return where a level line at ``y`` meets the outline of the node, on its right or left."""
    middle_x, middle_y = box.middle
    half_width, half_height = box.width / 2, box.height / 2
    away = abs(y - middle_y)
    if node.element in GATEWAYS:
        reach = half_width * (1 - away / half_height)
    elif node.element in TASKS:
        reach = half_width
    else:
        reach = max(half_width**2 - away**2, 0) ** 0.5
    return middle_x + side * round(reach)


def _label_width(way: _Way) -> int:
    columns = sum(2 if sign > "\u2e7f" else 1 for sign in way.flow.name)
    return min(MOST_LABEL, SIGN + columns * SIGN // 2)


def _without_repeats(points: Sequence[Point]) -> tuple[Point, ...]:
    """Drop corners that are none: repeated ones, and those on the way between their neighbours."""
    kept: list[Point] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and (
            kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]
        ):
            kept[-1] = point
        else:
            kept.append(point)
    return tuple(kept)


def _share(spans: Sequence[tuple[K, int, int]], tracks: dict[K, int]) -> int:
    """Give each span (key, from, to) the first track where it meets no other; return how many."""
    taken: list[list[tuple[int, int]]] = []
    for key, first, last in spans:
        free = (
            number
            for number, others in enumerate(taken)
            if all(last < start or end < first for start, end in others)
        )
        number = next(free, len(taken))
        if number == len(taken):
            taken.append([])
        taken[number].append((first, last))
        tracks[key] = number
    return len(taken)
