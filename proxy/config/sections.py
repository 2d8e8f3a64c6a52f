"""What several values may be: records, maps, lists, and short forms of records.

A record's `Section` keeps the place of every value beside it, so that a check made later, across sections, can
still point at the line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from proxy.config.foreign import meant
from proxy.config.kinds import Definitions, Kind, Schema, shown, trouble_of
from proxy.config.positions import Entries, Entry, Items, Node, Scalar, parse, plain_value
from proxy.config.problems import Findings, Place, quoted, suggestion, under


@dataclass(frozen=True, slots=True)
class Section:
    """A record or map as it was read: only what was written, and where."""

    path: str
    place: Place
    values: Mapping[str, Any] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)
    """Each value as it was written, also those that were wrong."""

    def get(self, name: str, otherwise: Any = None) -> Any:
        """A value, or what holds where none was written."""
        return self.values.get(name, otherwise)

    def section(self, name: str) -> Section:
        """A record within this one, empty where none was written."""
        found = self.values.get(name)
        empty = Section(under(self.path, name), self.place)
        return found if isinstance(found, Section) else empty

    def at(self, name: str) -> Place:
        """Where a value stands; where the section does, if the value was not written."""
        node = self.nodes.get(name)
        return node.place if node is not None else self.place

    def shown(self, name: str) -> str:
        """A value for a message: as written, or the reference that it came from."""
        node = self.nodes.get(name)
        return shown(node) if node is not None else "nothing"


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a record."""

    kind: Kind
    doc: str
    """One line: what it does."""
    default: str = ""
    """As YAML, empty where there is none."""
    example: str = ""
    """As YAML."""
    required: bool = False


def is_nothing(node: Node) -> bool:
    """Whether only a key was written: a section whose lines are all commented out."""
    return isinstance(node, Scalar) and node.value is None and not node.references


@dataclass(frozen=True, slots=True)
class Record:
    """A map of known keys."""

    name: str
    """Its name among the schema's definitions."""
    fields: Mapping[str, Field]
    words: str = "a map"
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Keys that have their place near by, and what is said of one that stands here."""

    @property
    def label(self) -> str:
        """What is expected."""
        return self.words

    def read(self, node: Node, path: str, findings: Findings) -> Section | None:
        """A `Section`."""
        if is_nothing(node):
            node = Entries(node.place, {})
        if not isinstance(node, Entries):
            _expected(self, node, path, findings)
            return None
        values: dict[str, Any] = {}
        for key, entry in node.entries.items():
            value = self._member(key, entry, path, findings)
            if value is not None:
                values[key] = value
        self._insist(node, path, findings)
        return Section(path, node.place, values, _nodes(node))

    def _member(self, key: str, entry: Entry, path: str, findings: Findings) -> Any:
        known = self.fields.get(key)
        if known is not None:
            return known.kind.read(entry.node, under(path, key), findings)
        message = self.elsewhere.get(key)
        if message is None:
            told = meant(self.name, key)
            near = f"; {told}" if told else suggestion(key, {**self.fields, **self.elsewhere})
            message = f"unknown key{near or '; known here: ' + ', '.join(self.fields)}"
        findings.blame(entry.place, under(path, key), message)
        return None

    def _insist(self, node: Entries, path: str, findings: Findings) -> None:
        told = [meant(self.name, key) for key in node.entries]
        for name, known in self.fields.items():
            if not known.required or name in node.entries:
                continue
            # Who wrote another gateway's key for it was told so at that key.
            if not any(words.startswith(f"the key is `{name}`") for words in told):
                findings.blame(
                    node.place, path, f"expected the key {quoted(name)}: {known.kind.label}"
                )

    def schema(self, definitions: Definitions) -> Schema:
        """An object that allows no other key."""
        required = [name for name, known in self.fields.items() if known.required]
        body: Schema = {
            "type": "object" if required else ["object", "null"],
            "additionalProperties": False,
            "properties": {
                name: _described(known, definitions) for name, known in self.fields.items()
            },
        }
        if required:
            body["required"] = required
        return definitions.reference(self.name, body)


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map from names to values of one kind."""

    kind: Kind
    words: str
    key_pattern: str
    key_words: str
    """What a key must be, with its article."""
    lowered: bool = False
    """Keys are compared and kept in lower case, as header names are."""

    @property
    def label(self) -> str:
        """What is expected."""
        return self.words

    def read(self, node: Node, path: str, findings: Findings) -> Section | None:
        """A `Section` of the names."""
        if is_nothing(node):
            return Section(path, node.place)
        if not isinstance(node, Entries):
            _expected(self, node, path, findings)
            return None
        values: dict[str, Any] = {}
        for key, entry in node.entries.items():
            inner = under(path, key)
            if not re.fullmatch(self.key_pattern, key):
                message = f"expected {self.key_words} as the key, got {quoted(key)}"
                findings.blame(entry.place, inner, message)
            value = self.kind.read(entry.node, inner, findings)
            name = key.lower() if self.lowered else key
            if name in values:
                findings.blame(entry.place, inner, "given twice: letter case makes no difference")
            if value is not None:
                values[name] = value
        return Section(path, node.place, values, _nodes(node))

    def schema(self, definitions: Definitions) -> Schema:
        """An object with a pattern for its names."""
        return {
            "type": ["object", "null"],
            "propertyNames": {"pattern": f"^{self.key_pattern}$"},
            "additionalProperties": self.kind.schema(definitions),
        }


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one kind."""

    kind: Kind
    words: str
    least: int = 0

    @property
    def label(self) -> str:
        """What is expected."""
        return self.words

    def read(self, node: Node, path: str, findings: Findings) -> tuple[Any, ...] | None:
        """A tuple of the values that were right."""
        if is_nothing(node) and not self.least:
            return ()
        if not isinstance(node, Items):
            _expected(self, node, path, findings)
            return None
        if len(node.items) < self.least:
            came = len(node.items)
            findings.blame(
                node.place, path, f"expected at least {self.least} in {self.words}, got {came}"
            )
        found = (
            self.kind.read(item, under(path, index), findings)
            for index, item in enumerate(node.items)
        )
        return tuple(value for value in found if value is not None)

    def schema(self, definitions: Definitions) -> Schema:
        """An array."""
        body: Schema = {"items": self.kind.schema(definitions)}
        if self.least:
            return {"type": "array", "minItems": self.least} | body
        return {"type": ["array", "null"]} | body


@dataclass(frozen=True, slots=True)
class Shorthand:
    """A record, or only the value of one of its fields: a list for a cascade, a name for a target."""

    record: Record
    short: str

    @property
    def label(self) -> str:
        """What is expected."""
        return f"{self.record.fields[self.short].kind.label}, or {self.record.label}"

    def read(self, node: Node, path: str, findings: Findings) -> Section | None:
        """The record's `Section`, whichever form was written."""
        if isinstance(node, Entries):
            return self.record.read(node, path, findings)
        if isinstance(node, Scalar) and node.pending:
            return None
        kind = self.record.fields[self.short].kind
        if isinstance(kind, ListOf) and not isinstance(node, Items):
            _expected(self, node, path, findings)
            return None
        value = kind.read(node, path, findings)
        if value is None:
            return None
        return Section(path, node.place, {self.short: value}, {self.short: node})

    def schema(self, definitions: Definitions) -> Schema:
        """Either form."""
        short = self.record.fields[self.short].kind.schema(definitions)
        return {"anyOf": [short, self.record.schema(definitions)]}


@dataclass(frozen=True, slots=True)
class Either:
    """What is usual, or a record of another sort, told by a key that only this one has."""

    usual: Shorthand
    other: Record
    key: str

    @property
    def label(self) -> str:
        """What is expected."""
        return f"{self.usual.label}, or {self.other.label}"

    def read(self, node: Node, path: str, findings: Findings) -> Section | None:
        """The `Section` of whichever it is."""
        is_other = isinstance(node, Entries) and self.key in node.entries
        kind: Kind = self.other if is_other else self.usual
        found: Section | None = kind.read(node, path, findings)
        return found

    def schema(self, definitions: Definitions) -> Schema:
        """Any of the forms."""
        usual = self.usual.schema(definitions)["anyOf"]
        return {"anyOf": [*usual, self.other.schema(definitions)]}


@dataclass(frozen=True, slots=True)
class Open:
    """A map that is passed on as it is, but for a few keys that are not its business."""

    words: str = "a map"
    closed: tuple[str, ...] = ()
    """Keys that it must not have."""

    @property
    def label(self) -> str:
        """What is expected."""
        return self.words

    def read(self, node: Node, path: str, findings: Findings) -> dict[str, Any] | None:
        """A plain dict."""
        if is_nothing(node):
            return {}
        if not isinstance(node, Entries):
            _expected(self, node, path, findings)
            return None
        for key in self.closed:
            if key in node.entries:
                message = f"cannot be set here; {self.words} without {', '.join(self.closed)}"
                findings.blame(node.entries[key].place, under(path, key), message)
        _look_through(node, path, findings)
        value: dict[str, Any] = plain_value(node)
        return value

    def schema(self, definitions: Definitions) -> Schema:  # noqa: ARG002 (the protocol's own)
        """Any object."""
        body: Schema = {"type": ["object", "null"]}
        return body | ({"propertyNames": {"not": {"enum": [*self.closed]}}} if self.closed else {})


def as_partial(record: Record) -> Record:
    """The same record with nothing required, all the way down: what is merged over another may be a part of it."""
    fields = {
        name: replace(known, kind=_partial_kind(known.kind), required=False)
        for name, known in record.fields.items()
    }
    if fields == record.fields:
        return record
    return replace(record, name=f"{record.name}-part", fields=fields)


def _partial_kind(kind: Kind) -> Kind:
    if isinstance(kind, Record):
        return as_partial(kind)
    if isinstance(kind, MapOf):
        return replace(kind, kind=_partial_kind(kind.kind))
    if isinstance(kind, Shorthand):
        return replace(kind, record=as_partial(kind.record))
    return kind


def _look_through(node: Node, path: str, findings: Findings) -> None:
    """Tell of references that could not be replaced, wherever they stand in an open map."""
    if isinstance(node, Scalar):
        trouble = "" if node.pending else trouble_of(node)
        if trouble:
            findings.blame(node.place, path, trouble)
    elif isinstance(node, Items):
        for index, item in enumerate(node.items):
            _look_through(item, under(path, index), findings)
    else:
        for key, entry in node.entries.items():
            _look_through(entry.node, under(path, key), findings)


def _nodes(entries: Entries) -> dict[str, Node]:
    return {key: entry.node for key, entry in entries.entries.items()}


def _expected(kind: Kind, node: Node, path: str, findings: Findings) -> None:
    if isinstance(node, Scalar) and node.pending:
        return
    findings.blame(node.place, path, f"expected {kind.label}, got {shown(node)}")


def _described(known: Field, definitions: Definitions) -> Schema:
    body: Schema = {"description": known.doc, **known.kind.schema(definitions)}
    for name, text in (("default", known.default), ("example", known.example)):
        tree = parse(text.encode(), name, Findings()) if text else None
        if tree is not None:
            value = plain_value(tree)
            body |= {"default": value} if name == "default" else {"examples": [value]}
    return body
