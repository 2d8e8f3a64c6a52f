"""JSON Schema in the part of it that constrained decoding takes.

What it does not take (bounds, lengths, patterns) moves into the description of its place, where the model still reads
it. Every object is closed there, so one whose members are not all named (a map, an object of any form) would be empty for
good: a schema with such a one cannot be written in that part at all, nor can one that refers to itself or outside of itself.
Definitions that nothing refers to have no say in that, and are left out.

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
        return dict(_walk(schema, _References(schema)))
    except (_Inexpressible, RecursionError):
        return None


class _References:
    """What a schema refers to, from its root on; each reference is followed once, however often it is used.

    Raises:
        _Inexpressible: one leads outside of the schema, or comes back to itself.
    """

    def __init__(self, root: Json) -> None:
        self._root = root
        self._done: set[str] = set()
        self._naming: dict[str, bool] = {}
        self._reached: dict[int, Any] = {}
        self._follow(root, ())
        self._reach()

    def is_reached(self, definition: Any) -> bool:
        """Whether a reference leads to a definition, or into it."""
        return id(definition) in self._reached

    def names(self, reference: str) -> bool:
        """Whether what is referred to names members."""
        if reference not in self._naming:
            self._naming[reference] = _names(self._resolve(reference), self)
        return self._naming[reference]

    def _reach(self) -> None:
        """Follow all of each definition: a reference into one leads past its other parts, which are written with it."""
        followed = 0
        while followed < len(self._reached):
            for definition in list(self._reached.values())[followed:]:
                self._follow(definition, ())
                followed += 1

    def _follow(self, node: Any, trail: tuple[str, ...], *, by_name: bool = False) -> None:
        if isinstance(node, list):
            for item in node:
                self._follow(item, trail)
        if not isinstance(node, dict):
            return
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in self._done:
            if reference in trail:
                raise _Inexpressible
            self._follow(self._resolve(reference), (*trail, reference))
            self._done.add(reference)
        for name, value in node.items():
            if by_name or name not in _DEFINITIONS:
                self._follow(value, trail, by_name=name == "properties" and not by_name)

    def _resolve(self, reference: str) -> Any:
        if not reference.startswith("#/"):
            raise _Inexpressible
        node: Any = self._root
        before = ""
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(node, dict) or name not in node:
                raise _Inexpressible
            node = node[name]
            if before in _DEFINITIONS:
                self._reached[id(node)] = node
            before = name
        return node


def _walk(node: Any, references: _References) -> Any:
    if not isinstance(node, dict):
        return node
    if _places(node, references) > 1:
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
            write(written, told, value, references)
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


def _places(node: Json, references: _References) -> int:
    """In how many places a node names members: closed each by itself, one would refuse what another one names."""
    places = ["properties" in node, isinstance(node.get("$ref"), str)]
    places += [_names(arm, references) for arm in _arms(node, "allOf")]
    for name in ("anyOf", "oneOf"):
        places.append(any(_names(arm, references) for arm in _arms(node, name)))
    return sum(places)


def _names(arm: Any, references: _References) -> bool:
    """Whether an arm names members, or what it refers to does."""
    if not isinstance(arm, dict):
        return False
    reference = arm.get("$ref")
    if isinstance(reference, str):
        return references.names(reference)
    return _has_members(arm.get("type")) or _places(arm, references) > 0


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
    def write(written: Json, _told: list[str], value: Any, references: _References) -> None:
        written[name] = _walk(value, references)

    return write


def _each(name: str) -> _Writer:
    def write(written: Json, told: list[str], value: Any, references: _References) -> None:
        if isinstance(value, list) and name not in written:
            written[name] = [_walk(item, references) for item in value]
        else:
            told.append(_tell(name, value))

    return write


def _by_name(name: str) -> _Writer:
    def write(written: Json, _told: list[str], value: Any, references: _References) -> None:
        members = value if isinstance(value, dict) else {}
        written[name] = {key: _walk(item, references) for key, item in members.items()}

    return write


def _reached(name: str) -> _Writer:
    write_all = _by_name(name)

    def write(written: Json, told: list[str], value: Any, references: _References) -> None:
        members = value.items() if isinstance(value, dict) else ()
        used = {key: item for key, item in members if references.is_reached(item)}
        if used:
            write_all(written, told, used, references)

    return write


def _among(name: str, known: Collection[Any]) -> _Writer:
    def write(written: Json, told: list[str], value: Any, _references: _References) -> None:
        if isinstance(value, str | int) and value in known:
            written[name] = value
        else:
            told.append(_tell(name, value))

    return write


_Writer: TypeAlias = Callable[[Json, list[str], Any, _References], None]
_WRITERS: Final[dict[str, _Writer]] = {
    "properties": _by_name("properties"),
    **{name: _reached(name) for name in _DEFINITIONS},
    "items": _one("items"),
    "anyOf": _each("anyOf"),
    "oneOf": _each("anyOf"),
    "allOf": _each("allOf"),
    "format": _among("format", _FORMATS),
    "minItems": _among("minItems", (0, 1)),
}
