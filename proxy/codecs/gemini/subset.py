"""JSON Schema in the subset of OpenAPI 3.0 that older models take.

References are written out, and one that comes back to itself becomes any object; null is `nullable`; a choice among
values is a choice among strings.

Invariant: a schema is never changed, only written anew, and never grows beyond `references.MAX_NODES` places; any object
stands for the rest.
Source: https://ai.google.dev/api/caching#Schema (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from proxy.codecs.gemini.references import References, Trail
from proxy.codecs.gemini.schema import told
from proxy.core import jsons
from proxy.core.shape import Json

_KEPT: Final = frozenset(
    {
        "title", "minItems", "maxItems", "minimum", "maximum", "minLength", "maxLength", "pattern", "required",
        "propertyOrdering", "nullable",
    }
)  # fmt: skip
_SILENT: Final = frozenset(
    {
        "$schema", "$id", "$anchor", "$comment", "$defs", "definitions", "$ref", "strict", "examples", "default",
        "description",
    }
)  # fmt: skip
_FORMATS: Final = frozenset({"enum", "date-time", "float", "double", "int32", "int64"})
_EXTRA: Final = "additionalProperties"
_ANY: Final = "OBJECT"


def subset(schema: Json) -> Json:
    """The schema in the subset."""
    return _Walk(schema).node(schema, ())


def with_members(written: Json) -> Json | None:
    """A schema in the subset as one object with members, as arguments must be; None where it has none."""
    whole = _as_object(written)
    return whole if whole.get("properties") else None


class _Walk:
    """The way through one schema."""

    def __init__(self, root: Json) -> None:
        self._references = References(root)

    def node(self, given: Any, trail: Trail) -> Json:
        """One place of the schema; `trail` has the references that led to it."""
        if not isinstance(given, dict) or self._references.exhausted:
            return {"type": _ANY}
        whole, trail = self._references.whole(given, trail, out=True)
        written: Json = {}
        lost: list[str] = []
        self._references.depth += 1
        for name, value in whole.items():
            if write := _WRITERS.get(name):
                write(self, written, value, trail)
            elif name in _KEPT:
                written[name] = value
            elif name not in _SILENT and not (name == _EXTRA and value in (True, False, {})):
                lost.append(name)
        self._references.depth -= 1
        if "$ref" in whole:
            written.setdefault("type", _ANY)
        made = told(whole, lost, _consistent(written))
        return _as_object(made) if "properties" in made else made

    def type(self, written: Json, value: Any, _trail: Trail) -> None:
        """`type`, perhaps a list of types with null among them."""
        kinds = [str(each) for each in (value if isinstance(value, list) else [value])]
        others = [each.upper() for each in kinds if each != "null"]
        if len(others) < len(kinds):
            written["nullable"] = True
        if len(others) == 1:
            written["type"] = others[0]
        elif others:
            written["anyOf"] = [{"type": each} for each in others]

    def properties(self, written: Json, value: Any, trail: Trail) -> None:
        """`properties`."""
        members = value if isinstance(value, dict) else {}
        known = written.get("properties", {})
        more = {name: self.node(each, trail) for name, each in members.items()}
        written["properties"] = {**known, **more}

    def items(self, written: Json, value: Any, trail: Trail) -> None:
        """`items`."""
        written["items"] = self.node(value, trail)

    def choice(self, written: Json, value: Any, trail: Trail) -> None:
        """`anyOf` and `oneOf`; a choice with null is `nullable`, and one among one is none."""
        given = value if isinstance(value, list) else []
        kept = [each for each in given if each != {"type": "null"}]
        if len(kept) < len(given):
            written["nullable"] = True
        nodes = [self.node(each, trail) for each in kept]
        if len(nodes) == 1:
            [only] = nodes
            known = written.get("properties", {})
            written.update(only)
            if known:
                written["properties"] = {**only.get("properties", {}), **known}
        elif nodes:
            written["anyOf"] = nodes

    def values(self, written: Json, value: Any, _trail: Trail) -> None:
        """`enum`, of strings only."""
        given = value if isinstance(value, list) else []
        kept = [each for each in given if each is not None]
        if len(kept) < len(given):
            written["nullable"] = True
        if kept:
            written["enum"] = [
                each if isinstance(each, str) else jsons.encode(each).decode() for each in kept
            ]

    def constant(self, written: Json, value: Any, trail: Trail) -> None:
        """`const`."""
        self.values(written, [value], trail)

    def form(self, written: Json, value: Any, _trail: Trail) -> None:
        """`format`, where it is a known one."""
        if isinstance(value, str) and value in _FORMATS:
            written["format"] = value


def _consistent(written: Json) -> Json:
    """A choice among strings is a string, and a choice among schemas has no type of its own beside it."""
    if "enum" in written:
        return {**written, "type": "STRING"}
    if "anyOf" in written and "properties" not in written:
        return {
            name: value for name, value in written.items() if name in ("anyOf", "title", "nullable")
        }
    return written


def _as_object(written: Json) -> Json:
    """An object with the members of all that it is a choice among, which its description tells: no choice stands beside members."""
    arms = written.get("anyOf")
    if arms is None:
        return written
    forms: dict[str, dict[bytes, Json]] = {}
    for arm in arms:
        for name, form in arm.get("properties", {}).items():
            forms.setdefault(name, {})[jsons.encode(form)] = form
    members = {name: _any(list(each.values())) for name, each in forms.items()}
    whole = {name: value for name, value in written.items() if name != "anyOf"}
    whole |= {"type": _ANY, "properties": {**members, **whole.get("properties", {})}}
    return told({**whole, "anyOf": [_sketch(arm) for arm in arms]}, ["anyOf"], whole)


def _any(forms: list[Json]) -> Json:
    return forms[0] if len(forms) == 1 else {"anyOf": forms}


def _sketch(arm: Json) -> Json:
    """What tells an arm from the others, and no description: that may tell a choice itself, and would double with each level."""
    sketch: Json = {name: arm[name] for name in ("type", "required") if name in arm}
    if "properties" in arm:
        sketch["properties"] = {
            name: {"enum": form["enum"]} if "enum" in form else {}
            for name, form in arm["properties"].items()
        }
    return sketch


_Writer: TypeAlias = Callable[[_Walk, Json, Any, Trail], None]
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
