"""What a place of a schema says in all: its own words, what `allOf` adds, and what its reference leads to.

Google knows no `allOf`, and takes a reference only where it stands alone, but for a description. So a reference that
has anything beside it is written out: what it leads to is said in its place.

Invariant: a schema is never changed. What comes back to itself or leads nowhere stays a reference, as does whatever
is left once `MAX_NODES` places were looked at.
Source: https://ai.google.dev/gemini-api/docs/structured-output (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from proxy.core.shape import Json

MAX_NODES: Final = 20_000
"""Places of a schema with its references written out."""
ALONE: Final = frozenset(
    {
        "$ref", "$defs", "definitions", "$schema", "$id", "$anchor", "$comment", "description", "title", "default",
        "examples", "strict",
    }
)  # fmt: skip
"""What may stand beside a reference that stands alone: none of it narrows what is valid."""

Trail: TypeAlias = tuple[str, ...]
"""The references that led to a place."""

_DEEPEST: Final = 64
"""References that lead from one to the next."""


class References:
    """Those of one schema.

    Args:
        root: All of it.
    """

    def __init__(self, root: Json) -> None:
        self._root = root
        self._left = MAX_NODES

    @property
    def exhausted(self) -> bool:
        """Whether as many places were looked at as may be."""
        return self._left < 0

    def whole(self, node: Json, trail: Trail, *, out: bool = False) -> tuple[Json, Trail]:
        """A place as one node without `allOf`, and the references that led to what it says, no matter to which part of it.

        Args:
            node: The place.
            trail: The references that led there.
            out: Whether a reference is written out even where it stands alone.
        """
        self._left -= 1
        if "allOf" not in node and ("$ref" not in node or not (out or _narrows(node))):
            return node, trail
        parts = list(_parts(node))
        refers = len({part["$ref"] for part in parts if _refers(part)})
        if not out and refers < 2 and not (refers and any(map(_narrows, parts))):
            return _joined(parts), trail
        found = [each for part in parts for each in self._written_out(part, trail)]
        steps = (step for _, each in found for step in each)
        return _joined([part for part, _ in found]), tuple(dict.fromkeys(steps))

    def _written_out(self, part: Json, trail: Trail) -> Iterator[tuple[Json, Trail]]:
        """A part, and what its reference leads to, each with the references that led there."""
        self._left -= 1
        target = self._target(part, trail)
        if target is None:
            yield part, trail
            return
        trail = (*trail, part["$ref"])
        yield {name: value for name, value in part.items() if name != "$ref"}, trail
        for more in _parts(target):
            yield from self._written_out(more, trail)

    def _target(self, part: Json, trail: Trail) -> Json | None:
        """What a part's reference leads to; None where there is none that may be written out."""
        reference = part.get("$ref")
        if not isinstance(reference, str) or reference in trail:
            return None
        if self.exhausted or len(trail) >= _DEEPEST:
            return None
        node: Any = self._root
        for step in filter(None, reference.removeprefix("#").split("/")):
            name = step.replace("~1", "/").replace("~0", "~")
            node = node.get(name) if isinstance(node, dict) else None
        return node if isinstance(node, dict) else None


def _parts(node: Json) -> Iterator[Json]:
    """A node without its `allOf`, and all that stands in that."""
    more = node.get("allOf")
    if not isinstance(more, list):
        yield node
        return
    yield {name: value for name, value in node.items() if name != "allOf"}
    for part in more:
        if isinstance(part, dict):
            yield from _parts(part)


def _refers(part: Json) -> bool:
    return isinstance(part.get("$ref"), str)


def _narrows(part: Json) -> bool:
    """Whether there is anything that a reference has to be written out for."""
    return not ALONE.issuperset(part)


def _joined(parts: list[Json]) -> Json:
    """What holds all at once as one node; what was said first stands where only one can."""
    whole: Json = {}
    for part in parts:
        for name, value in part.items():
            whole[name] = _both(name, whole[name], value) if name in whole else value
    return whole


def _both(name: str, known: Any, more: Any) -> Any:
    if isinstance(known, dict) and isinstance(more, dict):
        return {**known, **more}
    if not (isinstance(known, list) and isinstance(more, list)):
        return known
    if name == "enum":
        return [each for each in known if each in more]
    return [*known, *(each for each in more if each not in known)]
