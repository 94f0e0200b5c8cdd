"""Definitions go out as BPMN 2.0 and come back the same; what cannot be said is refused."""

import json
import re
from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from yiwang.kernel.casework.process.bpmn.diagram import diagram_of
from yiwang.kernel.casework.process.bpmn.errors import (
    BpmnError,
    BpmnUnreadableError,
    BpmnUnsayableError,
    BpmnUnsupportedError,
)
from yiwang.kernel.casework.process.bpmn.export import export_bpmn
from yiwang.kernel.casework.process.bpmn.importing import import_bpmn
from yiwang.kernel.casework.process.bpmn.layout import Box, Drawing, Point, lay_out
from yiwang.kernel.casework.process.rules.definition import compile_process
from yiwang.kernel.casework.process.rules.graph import check_graph
from yiwang.kernel.casework.process.tests.factories import (
    END,
    decision,
    effect,
    join,
    parallel,
    task,
    wait,
)
from yiwang.kernel.casework.process.tests.test_properties import processes

ROOT = Path(__file__).parents[6]
SCHEMA = ROOT / "node_modules/bpmn-moddle/resources/bpmn/xsd/BPMN20.xsd"
PACKED = sorted(ROOT.glob("packs/*/process/*.yaml"))


def packed(path: Path) -> dict[str, Any]:
    """Return a process of a pack as it lies in the store: dates are text."""
    return json.loads(json.dumps(yaml.safe_load(path.read_text()), default=str))


def definition(**steps: Any) -> dict[str, Any]:
    return {"key": "p", "title_zh": "流程", "start": next(iter(steps)), "steps": steps}


# Blanks, quotes and angle brackets are what XML could spoil.
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12) | (
    st.sampled_from(["", " 受理 ", 'a<b & "c"', "行\n行\t列\r\n", "]]>", "😀"])
)
sayable = words.filter(lambda text: not re.search("[\ufffe\uffff]", text))


@st.composite
def other_kinds(draw: st.DrawFn, step: dict[str, Any]) -> dict[str, Any]:
    """Return the step, or one of a rarer kind that leads where it leads."""
    after = {"amount": draw(st.integers(1, 99)), "unit": draw(st.sampled_from(UNITS))}
    common = {"phase": "REVIEWING", "to": step.get("to")}
    kind = draw(st.sampled_from(["same", "timer", "call", "subcase"]))
    match step["kind"], kind:
        case "wait", "timer":
            return common | {"kind": "timer", "after": after, "do": [], "source": "unconfirmed"}
        case "wait", "call":
            to = step["timers"][0]["to"]
            return common | {"kind": "call", "connector": "bank", "failed": to, "retry": {}}
        case "wait", "subcase":
            return common | {"kind": "subcase", "open": "parts", "wait_for": 2}
        case "parallel", "call" | "subcase":
            *chosen, default = step["branches"]
            branches = [{"when": 'form.kind = "a"', "to": branch} for branch in chosen]
            return step | {"kind": "inclusive", "branches": branches, "default": default}
        case "task", "subcase" if "signers" not in step:
            by = {"units": [{"function": "f", "level": "CITY"}]}
            return step | {"signing": {"mode": "in_order", "by": by}}
        case "task", "call":
            return step | {"free": True, "next": [next(iter(step["acts"].values()))["to"]]}
    return step


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    """Return a sound process with titles, units, limits and legal sources of every kind."""
    steps = {key: draw(other_kinds(step)) for key, step in deepcopy(draw(processes())).items()}
    content = {"key": "p", "start": next(iter(steps)), "steps": steps}
    assume(not check_graph(content))
    for step in steps.values():
        if draw(st.booleans()):
            step |= {"title_zh": draw(sayable), "title_en": draw(sayable)}
        if step["kind"] == "task":
            step["role"] = draw(st.sampled_from(["receiver", "approver", "site_inspector"]))
            if draw(st.booleans()):
                step["unit"] = {"function": "traffic_police", "level": "CITY"}
            if draw(st.booleans()):
                step["limit"] = {"amount": 2, "unit": "WORKING_DAY", "source": draw(sayable)}
        for act in step.get("acts", {}).values():
            if draw(st.booleans()):
                act |= {"input": {"points": "list"}, "opinion": "required", "style": "danger"}
                act["do"] = [{"issue_licence": {"type": draw(sayable)}}, "conclude"]
        if step["kind"] == "decision" and draw(st.booleans()):
            step["rule"] = "approval"
        for timer in step.get("timers", []):
            timer["source"] = draw(sayable)
        if "timers" not in step and draw(st.booleans()) and step["kind"] in ("task", "wait"):
            step["timers"] = []
    return content | draw(st.sampled_from([{}, {"title_zh": "流程", "title_en": "A <process>"}]))


UNITS = ["WORKING_DAY", "CALENDAR_DAY", "WORKING_HOUR", "URGENT_HOUR", "MONTH", "YEAR"]

checked = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@checked
@given(content=definitions())
def test_what_was_exported_comes_back_the_same(content: dict[str, Any]) -> None:
    written = export_bpmn(content)
    read = import_bpmn(written)
    assert read == content
    assert list(read["steps"]) == list(content["steps"])
    assert export_bpmn(read) == written


@pytest.mark.parametrize("path", PACKED, ids=lambda path: path.stem)
def test_every_process_of_the_packs_goes_out_and_comes_back(path: Path) -> None:
    content = packed(path)
    written = export_bpmn(content)
    assert import_bpmn(written) == content
    assert export_bpmn(import_bpmn(written)) == written


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMA))


@pytest.mark.parametrize("path", PACKED, ids=lambda path: path.stem)
def test_processes_of_the_packs_are_valid_bpmn(path: Path, schema: etree.XMLSchema) -> None:
    schema.assertValid(etree.fromstring(export_bpmn(packed(path))))


@settings(checked, max_examples=30)
@given(content=definitions())
def test_whatever_is_exported_is_valid_bpmn(content: dict[str, Any]) -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    schema.assertValid(etree.fromstring(export_bpmn(content)))


# the drawing


def meets(one: Box, other: Box) -> bool:
    return (
        one.x < other.right
        and other.x < one.right
        and one.y < other.bottom
        and other.y < one.bottom
    )


def crosses(start: Point, end: Point, box: Box) -> bool:
    left, right = sorted((start[0], end[0]))
    top, bottom = sorted((start[1], end[1]))
    return left < box.right and box.x < right + 1 and top < box.bottom and box.y < bottom + 1


def require_clear(content: dict[str, Any]) -> Drawing:
    """Check that shapes lie apart and inside, and that ways keep to the right angle and aside."""
    diagram = diagram_of(content)
    drawing = lay_out(diagram)
    assert lay_out(diagram) == drawing
    nodes = {node.id: node for node in diagram.nodes}
    assert set(drawing.nodes) == set(nodes)
    for key, box in drawing.nodes.items():
        lane = drawing.lanes[nodes[key].lane]
        assert lane.x <= box.x
        assert box.right <= lane.right
        assert lane.y <= box.y
        assert box.bottom <= lane.bottom
        for other, its in drawing.nodes.items():
            if key < other and nodes[key].host != other and nodes[other].host != key:
                assert not meets(box, its), f"{key} lies on {other}"
    lanes = sorted(drawing.lanes.values(), key=lambda lane: lane.y)
    assert [lane.bottom for lane in lanes[:-1]] == [lane.y for lane in lanes[1:]]
    assert (lanes[0].y, lanes[-1].bottom) == (drawing.pool.y, drawing.pool.bottom)
    for flow in diagram.flows:
        points = drawing.flows[flow.id]
        own = {flow.source, flow.target, nodes[flow.source].host}
        assert len(points) >= 2
        for start, end in pairwise(points):
            assert (start[0] == end[0]) != (start[1] == end[1])
            for key, box in drawing.nodes.items():
                if key not in own:
                    assert not crosses(start, end, box), f"{flow.id} runs through {key}"
    return drawing


@checked
@given(content=definitions())
def test_no_shape_lies_on_another_and_no_way_runs_through_one(content: dict[str, Any]) -> None:
    require_clear(content)


@pytest.mark.parametrize("path", PACKED, ids=lambda path: path.stem)
def test_the_drawings_of_the_packs_are_clear(path: Path) -> None:
    require_clear(packed(path))


def test_ways_do_not_lie_on_each_other() -> None:
    """Two ways may cross, but none runs along another from a different step."""
    content = packed(next(path for path in PACKED if path.stem == "road_occupation_temporary"))
    diagram, drawing = diagram_of(content), require_clear(content)
    upright: list[tuple[str, int, int, int]] = []
    for flow in diagram.flows:
        points = drawing.flows[flow.id]
        for start, end in pairwise(points):
            if start[0] == end[0]:
                upright.append((flow.id, start[0], *sorted((start[1], end[1]))))
    for number, (key, x, top, bottom) in enumerate(upright):
        for other, its_x, its_top, its_bottom in upright[number + 1 :]:
            if key != other and x == its_x:
                assert bottom < its_top or its_bottom < top, f"{key} runs along {other}"


def test_a_thousand_steps_are_laid_out() -> None:
    steps = {f"s{n}": task(f"s{n + 1}", f"s{max(0, n - 7)}") for n in range(1000)}
    drawing = lay_out(diagram_of(definition(**steps, s1000=END)))
    assert len(drawing.nodes) == 1002


# drawings made elsewhere

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="urn:x">'
)


def drawn(body: str, head: str = "") -> bytes:
    process = f'<b:process id="Process_1" name="办理">{body}</b:process>'
    return f"{HEAD}{head}{process}</b:definitions>".encode()


def flow(key: str, source: str, target: str, when: str = "", name: str = "") -> str:
    said = f"<b:conditionExpression>{when}</b:conditionExpression>" if when else ""
    return (
        f'<b:sequenceFlow id="{key}" name="{name}" sourceRef="{source}" targetRef="{target}">'
        f"{said}</b:sequenceFlow>"
    )


LANE = (
    '<b:laneSet id="l"><b:lane id="receiver"><b:flowNodeRef>check</b:flowNodeRef></b:lane>'
    "</b:laneSet>"
)
PLAIN = (
    '<b:startEvent id="S"/><b:userTask id="check" name="核对"/><b:endEvent id="E1" name="完"/>'
    + flow("f0", "S", "check")
    + flow("Agree", "check", "E1", name="同意")
)


def test_a_drawing_made_elsewhere_is_read() -> None:
    read = import_bpmn(
        drawn(
            LANE
            + '<b:startEvent id="Start_1"/><b:userTask id="check" name="核对"/>'
            + '<b:exclusiveGateway id="Gateway_2" default="otherwise"/>'
            + '<b:receiveTask id="paid" name="等缴费" messageRef="m"/>'
            + '<b:boundaryEvent id="late" attachedToRef="paid"><b:timerEventDefinition>'
            + "<b:timeDuration>P5D</b:timeDuration></b:timerEventDefinition></b:boundaryEvent>"
            + '<b:serviceTask id="grant" name="准予"/><b:endEvent id="End_1" name="办结"/>'
            + '<b:textAnnotation id="t"><b:text>备注</b:text></b:textAnnotation>'
            + flow("f0", "Start_1", "check")
            + flow("Flow_agree", "check", "Gateway_2", name="同意")
            + flow("Flow_refuse", "check", "End_1", name="不同意")
            + flow("costs", "Gateway_2", "paid", when="bill.amount &gt; 0")
            + flow("otherwise", "Gateway_2", "grant")
            + flow("f4", "paid", "grant")
            + flow("f5", "late", "End_1")
            + flow("f6", "grant", "End_1"),
            head='<b:message id="m" name="payment_paid"/>',
        )
    )
    assert read == {
        "key": "process_1",
        "title_zh": "办理",
        "title_en": "办理",
        "start": "check",
        "steps": {
            "check": {
                "kind": "task",
                "title_zh": "核对",
                "title_en": "核对",
                "role": "receiver",
                "acts": {
                    "flow_agree": {
                        "title_zh": "同意",
                        "title_en": "同意",
                        "do": [],
                        "to": "gateway_2",
                    },
                    "flow_refuse": {
                        "title_zh": "不同意",
                        "title_en": "不同意",
                        "do": [],
                        "to": "end_1",
                    },
                },
            },
            "gateway_2": {
                "kind": "decision",
                "branches": [{"when": "bill.amount > 0", "to": "paid"}],
                "default": "grant",
            },
            "paid": {
                "kind": "wait",
                "title_zh": "等缴费",
                "title_en": "等缴费",
                "event": "payment_paid",
                "to": "grant",
                "timers": [
                    {
                        "after": {"amount": 5, "unit": "CALENDAR_DAY"},
                        "from": "entered",
                        "do": [],
                        "source": "unconfirmed",
                        "to": "end_1",
                    }
                ],
            },
            "grant": {
                "kind": "effect",
                "title_zh": "准予",
                "title_en": "准予",
                "do": [],
                "to": "end_1",
            },
            "end_1": {"kind": "end", "title_zh": "办结", "title_en": "办结"},
        },
    }
    compile_process(read)


def test_the_join_of_a_drawn_parallel_is_found() -> None:
    read = import_bpmn(
        drawn(
            LANE.replace("check", "a").replace(
                "</b:lane>", "<b:flowNodeRef>b</b:flowNodeRef></b:lane>"
            )
            + '<b:startEvent id="S"/><b:parallelGateway id="split"/><b:userTask id="a"/>'
            + '<b:userTask id="b"><b:multiInstanceLoopCharacteristics><b:loopCardinality>2'
            + "</b:loopCardinality></b:multiInstanceLoopCharacteristics></b:userTask>"
            + '<b:parallelGateway id="meet"/><b:endEvent id="e"/>'
            + flow("f0", "S", "split")
            + flow("f1", "split", "a")
            + flow("f2", "split", "b")
            + flow("f3", "a", "meet")
            + flow("f4", "b", "meet")
            + flow("f5", "meet", "e")
        )
    )
    assert read["steps"]["split"] == {"kind": "parallel", "branches": ["a", "b"], "join": "meet"}
    assert read["steps"]["meet"] == {"kind": "join", "to": "e"}
    assert read["steps"]["b"]["signers"] == 2


@pytest.mark.parametrize(
    ("body", "element", "says"),
    [
        (PLAIN, "check", "in no lane"),
        (LANE + PLAIN + '<b:subProcess id="sub"/>', "sub", "subProcess is not supported"),
        (LANE + PLAIN + '<x:thing xmlns:x="urn:y" id="odd"/>', "odd", "not supported"),
        (LANE + PLAIN + '<b:startEvent id="S2"/>', "S2", "2 start events"),
        (LANE + PLAIN.replace('<b:startEvent id="S"/>', ""), "f0", "not there"),
        (LANE + PLAIN + flow("f9", "check", "nowhere"), "f9", "not there"),
        (LANE + PLAIN + flow("f9", "S", "E1"), "S", "2 flows leave it"),
        (LANE + PLAIN + '<b:endEvent id="E1"/>', "E1", "used twice"),
        (LANE + PLAIN + '<b:endEvent id="e_1"/><b:endEvent id="E-1"/>', "E-1", "same key"),
        (LANE + PLAIN + '<b:endEvent id="other"/>', "other", "cannot be reached"),
        (
            LANE
            + PLAIN.replace('"核对"/>', '"核对"><b:standardLoopCharacteristics/></b:userTask>'),
            "check",
            "standardLoopCharacteristics",
        ),
        (
            LANE
            + PLAIN.replace(
                '"核对"/>',
                '"核对"><b:multiInstanceLoopCharacteristics isSequential="true"/></b:userTask>',
            ),
            "check",
            "Several signers",
        ),
        (
            LANE + PLAIN.replace('target="check"', "") + flow("f9", "E1", "check"),
            "f9",
            "cannot have this way out",
        ),
        (
            LANE
            + '<b:startEvent id="S"/><b:exclusiveGateway id="g"/><b:endEvent id="e"/>'
            + flow("f0", "S", "g")
            + flow("f1", "g", "e"),
            "f1",
            "no condition",
        ),
        (
            '<b:startEvent id="S"/><b:serviceTask id="a"/><b:serviceTask id="c"/>'
            + '<b:endEvent id="e"/>'
            + flow("f0", "S", "a")
            + flow("f1", "a", "c")
            + flow("f2", "c", "a"),
            "e",
            "cannot be reached",
        ),
        (
            '<b:startEvent id="S"/><b:exclusiveGateway id="g" default="f2"/><b:serviceTask id="c"/>'
            + '<b:endEvent id="e"/>'
            + flow("f0", "S", "g")
            + flow("f1", "g", "c", when="true")
            + flow("f2", "g", "e")
            + flow("f3", "c", "g"),
            "g",
            "comes back to itself",
        ),
        (
            LANE
            + PLAIN
            + '<b:boundaryEvent id="late" attachedToRef="check"><b:timerEventDefinition>'
            "<b:timeDuration>R3/PT10H</b:timeDuration></b:timerEventDefinition></b:boundaryEvent>",
            "late",
            "P5D",
        ),
        (LANE + PLAIN + '<b:boundaryEvent id="late" attachedToRef="no"/>', "late", "no step"),
        (
            LANE
            + '<b:startEvent id="S"/><b:exclusiveGateway id="g" default="f2"/><b:endEvent id="e"/>'
            + flow("f0", "S", "g")
            + flow("f1", "g", "e", when="${amount &gt; 100}")
            + flow("f2", "g", "e"),
            "f1",
            "no FEEL",
        ),
        (LANE + PLAIN + '<b:receiveTask id="w"/>', "w", "message"),
        (LANE + PLAIN + '<b:intermediateCatchEvent id="w"/>', "w", "which kind"),
    ],
)
def test_what_cannot_be_carried_over_is_refused_by_its_id(
    body: str, element: str, says: str
) -> None:
    with pytest.raises(BpmnUnsupportedError) as refused:
        import_bpmn(drawn(body))
    assert refused.value.details["element"] == element
    assert says in refused.value.en
    assert element in refused.value.zh
    assert all(refused.value.mend)


def tampered(pattern: str, by: str) -> bytes:
    written = export_bpmn(
        definition(
            a=task("b", timers=[], signers=2),
            b=wait(
                "c", timers=[{"after": {"amount": 5, "unit": "WORKING_DAY"}, "do": [], "to": "z"}]
            ),
            c=decision("d", ("true", "z"), rule="approval"),
            d=parallel("j", "e", "f"),
            e=task("j"),
            f=effect("j"),
            j=join("z"),
            z=END,
        )
    ).decode()
    changed = re.sub(pattern, by, written, count=1)
    assert changed != written
    return changed.encode()


@pytest.mark.parametrize(
    ("pattern", "by", "element"),
    [
        (
            r'kind="task" post="lane">.*?<',
            r'kind="task" post="lane">{"acts": 5}<',
            "Flow.a.acts.to_0.to",
        ),
        (r'kind="task" post="lane">.*?<', r'kind="task" post="lane">[]<', "a"),
        (r'kind="task" post="lane">.*?<', r'kind="task" post="lane">{' + "[" * 100, "a"),
        (r'kind="effect"', 'kind="task"', "f"),
        (
            r'kind="task" post="lane">',
            'kind="task" post="lane">{"signing": 5, "acts": {"to_0": {}}}',
            "a",
        ),
        (r"P5D", "P6D", "b.timer.0"),
        (r'yiwang:place="\[&quot;acts', 'yiwang:place="[&quot;other', "Flow.a.acts.to_0.to"),
        (r'yiwang:place="\[', 'yiwang:place="{', "Flow.a.acts.to_0.to"),
        (r'<bpmn:sequenceFlow id="Flow.e.acts.to_0.to".*?/>', "", "e"),
        (r'<bpmn:sequenceFlow id="Flow.c.default".*?/>', "", "c"),
        (r'<bpmn:sequenceFlow id="Flow.d.branches.0".*?/>', "", "d"),
    ],
)
def test_what_was_spoilt_in_a_modeller_is_named(pattern: str, by: str, element: str) -> None:
    with pytest.raises(BpmnError) as refused:
        import_bpmn(tampered(pattern, by))
    if isinstance(refused.value, BpmnUnsupportedError):
        assert refused.value.details["element"] == element
        assert all(refused.value.mend)


def test_a_task_drawn_into_another_lane_is_another_post_s() -> None:
    content = definition(a=task("b", role="receiver"), b=task("z", role="approver"), z=END)
    moved = export_bpmn(content).decode()
    moved = moved.replace("<bpmn:flowNodeRef>b</bpmn:flowNodeRef>", "")
    moved = moved.replace(
        "<bpmn:flowNodeRef>a</bpmn:flowNodeRef>",
        "<bpmn:flowNodeRef>a</bpmn:flowNodeRef><bpmn:flowNodeRef>b</bpmn:flowNodeRef>",
    )
    assert import_bpmn(moved.encode())["steps"]["b"]["role"] == "receiver"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "well-formed"),
        (b"not xml", "well-formed"),
        (b"<a>", "well-formed"),
        (b"<a/>", "no definitions"),
        (b"\xff\xfe\x00", "well-formed"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', ""),
        (b"<a>" * 5_000, "deeply"),
        (b" " * 10_000_000, "5 MB"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document type"),
        (
            b'<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
            b"<lolz>&b;</lolz>",
            "document type",
        ),
    ],
    ids=["empty", "text", "open", "other", "bytes", "encoding", "deep", "large", "fetch", "laughs"],
)
def test_a_file_that_is_no_bpmn_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(BpmnUnreadableError) as refused:
        import_bpmn(data)
    assert says in refused.value.en
    assert all(refused.value.mend)


def test_two_processes_in_a_file_are_refused() -> None:
    with pytest.raises(BpmnUnsupportedError, match="恰好一个"):
        import_bpmn(
            drawn(LANE + PLAIN).replace(b"</b:process>", b'</b:process><b:process id="o"/>')
        )


def test_a_title_that_xml_cannot_hold_is_refused() -> None:
    content = definition(a=task("z", title_zh="核\x07对"), z=END)
    with pytest.raises(BpmnUnsayableError) as refused:
        export_bpmn(content)
    assert refused.value.details["element"] == "a"


@settings(checked, max_examples=150)
@given(data=st.data())
def test_a_damaged_file_is_refused_or_read_never_a_crash(data: st.DataObject) -> None:
    written = export_bpmn(packed(PACKED[1]))
    start = data.draw(st.integers(0, len(written)))
    end = data.draw(st.integers(start, min(len(written), start + 40)))
    spoilt = written[:start] + data.draw(st.binary(max_size=6)) + written[end:]
    try:
        read = import_bpmn(spoilt)
    except BpmnError as refused:
        assert refused.zh
        assert refused.en
    else:
        assert not check_graph(read)
