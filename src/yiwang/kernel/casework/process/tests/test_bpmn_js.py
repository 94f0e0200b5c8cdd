"""bpmn-js, the modeller that people use, opens what is exported and finds nothing to warn of."""

import re
from typing import Any

import pytest

from yiwang.kernel.casework.process.bpmn.export import export_bpmn
from yiwang.kernel.casework.process.bpmn.importing import import_bpmn
from yiwang.kernel.casework.process.tests.factories import (
    END,
    decision,
    effect,
    join,
    parallel,
    task,
    timer,
    wait,
)
from yiwang.kernel.casework.process.tests.test_bpmn import PACKED, ROOT, packed
from yiwang.kernel.ui.browser import open_browser

pytestmark = pytest.mark.browser

MODELLER = ROOT / "node_modules/bpmn-js/dist/bpmn-modeler.production.min.js"
UNIT = {"function": "traffic_police", "level": "CITY"}
OPEN = """async (files) => {
    const modeller = new BpmnJS({ container: '#canvas' });
    const opened = [];
    for (const file of files) {
        const { warnings } = await modeller.importXML(file);
        const drawn = modeller.get('elementRegistry').getAll().map((one) => one.id);
        const { xml } = await modeller.saveXML({ format: true });
        opened.push({ warnings: warnings.map(String), drawn, xml });
    }
    return opened;
}"""


def opened(contents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    files = [export_bpmn(content).decode() for content in contents]
    with open_browser() as browser:
        page = browser.new_page()
        page.set_content('<div id="canvas" style="width: 900px; height: 600px"></div>')
        page.add_script_tag(path=MODELLER)
        found: list[dict[str, Any]] = page.evaluate(OPEN, files)
    return found


EVERY_KIND = {
    "key": "every_kind",
    "title_zh": "各种步骤",
    "start": "receive",
    "steps": {
        "receive": task(
            "split", "call", signers=2, timers=[timer("call")], title_zh="收件", unit=UNIT
        ),
        "split": parallel("meet", "left", "right"),
        "left": task("meet", signing={"mode": "in_order", "by": {"posts": ["a", "b"]}}),
        "right": wait("meet"),
        "meet": join("choose"),
        "choose": {
            "kind": "inclusive",
            "branches": [{"when": "form.a = 1", "to": "one"}],
            "default": "two",
            "join": "met",
        },
        "one": task("met"),
        "two": task("met"),
        "met": join("call"),
        "call": {"kind": "call", "connector": "bank", "to": "parts", "failed": "receive"},
        "parts": {"kind": "subcase", "open": "parts", "to": "later"},
        "later": {"kind": "timer", "after": {"amount": 2, "unit": "WORKING_DAY"}, "to": "rule"},
        "rule": decision("grant", ("true", "receive"), rule="approval"),
        "grant": effect("done"),
        "done": END,
    },
}


def test_bpmn_js_opens_every_process_and_what_it_saves_is_the_same_process() -> None:
    contents = [*map(packed, PACKED), EVERY_KIND]
    for content, one in zip(contents, opened(contents), strict=True):
        written = export_bpmn(content).decode()
        assert one["warnings"] == [], content["key"]
        listed = set(re.findall('<bpmndi:BPMN(?:Shape|Edge) [^>]*bpmnElement="([^"]+)"', written))
        assert listed <= set(one["drawn"]), content["key"]
        assert import_bpmn(one["xml"].encode()) == content
