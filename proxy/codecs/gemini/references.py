"""What a place of a schema says in all: its own words, what `allOf` adds, and what its reference leads to.

Google knows no `allOf`, and takes a reference only where it stands alone, but for a description. So a reference that
has anything beside it is written out: what it leads to is said in its place.

Invariant: a schema is never changed, and no reference is written out twice in one place. What comes back to itself or
leads nowhere stays a reference, as does what stands within `MAX_DEPTH` places, and whatever is left once `MAX_NODES` places
were looked at, or `MAX_WORK` done.
Source: https://ai.google.dev/gemini-api/docs/structured-output (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

from proxy.core import jsons
from proxy.core.shape import Json

MAX_NODES: Final = 20_000
"""Places of a schema with its references written out."""
MAX_WORK: Final = 4 * 1024 * 1024
"""Bytes of JSON that references of a schema lead to, each time one is written out; a step from one to the next counts as one."""
MAX_DEPTH: Final = 32
"""Places within each other in which references are written out: each may bring as many more as a body may nest, and the
schema is still to be walked and encoded."""
ALONE: Final = frozenset(
    {
        "$ref", "$defs", "definitions", "$schema", "$id", "$anchor", "$comment", "description", "title", "default",
        "examples", "strict",
    }
)  # fmt: skip
"""What may stand beside a reference that stands alone: none of it narrows what is valid."""
NARROWING: Final = frozenset(
    {
        "type", "format", "enum", "const", "minItems", "maxItems", "minimum", "maximum", "required", "propertyOrdering",
        "properties", "items", "additionalProperties", "prefixItems", "anyOf", "oneOf",
    }
)  # fmt: skip
"""What a reference is written out for; of the rest Google takes nothing, and a description tells it beside the reference too."""

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
        self.depth = 0
        """Places that the one that is looked at stands within, counted by whoever walks through the schema."""
        self._root = root
        self._left = MAX_NODES
        self._work = MAX_WORK
        self._next: dict[str, frozenset[str]] = {}

    @property
    def exhausted(self) -> bool:
        """Whether as many places were looked at as may be."""
        return self._left < 0

    def whole(self, node: Json, trail: Trail, *, out: bool = False) -> tuple[Json, Trail]:
        """A place as one node without `allOf`, and the references that led to what it says, no matter to which part of it.

        Args:
            node: The place.
            trail: The references that led there.
            out: Whether a reference is written out even where it stands alone, or comes back to itself within another.
        """
        self._left -= 1
        if "allOf" not in node and ("$ref" not in node or not (out or _narrows(node))):
            return node, trail
        parts = list(_parts(node))
        refers = {part["$ref"] for part in parts if _refers(part)}
        if not out and len(refers) < 2 and not (refers and any(map(_narrows, parts))):
            return _joined(parts), trail
        # What comes back to itself is written out once: within another, each time would hold all the others again.
        stay = set(filter(self._comes_back, refers)) if trail and not out else set()
        known: set[str] = set()
        found: list[tuple[Json, Trail]] = []
        for part in parts:
            stays = _refers(part) and part["$ref"] in stay
            found += [(part, trail)] if stays else self._written_out(part, trail, known)
        steps = (step for _, each in found for step in each)
        return _joined([part for part, _ in found]), tuple(dict.fromkeys(steps))

    def _written_out(
        self, part: Json, trail: Trail, known: set[str]
    ) -> Iterator[tuple[Json, Trail]]:
        """A part, and what its reference leads to, each with the references that led there.

        Args:
            part: It.
            trail: The references that led there.
            known: Those written out in this place, to which this one is added; what they lead to is said already.
        """
        self._left -= 1
        reference = part.get("$ref")
        if not isinstance(reference, str) or reference in trail:
            yield part, trail
            return
        target = {} if reference in known else self._target(reference, trail)
        if target is None:
            yield part, trail
            return
        known.add(reference)
        trail = (*trail, reference)
        yield {name: value for name, value in part.items() if name != "$ref"}, trail
        for more in _parts(target):
            yield from self._written_out(more, trail, known)

    def _target(self, reference: str, trail: Trail) -> Json | None:
        """What a reference leads to; None where there is nothing that may be written out."""
        is_deep = len(trail) >= _DEEPEST or self.depth >= MAX_DEPTH
        if is_deep or self.exhausted or self._work <= 0:
            return None
        target = self._at(reference)
        self._work -= len(jsons.encode(target))
        return target

    def _at(self, reference: str) -> Json | None:
        node: Any = self._root
        for step in filter(None, reference.removeprefix("#").split("/")):
            name = step.replace("~1", "/").replace("~0", "~")
            node = node.get(name) if isinstance(node, dict) else None
        return node if isinstance(node, dict) else None

    def _comes_back(self, reference: str) -> bool:
        """Whether a reference leads to itself, or to so many that nobody can tell."""
        seen: set[str] = set()
        ahead = [reference]
        while ahead and self._work > 0 and reference not in seen:
            found = self._leads_to(ahead.pop())
            self._work -= len(found)
            ahead += found - seen
            seen |= found
        return reference in seen or self._work <= 0

    def _leads_to(self, reference: str) -> frozenset[str]:
        """The references anywhere in what a reference leads to."""
        if reference not in self._next:
            target = self._at(reference)
            self._work -= len(jsons.encode(target))
            self._next[reference] = frozenset(_references(target))
        return self._next[reference]


def _references(value: Any) -> Iterator[str]:
    ahead = [value]
    while ahead:
        each = ahead.pop()
        if isinstance(each, dict):
            if _refers(each):
                yield each["$ref"]
            ahead += each.values()
        elif isinstance(each, list):
            ahead += each


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
    return not NARROWING.isdisjoint(part)


def _joined(parts: Iterable[Json]) -> Json:
    """What holds all at once as one node; what was said first stands where only one can."""
    said: dict[str, list[Any]] = {}
    for part in parts:
        for name, value in part.items():
            if name == "const":
                said.setdefault("enum", []).append([value])
            else:
                said.setdefault(name, []).append(value)
    return {name: _all(name, values) for name, values in said.items()}


def _all(name: str, said: list[Any]) -> Any:
    """What several parts say by one name; each of them is looked at once."""
    known = said[0]
    alike = [each for each in said if isinstance(each, type(known))]
    if len(alike) == 1 or not isinstance(known, dict | list):
        return known
    if isinstance(known, dict):
        return {key: value for each in alike for key, value in each.items()}
    if name == "enum":
        return _common(alike)
    return list({jsons.encode(value): value for each in alike for value in each}.values())


def _common(lists: list[list[Any]]) -> list[Any]:
    """The values that all lists have; one that would leave none takes nothing away, since Google takes no empty choice."""
    first = {jsons.encode(value): value for value in lists[0]}
    kept = set(first)
    for more in lists[1:]:
        kept = {key for key in map(jsons.encode, more) if key in kept} or kept
    return [value for key, value in first.items() if key in kept]
