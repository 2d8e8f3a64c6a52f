"""`output_config` and its predecessor `output_format`: effort, and an answer that is JSON of a given schema.

Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs and .../effort (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core.shape import Json
from proxy.surfaces.messages.complaint import wrong_type
from proxy.surfaces.messages.typed import mapping, member, string, text

_NAME: Final = "answer"
"""Chat wants a name for a schema; here it has none."""
_LISTS: Final = ("anyOf", "allOf", "prefixItems")
_MAPS: Final = ("properties", "$defs", "definitions")


def output_config(chat: Json, value: Any) -> None:
    """`output_config`.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    given = mapping(value, "output_config")
    if given.get("effort") is not None:
        chat["reasoning_effort"] = string(given["effort"], "output_config.effort")
    if given.get("format") is not None:
        chat["response_format"] = _format(given["format"], "output_config.format")


def output_format(chat: Json, value: Any) -> None:
    """`output_format`, as older clients have it; the newer place wins.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    chat.setdefault("response_format", _format(value, "output_format"))


def _format(value: Any, path: str) -> Json:
    if text(mapping(value, path), "type", path) != "json_schema":
        raise wrong_type(f"{path}.type", "'json_schema'")
    schema = mapping(member(value, "schema", path), f"{path}.schema")
    named: Json = {"name": _NAME, "schema": schema}
    if _is_strict(schema):
        named["strict"] = True
    return {"type": "json_schema", "json_schema": named}


def _is_strict(schema: Any) -> bool:
    """Whether every object of a schema is closed and wants all its members, which chat's strict mode insists on."""
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        names = _members(schema.get("properties"))
        required = schema.get("required")
        if schema.get("additionalProperties") is not False or not isinstance(required, list):
            return False
        if not names.keys() <= set(map(str, required)):
            return False
    inner: list[Any] = [schema.get("items")]
    for name in _LISTS:
        inner += schema[name] if isinstance(schema.get(name), list) else []
    for name in _MAPS:
        inner += _members(schema.get(name)).values()
    return all(map(_is_strict, inner))


def _members(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
