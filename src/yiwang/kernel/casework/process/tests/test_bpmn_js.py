"""bpmn-js, the modeller that people use, opens what is exported and finds nothing to warn of."""

import re
from pathlib import Path
from typing import Any

import pytest

from yiwang.kernel.casework.process.bpmn.export import export_bpmn
from yiwang.kernel.casework.process.bpmn.importing import import_bpmn
from yiwang.kernel.casework.process.tests.test_bpmn import PACKED, ROOT, packed
from yiwang.kernel.ui.browser import open_browser

pytestmark = pytest.mark.browser

MODELLER = ROOT / "node_modules/bpmn-js/dist/bpmn-modeler.production.min.js"
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


def opened(paths: list[Path]) -> list[dict[str, Any]]:
    files = [export_bpmn(packed(path)).decode() for path in paths]
    with open_browser() as browser:
        page = browser.new_page()
        page.set_content('<div id="canvas" style="width: 900px; height: 600px"></div>')
        page.add_script_tag(path=MODELLER)
        found: list[dict[str, Any]] = page.evaluate(OPEN, files)
    return found


def test_bpmn_js_opens_every_process_of_the_packs_and_what_it_saves_is_the_same_process() -> None:
    for path, one in zip(PACKED, opened(PACKED), strict=True):
        content = packed(path)
        written = export_bpmn(content).decode()
        assert one["warnings"] == [], path.stem
        listed = set(re.findall('<bpmndi:BPMN(?:Shape|Edge) [^>]*bpmnElement="([^"]+)"', written))
        assert listed <= set(one["drawn"]), path.stem
        assert import_bpmn(one["xml"].encode()) == content
