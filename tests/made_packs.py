"""Valid packs made at random: items, forms, rules, processes, licences, notices, in any words."""

import copy
from collections.abc import Callable
from typing import Any

import yaml
from hypothesis import strategies as st

from tests.anytown import felling
from yiwang.kernel.packs.canonical import write_yaml
from yiwang.kernel.packs.checks.documents import read_document

KEY = "tree.felling"
SAMPLE = {path: read_document(path, text.encode()).data for path, text in felling().items()}

Files = dict[str, bytes]
Draw = Callable[[st.SearchStrategy[Any]], Any]

# Words with every sign that YAML may take for its own.
_ZH = st.text(
    alphabet="林木采伐许可：，。（）“”#-?:,[]{}&*!|>'\"%@`=~ 0123456789\n", max_size=24
).map(lambda text: f"树{text}木")
_EN = st.text(alphabet="abc XYZ:,.#-?[]{}&*!|>'\"%@`=~0123456789\n", max_size=24).map(
    lambda text: f"t{text}s"
)
_KEYS = st.from_regex(r"[a-z]{2,5}", fullmatch=True).map(lambda key: f"x_{key}")


@st.composite
def packs(draw: Draw) -> Files:
    """Return the files of a valid pack, each written in one of the ways in which people write."""
    count = draw(st.integers(1, 3))
    objects = {"pack.yaml": _manifest(draw)}
    for number in range(count):
        own = _scenario(draw, number)
        objects |= own
    for path, story in SAMPLE.items():
        if path.startswith("stories/"):
            objects[path] = story
    return {path: draw(_written(data)) for path, data in objects.items()}


def _manifest(draw: Draw) -> Any:
    manifest = copy.deepcopy(SAMPLE["pack.yaml"])
    manifest["version"] = "1.0.0"
    return manifest | {"summary_zh": draw(_ZH), "summary_en": draw(_EN)}


def _scenario(draw: Draw, number: int) -> dict[str, Any]:
    """Return one item with all that it stands on; the first is the one of the stories."""
    renamed = {"tree_felling": f"tree_{number}", "felling_licence": f"licence_{number}"}
    own = {}
    for path, data in SAMPLE.items():
        if path == "pack.yaml" or path.startswith("stories/"):
            continue
        data = copy.deepcopy(data)
        if number:
            data = _rename(data, renamed)
            path = path.replace(".yaml", f"_{number}.yaml")
        own[path] = data
    for path, data in own.items():
        _VARIED[path.partition("/")[0]](draw, data)
    return own


def _item(draw: Draw, item: Any) -> None:
    item |= {"title_zh": draw(_ZH), "title_en": draw(_EN), "trips": draw(st.integers(0, 3))}
    item["limits"]["promised"]["amount"] = draw(st.integers(0, 20))
    item["keywords_zh"] = draw(st.lists(_ZH, max_size=3, unique=True)) or ["树"]
    steps = draw(st.lists(st.tuples(_ZH, _EN), min_size=1, max_size=3))
    item["procedure_zh"] = [zh for zh, _ in steps]
    item["procedure_en"] = [en for _, en in steps]
    for key in draw(st.lists(_KEYS, max_size=3, unique=True)):
        title = {"title_zh": draw(_ZH), "title_en": draw(_EN)}
        item["materials"].append(
            {"key": key, **title, "sources": ["UPLOAD"], "required": draw(st.booleans())}
        )
    item["faqs"] = [
        {"q_zh": zh, "a_zh": zh, "q_en": en, "a_en": en}
        for zh, en in draw(st.lists(st.tuples(_ZH, _EN), max_size=2))
    ]


def _form(draw: Draw, form: Any) -> None:
    schema = form["pages"][0]["schema"]
    for key in draw(st.lists(_KEYS, max_size=3, unique=True)):
        kind = draw(st.sampled_from(["string", "integer", "number", "boolean"]))
        schema["properties"][key] = {"type": kind, "title": draw(_ZH), "x-title-en": draw(_EN)}
        if draw(st.booleans()):
            schema["required"].append(key)


def _process(draw: Draw, process: Any) -> None:
    process |= {"title_zh": draw(_ZH), "title_en": draw(_EN)}
    steps = process["steps"]
    # A chain of further officers between both and the outcome.
    before = "joined"
    for number in range(draw(st.integers(0, 3))):
        key = f"more_{number}"
        act = {"title_zh": draw(_ZH), "title_en": draw(_EN), "do": [], "to": steps[before]["to"]}
        act["opinion"] = draw(st.sampled_from(["required", "optional", "none"]))
        steps[key] = {
            "kind": "task",
            "title_zh": draw(_ZH),
            "title_en": draw(_EN),
            "phase": "REVIEWING",
            "role": "approver",
            "acts": {"pass_on": act},
        }
        if before == "joined":
            steps[before]["to"] = key
        else:
            steps[before]["acts"]["pass_on"]["to"] = key
            act["to"] = "outcome"
        steps[key]["to"] = act["to"]
        before = key
    for step in steps.values():
        if step["kind"] == "task":
            step.pop("to", None)


def _rule(draw: Draw, table: Any) -> None:
    table |= {"title_zh": draw(_ZH), "title_en": draw(_EN)}
    table["inputs"][0]["expression"] = f"form.trees <= {draw(st.integers(-5, 5000))}"
    table["inputs"][0]["label_zh"] = draw(_ZH)


def _licence(draw: Draw, licence: Any) -> None:
    licence["validity"] = draw(st.sampled_from([{}, {"years": 3}, {"years": 9}]))
    for key in draw(st.lists(_KEYS, max_size=3, unique=True)):
        said = draw(st.sampled_from(["applicant.name", "form.trees", '"木"', "form.trees + 1"]))
        licence["fields"].append(
            {"key": key, "title_zh": draw(_ZH), "title_en": draw(_EN), "value": said}
        )


def _notices(draw: Draw, notices: Any) -> None:
    for notice in notices:
        notice |= {"body_zh": draw(_ZH).replace("{", "").replace("}", "")}
        notice |= {"body_en": draw(_EN).replace("{", "").replace("}", "")}


_VARIED: dict[str, Callable[[Draw, Any], None]] = {
    "items": _item,
    "forms": _form,
    "process": _process,
    "rules": _rule,
    "licences": _licence,
    "notices": _notices,
}


def _rename(data: Any, names: dict[str, str]) -> Any:
    """Replace keys and references, whole or as the beginning of a name; words stay."""
    if isinstance(data, dict):
        return {key: _rename(value, names) for key, value in data.items()}
    if isinstance(data, list):
        return [_rename(value, names) for value in data]
    if isinstance(data, str):
        for old, new in names.items():
            if data == old or data.startswith(f"{old}_"):
                return data.replace(old, new, 1)
        if data == "tree_pay":
            return f"pay_{names['tree_felling']}"
    return data


class _Quoting(yaml.SafeDumper):
    """Writes as people do: dates and numbers in quotes where they are text."""


def _written(data: Any) -> st.SearchStrategy[bytes]:
    """Return the ways to write the same data: canonical, as PyYAML does, all on few lines."""

    def dumped(flow: bool | None) -> bytes:
        text = yaml.dump(
            data, Dumper=_Quoting, allow_unicode=True, sort_keys=False, default_flow_style=flow
        )
        return text.encode()

    return st.sampled_from(
        [write_yaml(data), dumped(False), dumped(None), "# 说明\n\n".encode() + dumped(True)]
    )
