"""文件读取: YAML with the line of every value, and nothing that YAML could do to harm.

Dates stay text, so that content is the same in the file, in the store and in JSON. A key given
twice, a merge key, a tag of its own and aliases that blow up are errors, not surprises.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from yiwang.kernel.packs.findings import Finding

Place = tuple[str | int, ...]

MAX_FILE_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_VALUES = 100_000

_TEXT = "tag:yaml.org,2002:str"
_LIST = "tag:yaml.org,2002:seq"
_MAP = "tag:yaml.org,2002:map"
_PLAIN_TAGS = {
    _TEXT: "str",
    "tag:yaml.org,2002:timestamp": "str",
    "tag:yaml.org,2002:int": "int",
    "tag:yaml.org,2002:float": "float",
    "tag:yaml.org,2002:bool": "bool",
    "tag:yaml.org,2002:null": "null",
}

# The C parser is seven times faster; where the wheel has none, the Python one reads the same.
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class PackLoader(_PARSER):  # type: ignore[misc]
    """The parser without tags that depend on where a value stands: no file of ours has any."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is not yaml.ScalarNode:
            return _LIST if kind is yaml.SequenceNode else _MAP
        if implicit[0]:
            for tag, fits in self.yaml_implicit_resolvers.get(value[:1], ()):
                if fits.match(value):
                    return str(tag)
        return _TEXT

    def descend_resolver(self, node: Any, index: Any) -> None:
        """Nothing depends on the way to a value."""

    def ascend_resolver(self) -> None:
        """Nothing depends on the way to a value."""


@dataclass(slots=True)
class Document:
    """One parsed file: its data, and the line of each place in it."""

    path: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """Return the line of a place, or of the nearest place around it."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)

    def finding(
        self,
        place: Place,
        code: str,
        reason_zh: str,
        reason_en: str,
        mend_zh: str,
        mend_en: str,
        *,
        warning: bool = False,
    ) -> Finding:
        """Return a finding at a place of this file."""
        return Finding(
            file=self.path,
            line=self.line(place),
            path=dotted(place),
            code=code,
            reason_zh=reason_zh,
            reason_en=reason_en,
            mend_zh=mend_zh,
            mend_en=mend_en,
            severity="warning" if warning else "error",
        )

    def note(
        self,
        place: Place,
        code: str,
        reason_zh: str,
        reason_en: str,
        mend_zh: str,
        mend_en: str,
    ) -> None:
        """Keep a finding about the file itself."""
        self.findings.append(self.finding(place, code, reason_zh, reason_en, mend_zh, mend_en))


class _TooMuchError(Exception):
    """The document is deeper or longer than any honest one."""


def dotted(place: Place) -> str:
    """Write a place as ``steps.receive.timers[0].to``."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def read_document(path: str, content: bytes) -> Document:
    """Read one YAML file; what is wrong with it stands in ``findings`` and is never raised."""
    document = Document(path)
    if len(content) > MAX_FILE_BYTES:
        document.note(
            (),
            "FILE_TOO_LARGE",
            f"文件超过 {MAX_FILE_BYTES} 字节",
            f"The file is larger than {MAX_FILE_BYTES} bytes.",
            "拆成几个文件",
            "Split it.",
        )
        return document
    try:
        text = content.decode("utf-8")
        node = yaml.compose(text, Loader=PackLoader)
        if node is not None:
            document.data = _Builder(document).build(node, (), 0)
    except UnicodeDecodeError as error:
        document.note(
            (),
            "NOT_UTF8",
            f"第 {error.start} 个字节不是 UTF-8 文字",
            f"Byte {error.start} is not UTF-8 text.",
            "另存为 UTF-8 编码",
            "Save the file as UTF-8.",
        )
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        # The C parser puts what is missing at the end on the line after it.
        last = content.count(b"\n") + (not content.endswith(b"\n"))
        document.lines[()] = min(mark.line + 1, last) if mark is not None else 1
        problem = str(getattr(error, "problem", None) or error).splitlines()[0]
        document.note(
            (),
            "NOT_YAML",
            f"YAML 写法有误：{problem}",
            f"This is not YAML: {problem}.",
            "检查缩进、冒号后的空格和引号",
            "Check indentation, the space after colons, and quotes.",
        )
    except (_TooMuchError, RecursionError):
        document.data = None
        document.note(
            (),
            "FILE_TOO_DEEP",
            "内容层次太深、太多，或者引用（&、*）展开后太大",
            "The content is too deep or too long, or its aliases (&, *) grow too large.",
            "减少层次，不要嵌套引用",
            "Use fewer levels and do not nest aliases.",
        )
    return document


class _Builder:
    """Builds plain data from YAML nodes, noting lines and faults."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.count = 0
        self.constructor = yaml.constructor.SafeConstructor()

    def build(self, node: yaml.Node, place: Place, depth: int) -> Any:
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_VALUES:
            raise _TooMuchError
        self.document.lines[place] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode) and node.tag == _MAP:
            return self._mapping(node, place, depth)
        if isinstance(node, yaml.SequenceNode) and node.tag == _LIST:
            return [
                self.build(entry, (*place, index), depth + 1)
                for index, entry in enumerate(node.value)
            ]
        if isinstance(node, yaml.ScalarNode) and node.tag in _PLAIN_TAGS:
            return self._scalar(node, place)
        self.document.note(
            place,
            "YAML_TAG",
            f"不支持的 YAML 标记 {node.tag}",
            f"The YAML tag {node.tag} is not supported.",
            "只用键值、列表、文字、数字和真假值",
            "Use mappings, lists, text, numbers and true or false only.",
        )
        return None

    def _mapping(self, node: yaml.MappingNode, place: Place, depth: int) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            here = (*place, key)
            line = key_node.start_mark.line + 1
            if not key or key_node.tag not in _PLAIN_TAGS:
                self.document.lines.setdefault(here, line)
                self.document.note(
                    here,
                    "KEY_NOT_TEXT",
                    "键应当是文字",
                    "A key must be text.",
                    "写成普通的键，不用合并键（<<）和复合键",
                    "Write a plain key; merge keys (<<) and complex keys are not supported.",
                )
                continue
            if key in built:
                first = self.document.lines[here]
                self.document.lines[here] = line
                self.document.note(
                    here,
                    "KEY_TWICE",
                    f"键“{key}”写了两次，第一次在第 {first} 行",
                    f'The key "{key}" stands twice, first on line {first}.',
                    "只留一个",
                    "Keep one of them.",
                )
                continue
            built[key] = self.build(value_node, here, depth + 1)
            self.document.lines[here] = line
        return built

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> Any:
        if _PLAIN_TAGS[node.tag] == "str":
            return str(node.value)
        try:
            value = self.constructor.construct_object(node)
        except (ValueError, OverflowError, yaml.YAMLError):
            self.document.note(
                place,
                "VALUE_UNREADABLE",
                f"读不懂的值 {node.value[:40]}",
                f"The value {node.value[:40]} cannot be read.",
                "文字请加引号",
                "Quote it if it is text.",
            )
            return None
        if isinstance(value, float) and not abs(value) < float("inf"):
            self.document.note(
                place,
                "VALUE_UNREADABLE",
                "数值必须有限",
                "A number must be finite.",
                "改为普通数字",
                "Write an ordinary number.",
            )
            return None
        return value


def get_mapping(data: Any, key: str) -> Mapping[str, Any]:
    """Return a mapping inside data of any shape; an empty one where there is none."""
    value = data.get(key) if isinstance(data, Mapping) else None
    return value if isinstance(value, Mapping) else {}
