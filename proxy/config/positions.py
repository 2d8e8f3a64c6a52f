"""YAML text to a tree of values that know where they were written.

The tree is built from the parser's events, so that nothing is lost and nothing is trusted: doubled keys, tags,
several documents, deep nests and aliases that multiply are refused before they cost anything. Plain scalars are
read by YAML 1.2's core schema: `off` and `yes` are words, `012` is not octal, `1:30` is not ninety.

Invariant: bad text gives problems in `Findings`, never an exception.
Source: https://yaml.org/spec/1.2.2/ chapter 10.3 (read 2026-11-21).
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import yaml

from proxy.config.problems import Findings, Place, quoted, under

MAX_BYTES: Final = 1024 * 1024
MAX_ALIASES: Final = 100
"""Anchors and aliases together."""
MAX_DEPTH: Final = 64
MAX_VALUES: Final = 20_000
"""Scalars, lists and maps, each alias counted as all that it stands for."""

_TAB: Final = "a tab where only spaces may stand; indent with spaces"
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value."""

    place: Place
    value: str | float | bool | None
    """By the core schema where it was written plain, else text."""
    text: str = field(repr=False)
    """As written, references replaced."""
    plain: bool = False
    """Written without quotes, so that a replaced reference may be a number."""
    references: tuple[str, ...] = ()
    """Those it was made from, as `${NAME}`: messages name them in place of what they hold."""
    unset: tuple[str, ...] = ()
    """Variables that do not exist and have no default."""
    blank: tuple[str, ...] = ()
    """Variables that exist, empty, and have no default."""
    fault: str = ""
    """Why a reference in it could not be replaced."""
    pending: bool = False
    """Its references stay unread: it belongs to a profile that is not in force."""


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A key's place and its value."""

    place: Place
    node: Node


@dataclass(frozen=True, slots=True)
class Entries:
    """A map."""

    place: Place
    entries: Mapping[str, Entry]


Node: TypeAlias = Scalar | Items | Entries


class _RefusedError(Exception):
    """Reading cannot go on."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.message = message


@dataclass(frozen=True, slots=True)
class _Anchor:
    """What an alias stands for, and what it costs."""

    node: Node
    values: int
    height: int


def parse(data: bytes, source: str, findings: Findings) -> Node | None:
    """Read one document.

    Args:
        data: The file's bytes, UTF-8.
        source: The file's name for messages.
        findings: Takes every problem.

    Returns:
        The tree, or None for an empty document or one that cannot be read at all.
    """
    start = Place(source, 1, 1)
    if len(data) > MAX_BYTES:
        findings.blame(start, "", f"expected at most {MAX_BYTES} bytes, got {len(data)}")
        return None
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        place = _place_after(data[: error.start].decode(), source)
        message = f"expected UTF-8, got the byte 0x{data[error.start]:02x}; save the file as UTF-8"
        findings.blame(place, "", message)
        return None
    try:
        return _Builder(text, source, findings).document()
    except _RefusedError as refused:
        findings.blame(refused.place, "", refused.message)
    except yaml.YAMLError as error:
        place = _place_of(error, text, source)
        line = "".join(text.splitlines()[place.line - 1 : place.line])
        why = _TAB if line[place.column - 1 : place.column] == "\t" else _reason(error)
        findings.blame(place, "", f"not YAML: {why}{_hint(line)}")
    return None


def plain_value(node: Node) -> Any:
    """The tree as ordinary lists, dicts and scalars."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Items):
        return [plain_value(item) for item in node.items]
    return {key: plain_value(entry.node) for key, entry in node.entries.items()}


def resolve_plain(text: str) -> str | float | bool | None:
    """What plain text means: null, a boolean, a number, or itself."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


class _Builder:
    """Turns one event stream into one tree."""

    def __init__(self, text: str, source: str, findings: Findings) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._source = source
        self._findings = findings
        self._anchors: dict[str, _Anchor] = {}
        self._aliases = 0
        self._values = 0
        self._deepest = 0

    def document(self) -> Node | None:
        tree: Node | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _RefusedError(self._place(event), "expected one document, got a second")
            elif isinstance(event, yaml.NodeEvent):
                tree = self._node(event, "", 0)
        empty = isinstance(tree, Scalar) and tree.plain and tree.value is None
        return None if empty else tree

    def _node(self, event: Any, path: str, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _RefusedError(
                self._place(event), f"expected at most {MAX_DEPTH} levels of nesting, got more"
            )
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        before, outer, self._deepest = self._values, self._deepest, depth
        self._count(event, 1)
        node = self._fresh(event, path, depth)
        if event.anchor is not None:
            self._linked(event)
            height = self._deepest - depth
            self._anchors[event.anchor] = _Anchor(node, self._values - before, height)
        self._deepest = max(outer, self._deepest)
        return node

    def _fresh(self, event: Any, path: str, depth: int) -> Node:
        if event.tag is not None:
            self._findings.blame(self._place(event), path, "tags are not used here; leave it out")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(event, path, depth)
        return self._entries(event, path, depth)

    def _scalar(self, event: Any) -> Scalar:
        plain = bool(event.implicit[0])
        value = resolve_plain(event.value) if plain else event.value
        return Scalar(self._place(event), value, event.value, plain=plain)

    def _items(self, event: Any, path: str, depth: int) -> Items:
        items: list[Node] = []
        while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(inner, under(path, len(items)), depth + 1))
        return Items(self._place(event), tuple(items))

    def _entries(self, event: Any, path: str, depth: int) -> Entries:
        entries: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        while not isinstance(inner := next(self._events), yaml.MappingEndEvent):
            place = self._place(inner)
            key = self._key(inner, path, depth)
            node = self._node(next(self._events), under(path, key), depth + 1)
            if key == "<<" and getattr(inner, "implicit", (False,))[0]:
                self._merge(node, place, path, merged)
            elif key in entries:
                first = entries[key].place.line
                self._findings.blame(place, under(path, key), f"given twice, first on line {first}")
            else:
                entries[key] = Entry(place, node)
        return Entries(self._place(event), {**merged, **entries})

    def _key(self, event: Any, path: str, depth: int) -> str:
        node = self._node(event, path, depth + 1)
        if not isinstance(node, Scalar):
            raise _RefusedError(
                self._place(event), "expected a name as the key, got a list or a map"
            )
        return node.text

    def _merge(self, node: Node, place: Place, path: str, into: dict[str, Entry]) -> None:
        """`<<: *base` or `<<: [*one, *two]`: the first to say a key wins, the map's own keys win over all."""
        sources = node.items if isinstance(node, Items) else (node,)
        for source in sources:
            if not isinstance(source, Entries):
                self._findings.blame(place, under(path, "<<"), "expected a map to merge")
                continue
            for key, entry in source.entries.items():
                self._values += 1
                into.setdefault(key, entry)

    def _alias(self, event: Any, depth: int) -> Node:
        self._linked(event)
        anchor = self._anchors.get(event.anchor)
        if anchor is None:
            raise _RefusedError(
                self._place(event),
                f"the alias {quoted('*' + event.anchor)} stands for nothing that ended before it",
            )
        if depth + anchor.height > MAX_DEPTH:
            raise _RefusedError(
                self._place(event), f"expected at most {MAX_DEPTH} levels of nesting, got more"
            )
        self._deepest = max(self._deepest, depth + anchor.height)
        self._count(event, anchor.values)
        return anchor.node

    def _linked(self, event: Any) -> None:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise _RefusedError(
                self._place(event), f"expected at most {MAX_ALIASES} anchors and aliases, got more"
            )

    def _count(self, event: Any, values: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise _RefusedError(
                self._place(event),
                f"expected at most {MAX_VALUES} values with aliases written out, got more",
            )

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self._source, mark.line + 1, mark.column + 1)


def _place_of(error: yaml.YAMLError, text: str, source: str) -> Place:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return Place(source, mark.line + 1, mark.column + 1)
    # The reader, which finds characters that YAML does not allow, knows offsets only.
    return _place_after(text[: getattr(error, "position", 0)], source)


def _place_after(before: str, source: str) -> Place:
    return Place(source, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _hint(line: str) -> str:
    """The most likely slip: YAML takes the braces of a bare `${NAME}` within braces for its own."""
    bare = re.search(r"[{\[][^\"']*[:,\[]\s*\$\{", line)
    return '; within {} and [] a reference needs quotes: "${NAME}"' if bare else ""


def _reason(error: yaml.YAMLError) -> str:
    parts = [getattr(error, name, None) for name in ("context", "problem", "reason")]
    return ", ".join(str(part) for part in parts if part) or "it cannot be read"
