"""JSON Schema in the subset of OpenAPI 3.0 that older models take.

References are written out, and one that comes back to itself becomes any object; null is `nullable`; a choice among
values is a choice among strings.

Invariant: a schema is never changed, only written anew, and never grows beyond `MAX_NODES` places.
Source: https://ai.google.dev/api/caching#Schema (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from proxy.codecs.gemini.schema import merged, told
from proxy.core import jsons
from proxy.core.shape import Json

MAX_NODES: Final = 20_000
"""Places of a schema with all its references written out; beyond them stands any object."""

_KEPT: Final = frozenset(
    {
        "title", "minItems", "maxItems", "minimum", "maximum", "minLength", "maxLength", "pattern", "required",
        "propertyOrdering", "nullable",
    }
)  # fmt: skip
_SILENT: Final = frozenset(
    {
        "$schema", "$id", "$anchor", "$comment", "$defs", "definitions", "$ref", "strict", "examples", "default",
        "additionalProperties", "description",
    }
)  # fmt: skip
_FORMATS: Final = frozenset({"enum", "date-time", "float", "double", "int32", "int64"})
_ANY: Final = "OBJECT"


def subset(schema: Json) -> Json:
    """The schema in the subset."""
    return _Walk(schema).node(schema, ())


class _Walk:
    """The way through one schema."""

    def __init__(self, root: Json) -> None:
        self._root = root
        self._left = MAX_NODES

    def node(self, given: Any, trail: tuple[str, ...]) -> Json:
        """One place of the schema; `trail` has the references that led to it."""
        self._left -= 1
        if not isinstance(given, dict) or self._left < 0:
            return {"type": _ANY}
        whole = merged(given)
        reference = whole.get("$ref")
        if isinstance(reference, str):
            return self._referred(whole, reference, trail)
        written: Json = {}
        lost: list[str] = []
        for name, value in whole.items():
            if write := _WRITERS.get(name):
                write(self, written, value, trail)
            elif name in _KEPT:
                written[name] = value
            elif name not in _SILENT:
                lost.append(name)
        return told(whole, lost, _consistent(written))

    def _referred(self, whole: Json, reference: str, trail: tuple[str, ...]) -> Json:
        found = None if reference in trail else self._resolve(reference)
        if found is None:
            return told(whole, [], {"type": _ANY})
        beside = {name: value for name, value in whole.items() if name != "$ref"}
        return self.node({**found, **beside}, (*trail, reference))

    def _resolve(self, reference: str) -> Json | None:
        node: Any = self._root
        for step in filter(None, reference.removeprefix("#").split("/")):
            name = step.replace("~1", "/").replace("~0", "~")
            node = node.get(name) if isinstance(node, dict) else None
        return node if isinstance(node, dict) else None

    def type(self, written: Json, value: Any, _trail: tuple[str, ...]) -> None:
        """`type`, perhaps a list of types with null among them."""
        kinds = [str(each) for each in (value if isinstance(value, list) else [value])]
        others = [each.upper() for each in kinds if each != "null"]
        if len(others) < len(kinds):
            written["nullable"] = True
        if len(others) == 1:
            written["type"] = others[0]
        elif others:
            written["anyOf"] = [{"type": each} for each in others]

    def properties(self, written: Json, value: Any, trail: tuple[str, ...]) -> None:
        """`properties`."""
        members = value if isinstance(value, dict) else {}
        written["properties"] = {name: self.node(each, trail) for name, each in members.items()}

    def items(self, written: Json, value: Any, trail: tuple[str, ...]) -> None:
        """`items`."""
        written["items"] = self.node(value, trail)

    def choice(self, written: Json, value: Any, trail: tuple[str, ...]) -> None:
        """`anyOf` and `oneOf`; a choice with null is `nullable`, and one among one is none."""
        given = value if isinstance(value, list) else []
        kept = [each for each in given if each != {"type": "null"}]
        if len(kept) < len(given):
            written["nullable"] = True
        nodes = [self.node(each, trail) for each in kept]
        if len(nodes) == 1:
            written.update(nodes[0])
        elif nodes:
            written["anyOf"] = nodes

    def values(self, written: Json, value: Any, _trail: tuple[str, ...]) -> None:
        """`enum`, of strings only."""
        given = value if isinstance(value, list) else []
        kept = [each for each in given if each is not None]
        if len(kept) < len(given):
            written["nullable"] = True
        if kept:
            written["enum"] = [
                each if isinstance(each, str) else jsons.encode(each).decode() for each in kept
            ]

    def constant(self, written: Json, value: Any, trail: tuple[str, ...]) -> None:
        """`const`."""
        self.values(written, [value], trail)

    def form(self, written: Json, value: Any, _trail: tuple[str, ...]) -> None:
        """`format`, where it is a known one."""
        if isinstance(value, str) and value in _FORMATS:
            written["format"] = value


def _consistent(written: Json) -> Json:
    """A choice among strings is a string, and a choice among schemas has no type of its own beside it."""
    if "enum" in written:
        return {**written, "type": "STRING"}
    if "anyOf" in written:
        return {
            name: value for name, value in written.items() if name in ("anyOf", "title", "nullable")
        }
    return written


_Writer: TypeAlias = Callable[[_Walk, Json, Any, tuple[str, ...]], None]
_WRITERS: Final[dict[str, _Writer]] = {
    "type": _Walk.type,
    "properties": _Walk.properties,
    "items": _Walk.items,
    "anyOf": _Walk.choice,
    "oneOf": _Walk.choice,
    "enum": _Walk.values,
    "const": _Walk.constant,
    "format": _Walk.form,
}
