"""读取: the path of a case through its process, and which ways of the drawing it took."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.bpmn.diagram import Diagram, Flow, diagram_of
from yiwang.kernel.casework.process.bpmn.wording import Wording
from yiwang.kernel.casework.process.models import ProcessDefinition, TaskAct, Timer, Token

__all__ = ["Picture", "Visit", "read_picture"]

# A path of more visits than a person could follow shows its latest ones.
MOST_VISITS = 500

PASSED = "passed"
RESTING = "resting"
CANCELLED = "cancelled"
AHEAD = "ahead"

# Verbs that stand among the acts of a task; no definition names them.
_VERBS = {
    ":return": ("退回", "Returned"),
    ":recall": ("撤回", "Recalled"),
    ":add_signer": ("加签", "Signer added"),
    ":remove_signer": ("减签", "Signer removed"),
    ":suspend": ("挂起", "Suspended"),
    ":resume": ("恢复", "Resumed"),
    ":terminate": ("终止", "Terminated"),
}

_STATES = {
    Token.Status.ACTIVE: RESTING,
    Token.Status.LEFT: PASSED,
    Token.Status.CANCELLED: CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Visit:
    """到过的步骤: one stay of the case in one step, as people see it. Titles in both languages.

    ``acts`` are the acts given there, in order: title, who, when.
    """

    step: str
    title_zh: str
    title_en: str
    state: str
    entered_at: datetime
    left_at: datetime | None
    acts: tuple[tuple[str, str, str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """``states`` are those of nodes by id; ``taken`` the flows that the case went along."""

    number: str
    content: Mapping[str, Any]
    diagram: Diagram
    visits: tuple[Visit, ...]
    states: Mapping[str, str]
    taken: frozenset[str]

    @property
    def ahead(self) -> tuple[str, ...]:
        """Return the steps with a title that the case has not come to, as they are written."""
        seen = {visit.step for visit in self.visits}
        return tuple(
            key
            for key, step in self.content["steps"].items()
            if key not in seen and step.get("title_zh")
        )


def read_picture(case: Case, wording: Wording | None = None) -> Picture | None:
    """Return the case on its process, or None where none was started. Four queries.

    Where a case was moved to another version, the drawing is that of the version it is on now; what
    it passed before is in the list, and in the drawing where the step is still there.
    """
    tokens = list(Token.objects.filter(case=case).order_by("-id")[:MOST_VISITS])
    if not tokens:
        return None
    tokens.reverse()
    acts: dict[int, list[TaskAct]] = defaultdict(list)
    given = TaskAct.objects.filter(task__case=case, is_current=True).select_related("task")
    for act in given.order_by("id"):
        acts[act.task.token_id].append(act)
    fired = dict(
        Timer.objects.filter(case=case).exclude(fired_at=None).values_list("token_id", "position")
    )
    definitions = ProcessDefinition.objects.in_bulk({token.definition_id for token in tokens})
    content = definitions[tokens[-1].definition_id].content
    diagram = diagram_of(content, wording)
    visits = tuple(
        _visit(token, definitions[token.definition_id].content, acts[token.pk]) for token in tokens
    )
    taken, timers = _taken(tokens, acts, fired, diagram)
    states = _states(tokens, diagram, timers)
    return Picture(case.number, content, diagram, visits, states, taken)


def _visit(token: Token, content: Mapping[str, Any], acts: Sequence[TaskAct]) -> Visit:
    step = content["steps"].get(token.step, {})
    titles = step.get("acts", {})
    return Visit(
        step=token.step,
        title_zh=step.get("title_zh") or token.step,
        title_en=step.get("title_en") or step.get("title_zh") or token.step,
        state=_STATES[Token.Status(token.status)],
        entered_at=token.entered_at,
        left_at=token.left_at,
        acts=tuple(
            (*_act_titles(titles.get(act.act, {}), act.act), act.actor_name, act.at) for act in acts
        ),
    )


def _act_titles(act: Mapping[str, Any], key: str) -> tuple[str, str]:
    chinese, english = _VERBS.get(key, (key, key))
    return act.get("title_zh") or chinese, act.get("title_en") or english


def _states(tokens: Sequence[Token], diagram: Diagram, timers: frozenset[str]) -> dict[str, str]:
    """Return the state of each node: the case rests there, left, was called off, or never came."""
    found: dict[str, set[str]] = defaultdict(set)
    for token in tokens:
        found[token.step].add(_STATES[Token.Status(token.status)])
    states = {}
    for node in diagram.nodes:
        seen = found[node.step] if node.step else {PASSED}
        if node.host:
            states[node.id] = PASSED if node.id in timers else AHEAD
        elif node.id != node.step and node.step:
            # The branches of a rule are passed with the rule.
            states[node.id] = PASSED if PASSED in seen else AHEAD
        else:
            order = (RESTING, PASSED, CANCELLED)
            states[node.id] = next((state for state in order if state in seen), AHEAD)
    return states


def _taken(
    tokens: Sequence[Token],
    acts: Mapping[int, Sequence[TaskAct]],
    fired: Mapping[int, int],
    diagram: Diagram,
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the flows that the case took, and the timers that fired, by id.

    The rows tell where the case was, in order; which way led from one to the next is told by the
    act or the timer, and where neither was there, by the only way that leads so.
    """
    step_of = {node.id: node.step for node in diagram.nodes}
    timers: set[str] = set()
    taken = {flow.id for flow in diagram.flows if not step_of[flow.source]}
    ways: dict[tuple[str, str], list[Flow]] = defaultdict(list)
    for flow in diagram.flows:
        if flow.place:
            ways[step_of[flow.source], flow.target].append(flow)
        elif step_of[flow.source] in {token.step for token in tokens}:
            taken.add(flow.id)
    for number, token in enumerate(tokens):
        before = [
            one
            for one in tokens[:number]
            if one.status == Token.Status.LEFT and ways.get((one.step, token.step))
        ]
        if not before:
            continue
        same = [one for one in before if one.branch == token.branch]
        source = (same or before)[-1]
        listed = ways[source.step, token.step]
        chosen = [act.act for act in acts.get(source.pk, ())]
        if source.pk in fired:
            wanted: tuple[str | int, ...] = ("timers", fired[source.pk], "to")
        elif chosen:
            wanted = ("acts", chosen[-1], "to")
        else:
            wanted = listed[0].place
        for way in listed:
            if way.place == wanted:
                taken.add(way.id)
                if wanted[0] == "timers":
                    timers.add(way.source)
    return frozenset(taken), frozenset(timers)
