"""Tools in namespaces, as Codex sends those of an MCP server: under one name each in chat, under two again in the answer.

Chat has one list of names. A tool `look` of `mcp__maps` is `mcp__maps__look` there; a name that is taken already ends in a
few digits that are made from it, so that it is the same in every turn. One that is longer than a provider allows is said to
it as any other such name is (`codecs/tool_names.py`).

Invariant: two tools that are not the same have two names, and a tool outside of namespaces keeps its own.
Source: https://developers.openai.com/api/docs/guides/function-calling, namespaces (read 2026-11-22).
"""

from __future__ import annotations

import hashlib
from typing import Final

from proxy.core.shape import Json

NAMESPACE: Final = "namespace"
_DIGITS: Final = 8


class Spaces:
    """The names of a request's tools that are in namespaces.

    Args:
        tools: `tools` of a Responses request, checked or not; what is no namespace of named tools is passed over.
    """

    def __init__(self, tools: object = None) -> None:
        self._pairs: dict[str, tuple[str, str]] = {}
        self._names: dict[tuple[str, str], str] = {}
        listed = (
            [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
        )
        spaces = [tool for tool in listed if tool.get("type") == NAMESPACE]
        if not spaces:
            return
        taken = {str(tool.get("name")) for tool in listed if tool.get("type") != NAMESPACE}
        for space in spaces:
            for tool in _inside(space):
                self._add(str(space.get("name")), str(tool.get("name")), taken)

    def flat(self, space: object, name: str) -> str:
        """The one name of a tool; its own where it is in no namespace."""
        if not isinstance(space, str) or not space:
            return name
        return self._names.get((space, name)) or _joined(space, name)

    def named(self, flat: str) -> Json:
        """`name`, and `namespace` where it is in one."""
        pair = self._pairs.get(flat)
        return {"name": flat} if pair is None else {"name": pair[1], NAMESPACE: pair[0]}

    def _add(self, space: str, name: str, taken: set[str]) -> None:
        if (space, name) in self._names:
            return
        flat = _joined(space, name)
        if flat in taken:
            flat = _marked(flat, space, name)
        taken.add(flat)
        self._pairs[flat] = (space, name)
        self._names[(space, name)] = flat


def _inside(space: Json) -> list[Json]:
    tools = space.get("tools")
    return [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []


def _joined(space: str, name: str) -> str:
    return f"{space.rstrip('_')}__{name}"


def _marked(flat: str, space: str, name: str) -> str:
    digits = hashlib.sha256(f"{space}\n{name}".encode("utf-8", "replace")).hexdigest()[:_DIGITS]
    return f"{flat}_{digits}"
