"""安全读取 XML: reads a DMN file into plain elements that know their line.

A document type declaration is refused, so there are no entities to expand and nothing outside
the file is ever fetched. Depth and size are bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from yiwang.kernel.casework.rules.errors import DmnError, Words

MAX_BYTES = 20_000_000
MAX_DEPTH = 200
XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(slots=True)
class Element:
    """An XML element; `tag` and the keys of `attributes` are local names.

    `text` is the character data directly inside.
    """

    tag: str
    namespace: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute."""
        return self.attributes.get(name, default)

    def all(self, tag: str) -> Iterator[Element]:
        """Give the children of a tag."""
        return (child for child in self.children if child.tag == tag)

    def first(self, *tags: str) -> Element | None:
        """Return the first child of any of the tags."""
        return next((child for child in self.children if child.tag in tags), None)

    def descendants(self) -> Iterator[Element]:
        """Give all elements below this one."""
        for child in self.children:
            yield child
            yield from child.descendants()

    def text_of(self, tag: str) -> str:
        """Return the text of the first child of a tag, empty without one."""
        child = self.first(tag)
        return child.text.strip() if child is not None else ""


def read_xml(source: bytes | str) -> Element:
    """Return the root element.

    :raises DmnError: not well-formed, with a document type declaration, too large or too deep.
    """
    data = source.encode() if isinstance(source, str) else source
    if len(data) > MAX_BYTES:
        raise _refused("xml-size", "文件过大", "the file is too large", 0)
    builder = _Builder()
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise _refused(
            "xml-syntax", "不是合格的 XML", "not well-formed XML", error.lineno
        ) from error
    if builder.root is None:
        raise _refused("xml-syntax", "不是合格的 XML", "not well-formed XML", 0)
    return builder.root


def _refused(code: str, zh: str, en: str, line: int) -> DmnError:
    return DmnError(
        code,
        Words(f"{zh}（第 {line} 行）", f"{en} (line {line})"),
        Words("用建模工具重新导出 DMN 文件", "export the DMN file again from the modeller"),
        line=line,
    )


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self.open: list[Element] = []
        self.parser = expat.ParserCreate(namespace_separator="\n")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.data
        self.parser.StartDoctypeDeclHandler = self.doctype

    def doctype(self, *_: object) -> None:
        raise _refused(
            "xml-doctype",
            "DMN 文件不得含文档类型声明",
            "a DMN file may not hold a document type declaration",
            self.parser.CurrentLineNumber,
        )

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition("\n")
        element = Element(tag, namespace, self.parser.CurrentLineNumber)
        for key, value in attributes.items():
            space, _, local = key.rpartition("\n")
            if not space or space == XSI:
                element.attributes[local] = value
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)
        if len(self.open) > MAX_DEPTH:
            raise _refused("xml-depth", "嵌套过深", "nested too deeply", element.line)

    def end(self, _: str) -> None:
        self.open.pop()

    def data(self, text: str) -> None:
        self.open[-1].text += text
