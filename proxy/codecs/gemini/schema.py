"""JSON Schema in the part that Google takes of it.

What it does not take (lengths, patterns, exclusive bounds) moves into the description of its place, where the model
still reads it.

Invariant: a schema is never changed, only written anew; the order of properties, which the answer follows, is kept.
Source: https://ai.google.dev/gemini-api/docs/structured-output (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from proxy.codecs.gemini.references import ALONE, References, Trail
from proxy.core import jsons
from proxy.core.shape import Json

_KEPT: Final = frozenset(
    {
        "$id", "$anchor", "type", "format", "title", "enum", "minItems", "maxItems", "minimum", "maximum", "required",
        "propertyOrdering",
    }
)  # fmt: skip
_SILENT: Final = frozenset({"$schema", "$comment", "strict", "examples", "default", "description"})
"""What is neither kept nor told by itself."""
_REFERRING: Final = frozenset({"$ref", "$defs", "definitions", "$id", "$anchor"})
"""What may stand beside a reference; of the rest, its description has all that is told."""
_NO_ARGUMENT: Final = (ALONE | {"type"}) - {"$ref"}
"""What says nothing of the arguments of a function."""
_NOTHING: Final[tuple[object, ...]] = (None, False, {}, [])
_DEFINITIONS: Final = "#/definitions/"
_LONGEST: Final = 8_192
"""Characters of one thing that a description tells."""


def plain(schema: Any) -> Any:
    """The schema in the supported part; what is no object (`true`, `false`) as it is."""
    return _Walk(schema).node(schema, (), out=True) if isinstance(schema, dict) else schema


def arguments(schema: Json) -> Json | None:
    """The schema of a function's arguments, which says itself that they are an object; None where it says nothing of them."""
    whole, _ = References(schema).whole(schema, (), out=True)
    if all(name in _NO_ARGUMENT or value in _NOTHING for name, value in whole.items()):
        return None
    return {"type": "object", **whole}


def told(node: Json, lost: list[str], written: Json) -> Json:
    """The written node, with what could not be written in its description."""
    said = node.get("description")
    lines = [said] if isinstance(said, str) and said else []
    lines += [f"{name}: {_cut(jsons.encode(node[name]).decode())}" for name in lost]
    return {**written, "description": "\n".join(lines)} if lines else written


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


class _Walk:
    """The way through one schema."""

    def __init__(self, root: Json) -> None:
        self._references = References(root)

    def node(self, given: Any, trail: Trail, *, out: bool = False) -> Any:
        """One place of the schema; `trail` has the references that led to it."""
        if not isinstance(given, dict):
            return given
        whole, trail = self._references.whole(given, trail, out=out)
        kept = _REFERRING if isinstance(whole.get("$ref"), str) else _KEPT
        written: Json = {}
        lost: list[str] = []
        self._references.depth += 1
        for name, value in whole.items():
            write = _WRITERS.get(name)
            if write and (kept is _KEPT or name in kept):
                write(self, written, value, trail)
            elif name in kept:
                written[name] = value
            elif name not in (_SILENT if kept is _KEPT else ALONE):
                lost.append(name)
        self._references.depth -= 1
        return told(whole, lost, written)

    def reference(self, written: Json, value: Any, _trail: Trail) -> None:
        """`$ref`."""
        text = str(value)
        if text.startswith(_DEFINITIONS):
            text = f"#/$defs/{text.removeprefix(_DEFINITIONS)}"
        written["$ref"] = text

    def constant(self, written: Json, value: Any, _trail: Trail) -> None:
        """`const`."""
        written["enum"] = [value]


def _one(name: str) -> _Writer:
    def write(walk: _Walk, written: Json, value: Any, trail: Trail) -> None:
        written[name] = walk.node(value, trail)

    return write


def _each(name: str) -> _Writer:
    def write(walk: _Walk, written: Json, value: Any, trail: Trail) -> None:
        if isinstance(value, list):
            more = [walk.node(each, trail) for each in value]
            written[name] = [*written.get(name, ()), *more]

    return write


def _by_name(name: str) -> _Writer:
    def write(walk: _Walk, written: Json, value: Any, trail: Trail) -> None:
        members = value if isinstance(value, dict) else {}
        more = {key: walk.node(member, trail) for key, member in members.items()}
        written[name] = {**written.get(name, {}), **more}

    return write


_Writer: TypeAlias = Callable[[_Walk, Json, Any, Trail], None]
_WRITERS: Final[dict[str, _Writer]] = {
    "$ref": _Walk.reference,
    "const": _Walk.constant,
    "properties": _by_name("properties"),
    "$defs": _by_name("$defs"),
    "definitions": _by_name("$defs"),
    "items": _one("items"),
    "additionalProperties": _one("additionalProperties"),
    "prefixItems": _each("prefixItems"),
    "anyOf": _each("anyOf"),
    "oneOf": _each("anyOf"),
}
