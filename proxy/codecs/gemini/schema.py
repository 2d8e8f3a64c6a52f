"""JSON Schema in the part that Google takes of it.

What it does not take (lengths, patterns, exclusive bounds) moves into the description of its place, where the model
still reads it.

Invariant: a schema is never changed, only written anew; the order of properties, which the answer follows, is kept.
Source: https://ai.google.dev/gemini-api/docs/structured-output (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

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
_DEFINITIONS: Final = "#/definitions/"


def plain(node: Any) -> Any:
    """The schema in the supported part; what is no object (`true`, `false`) as it is."""
    if not isinstance(node, dict):
        return node
    whole = merged(node)
    written: Json = {}
    lost: list[str] = []
    for name, value in whole.items():
        if write := _WRITERS.get(name):
            write(written, value)
        elif name in _KEPT:
            written[name] = value
        elif name not in _SILENT:
            lost.append(name)
    return told(whole, lost, written)


def merged(node: Json) -> Json:
    """The node with what `allOf` adds to it; a reference inside stays the first one."""
    parts = node.get("allOf")
    if not isinstance(parts, list):
        return node
    whole = {name: value for name, value in node.items() if name != "allOf"}
    for part in parts:
        more = merged(part) if isinstance(part, dict) else {}
        for name, value in more.items():
            whole[name] = _joined(whole[name], value) if name in whole else value
    return whole


def told(node: Json, lost: list[str], written: Json) -> Json:
    """The written node, with what could not be written in its description."""
    said = node.get("description")
    lines = [said] if isinstance(said, str) and said else []
    lines += [f"{name}: {jsons.encode(node[name]).decode()}" for name in lost]
    return {**written, "description": "\n".join(lines)} if lines else written


def _joined(known: Any, more: Any) -> Any:
    if isinstance(known, dict) and isinstance(more, dict):
        return {**known, **more}
    if isinstance(known, list) and isinstance(more, list):
        return [*known, *(each for each in more if each not in known)]
    return known


def _reference(written: Json, value: Any) -> None:
    text = str(value)
    if text.startswith(_DEFINITIONS):
        text = f"#/$defs/{text.removeprefix(_DEFINITIONS)}"
    written["$ref"] = text


def _constant(written: Json, value: Any) -> None:
    written["enum"] = [value]


def _one(name: str) -> _Writer:
    def write(written: Json, value: Any) -> None:
        written[name] = plain(value)

    return write


def _each(name: str) -> _Writer:
    def write(written: Json, value: Any) -> None:
        if isinstance(value, list):
            written[name] = [*written.get(name, ()), *map(plain, value)]

    return write


def _by_name(name: str) -> _Writer:
    def write(written: Json, value: Any) -> None:
        members = value if isinstance(value, dict) else {}
        written[name] = {key: plain(member) for key, member in members.items()}

    return write


_Writer: TypeAlias = Callable[[Json, Any], None]
_WRITERS: Final[dict[str, _Writer]] = {
    "$ref": _reference,
    "const": _constant,
    "properties": _by_name("properties"),
    "$defs": _by_name("$defs"),
    "definitions": _by_name("$defs"),
    "items": _one("items"),
    "additionalProperties": _one("additionalProperties"),
    "prefixItems": _each("prefixItems"),
    "anyOf": _each("anyOf"),
    "oneOf": _each("anyOf"),
}
