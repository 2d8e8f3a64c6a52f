"""JSON Schema in the part of it that constrained decoding takes.

What it does not take (bounds, lengths, patterns) moves into the description of its place, where the model still reads
it. Every object is closed there, so one whose members are not all named (a map, an object of any form) would be empty for
good: a schema with such a one cannot be written in that part at all, nor can one that refers to itself or outside of itself.

Invariant: a schema is never changed, only written anew; no member that it allows in so many words is refused.
Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final, TypeAlias

from proxy.core import jsons
from proxy.core.shape import Json

_FORMATS: Final = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
)
_KEPT: Final = frozenset({"type", "enum", "const", "title", "$ref", "required", "default"})
_DEFINITIONS: Final = ("$defs", "definitions")
_ALONE: Final = frozenset({"$ref", *_DEFINITIONS})
"""What may stand beside a reference."""
_SILENT: Final = frozenset({"$schema", "$id", "$comment", "additionalProperties", "description"})
"""What is neither kept nor told; the last two have their own rule."""


class _Inexpressible(Exception):  # noqa: N818 (a turn in the walk, not an error that anybody sees)
    pass


def closed(schema: Json) -> Json | None:
    """The schema in the supported part; None where it leaves an object open, recurses or refers to another document."""
    try:
        _References(schema).follow(schema, ())
        return dict(_walk(schema))
    except (_Inexpressible, RecursionError):
        return None


class _References:
    """Finds references that come back to themselves; each one is followed once, however often it is used."""

    def __init__(self, root: Json) -> None:
        self._root = root
        self._done: set[str] = set()

    def follow(self, node: Any, trail: tuple[str, ...]) -> None:
        if isinstance(node, list):
            for item in node:
                self.follow(item, trail)
        if not isinstance(node, dict):
            return
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in self._done:
            if reference in trail:
                raise _Inexpressible
            self.follow(self._resolve(reference), (*trail, reference))
            self._done.add(reference)
        for value in node.values():
            self.follow(value, trail)

    def _resolve(self, reference: str) -> Any:
        if not reference.startswith("#/"):
            raise _Inexpressible
        node: Any = self._root
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(node, dict) or name not in node:
                raise _Inexpressible
            node = node[name]
        return node


def _walk(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if _places(node) > 1:
        raise _Inexpressible
    written: Json = {}
    told: list[str] = []
    alone = _ALONE if isinstance(node.get("$ref"), str) else None
    for name, value in node.items():
        if alone and name not in alone:
            continue
        write = _WRITERS.get(name)
        if name in _KEPT:
            written[name] = value
        elif write:
            write(written, told, value)
        elif name not in _SILENT:
            told.append(_tell(name, value))
    return written if alone else _described(_shut(written, node), told, node)


def _shut(written: Json, node: Json) -> Json:
    """An object that takes no other members than those it names."""
    if _has_members(written.get("type")) or "properties" in written:
        if _is_open(node):
            raise _Inexpressible
        written["additionalProperties"] = False
    return written


def _is_open(node: Json) -> bool:
    """Whether an object has members that it does not name."""
    if node.get("patternProperties"):
        return True
    extra = node.get("additionalProperties")
    return not node.get("properties") if extra is None else extra is not False


def _places(node: Json) -> int:
    """In how many places a node names members: closed each by itself, one would refuse what another one names."""
    places = ["properties" in node, isinstance(node.get("$ref"), str)]
    places += map(_names, _arms(node, "allOf"))
    places += [any(map(_names, _arms(node, name))) for name in ("anyOf", "oneOf")]
    return sum(places)


def _names(arm: Any) -> bool:
    """Whether an arm names members; a reference may lead to an object."""
    return isinstance(arm, dict) and (_has_members(arm.get("type")) or _places(arm) > 0)


def _arms(node: Json, name: str) -> list[Any]:
    arms = node.get(name)
    return arms if isinstance(arms, list) else []


def _has_members(kind: Any) -> bool:
    return kind == "object" or (isinstance(kind, list) and "object" in kind)


def _described(written: Json, told: list[str], node: Json) -> Json:
    said = node.get("description")
    lines = [*([said] if isinstance(said, str) and said else []), *told]
    if lines:
        written["description"] = "\n".join(lines)
    return written


def _tell(name: str, value: Any) -> str:
    return f"{name}: {jsons.encode(value).decode()}"


def _one(name: str) -> _Writer:
    def write(written: Json, _told: list[str], value: Any) -> None:
        written[name] = _walk(value)

    return write


def _each(name: str) -> _Writer:
    def write(written: Json, told: list[str], value: Any) -> None:
        if isinstance(value, list) and name not in written:
            written[name] = [_walk(item) for item in value]
        else:
            told.append(_tell(name, value))

    return write


def _by_name(name: str) -> _Writer:
    def write(written: Json, _told: list[str], value: Any) -> None:
        members = value if isinstance(value, dict) else {}
        written[name] = {key: _walk(item) for key, item in members.items()}

    return write


def _among(name: str, known: Collection[Any]) -> _Writer:
    def write(written: Json, told: list[str], value: Any) -> None:
        if isinstance(value, str | int) and value in known:
            written[name] = value
        else:
            told.append(_tell(name, value))

    return write


_Writer: TypeAlias = Callable[[Json, list[str], Any], None]
_WRITERS: Final[dict[str, _Writer]] = {
    "properties": _by_name("properties"),
    **{name: _by_name(name) for name in _DEFINITIONS},
    "items": _one("items"),
    "anyOf": _each("anyOf"),
    "oneOf": _each("anyOf"),
    "allOf": _each("allOf"),
    "format": _among("format", _FORMATS),
    "minItems": _among("minItems", (0, 1)),
}
