"""Fills a JSON Schema with the plainest value that fits it.

Covers what tool and response schemas are written with; keywords beyond that (patterns, formats, dependencies) are not
looked at, so an odd schema may get a value that does not fit.

Source: https://json-schema.org/draft/2020-12/json-schema-validation (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from proxy.core.shape import Json

_MAX_DEPTH: Final = 24
_MAX_PARTS: Final = 2000
"""Values within one example: a schema that names itself twice would double with every level."""


def example(schema: Json) -> Any:
    """The plainest value for a schema; `$ref` is followed within it."""
    return _Filler(schema).fill(schema, 0)


class _Filler:
    """Fills the parts of one schema; `root` is what references point into."""

    def __init__(self, root: Json) -> None:
        self._root = root
        self._parts = 0

    def fill(self, schema: object, depth: int) -> Any:
        self._parts += 1
        if not isinstance(schema, dict) or depth > _MAX_DEPTH or self._parts > _MAX_PARTS:
            return None
        for keyword in ("const", "default"):
            if keyword in schema:
                return schema[keyword]
        if schema.get("enum"):
            return schema["enum"][0]
        inner = self._inner(schema)
        if inner is not None:
            return self.fill(inner, depth + 1)
        return self._BY_TYPE[self._type_of(schema)](self, schema, depth)

    def _inner(self, schema: Json) -> object:
        """The schema that stands in for this one, if it only points elsewhere."""
        if isinstance(schema.get("$ref"), str):
            return self._resolve(schema["$ref"])
        for keyword in ("anyOf", "oneOf", "allOf"):
            if isinstance(schema.get(keyword), list) and schema[keyword]:
                return schema[keyword][0]
        return None

    def _resolve(self, reference: str) -> object:
        node: object = self._root
        for step in reference.removeprefix("#").strip("/").split("/"):
            if step:
                key = step.replace("~1", "/").replace("~0", "~")
                node = node.get(key) if isinstance(node, dict) else None
        return {} if node is None else node

    def _object(self, schema: Json, depth: int) -> Json:
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            return {}
        required = schema.get("required") or ()
        return {
            name: self.fill(inner, depth + 1)
            for name, inner in properties.items()
            if name in required
        }

    def _array(self, schema: Json, depth: int) -> list[Any]:
        count = min(_number(schema, "minItems", 0), 16)
        return [self.fill(schema.get("items", {}), depth + 1) for _ in range(int(count))]

    def _string(self, schema: Json, _depth: int) -> str:
        return "text".ljust(min(int(_number(schema, "minLength", 0)), 4096), "x")

    def _whole_number(self, schema: Json, _depth: int) -> int:
        return int(_number(schema, "minimum", _number(schema, "exclusiveMinimum", 0) + 1))

    def _fraction(self, schema: Json, depth: int) -> float:
        return float(self._whole_number(schema, depth))

    def _true(self, _schema: Json, _depth: int) -> bool:
        return True

    def _null(self, _schema: Json, _depth: int) -> None:
        return None

    _BY_TYPE: ClassVar[dict[str, Callable[[_Filler, Json, int], Any]]] = {
        "object": _object,
        "array": _array,
        "string": _string,
        "integer": _whole_number,
        "number": _fraction,
        "boolean": _true,
        "null": _null,
    }

    def _type_of(self, schema: Json) -> str:
        """The first type that is not null; an object where none is written."""
        written = schema.get("type")
        names = written if isinstance(written, list) else [written]
        known = [name for name in names if isinstance(name, str) and name in self._BY_TYPE]
        return next((name for name in known if name != "null"), known[0] if known else "object")


def _number(schema: Json, keyword: str, otherwise: float) -> float:
    value = schema.get(keyword)
    return value if isinstance(value, int | float) else otherwise
