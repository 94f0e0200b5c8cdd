"""XML 读写: plain elements in and out.

A document type declaration is refused, so there are no entities to expand and nothing outside the
file is ever fetched. Size and depth are bounded. What is written is the same bytes each time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from yiwang.kernel.casework.process.bpmn.errors import BpmnUnreadableError

MOST_BYTES = 5_000_000
MOST_DEPTH = 60

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
YIWANG = "urn:yiwang:process:1"

PREFIXES = {BPMN: "bpmn", BPMNDI: "bpmndi", DC: "dc", DI: "di", XSI: "xsi", YIWANG: "yiwang"}
FOREIGN = "foreign"

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_ESCAPES |= {sign: f"&#{ord(sign)};" for sign in "\t\n\r"}


@dataclass(slots=True)
class Element:
    """An element. Names of known namespaces carry the prefix of this module, whatever the file's.

    Attributes without a namespace are those of BPMN itself and have no prefix.
    """

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element"] = field(default_factory=list)
    text: str = ""

    def add(self, tag: str, attributes: dict[str, str] | None = None, text: str = "") -> "Element":
        """Append a child and return it."""
        child = Element(tag, attributes or {}, [], text)
        self.children.append(child)
        return child

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def all(self, tag: str) -> Iterator["Element"]:
        return (child for child in self.children if child.tag == tag)

    def find(self, *path: str) -> "Element | None":
        """Return the first element below along the tags, or None."""
        here: Element | None = self
        for tag in path:
            here = next(here.all(tag), None) if here is not None else None
        return here


def write_xml(root: Element) -> bytes:
    """Return the document, indented, with the namespaces declared at its root."""
    spaces = {f"xmlns:{prefix}": uri for uri, prefix in PREFIXES.items()}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    # A list of (element, depth) or a closing line: no recursion, whatever the depth.
    waiting: list[tuple[Element, int] | str] = [(root, 0)]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            lines.append(one)
            continue
        element, depth = one
        attributes = spaces | element.attributes if element is root else element.attributes
        said = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
        indent = "  " * depth
        if element.children:
            lines.append(f"{indent}<{element.tag}{said}>")
            waiting.append(f"{indent}</{element.tag}>")
            waiting.extend((child, depth + 1) for child in reversed(element.children))
        elif element.text:
            lines.append(f"{indent}<{element.tag}{said}>{escape(element.text)}</{element.tag}>")
        else:
            lines.append(f"{indent}<{element.tag}{said} />")
    return ("\n".join(lines) + "\n").encode()


def escape(text: str) -> str:
    """Return the text as it stands in an element or an attribute, blanks kept."""
    return "".join(_ESCAPES.get(sign, sign) for sign in text)


def is_sayable(text: str) -> bool:
    """Say whether XML 1.0 can hold the text: no control signs, no half characters."""
    return all(
        sign in "\t\n\r" or "\x20" <= sign <= "\ud7ff" or "\ue000" <= sign <= "\ufffd"
        or sign >= "\U00010000"
        for sign in text
    )  # fmt: skip


def read_xml(data: bytes) -> Element:
    """Return the root element.

    :raises BpmnUnreadableError: no XML, with a document type declaration, too large or too deep.
    """
    if len(data) > MOST_BYTES:
        raise BpmnUnreadableError(
            f"文件超过 {MOST_BYTES // 1_000_000} MB",
            f"The file is larger than {MOST_BYTES // 1_000_000} MB.",
            mend_zh="只导出一个流程，去掉内嵌图片",
            mend_en="Export one process only, without pictures in it.",
        )
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BpmnUnreadableError(
            f"第 {error.lineno} 行不是合格的 XML",
            f"Line {error.lineno} is not well-formed XML.",
            line=error.lineno,
        ) from error
    except (LookupError, ValueError) as error:
        # An encoding that nobody knows, or that needs several bytes in a way expat does not read.
        raise BpmnUnreadableError(
            "文件的编码无法读取", "The file's encoding is unknown."
        ) from error
    (root,) = reader.root.children
    return root


class _Reader:
    def __init__(self) -> None:
        self.root = Element("")
        self.open = [self.root]
        self.parser = expat.ParserCreate(namespace_separator="\n")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.data
        self.parser.StartDoctypeDeclHandler = self.doctype

    def doctype(self, *_: object) -> None:
        line = self.parser.CurrentLineNumber
        raise BpmnUnreadableError(
            f"第 {line} 行有文档类型声明（DOCTYPE），不予读取",
            f"Line {line} holds a document type declaration, which is not read.",
            mend_zh="删去 DOCTYPE 和其中的实体",
            mend_en="Remove the DOCTYPE and its entities.",
            line=line,
        )

    def start(self, name: str, attributes: dict[str, str]) -> None:
        element = self.open[-1].add(_known(name))
        element.attributes = {_known(key): value for key, value in attributes.items()}
        self.open.append(element)
        if len(self.open) > MOST_DEPTH:
            line = self.parser.CurrentLineNumber
            raise BpmnUnreadableError(
                f"第 {line} 行嵌套过深", f"Line {line} is nested too deeply.", line=line
            )

    def end(self, _: str) -> None:
        self.open.pop()

    def data(self, text: str) -> None:
        self.open[-1].text += text


def _known(name: str) -> str:
    space, _, local = name.rpartition("\n")
    if not space:
        return local
    return f"{PREFIXES.get(space, FOREIGN)}:{local}"
