"""Schemas of arguments with nothing joined at their root, which Claude refuses there: one object with the members of all.

Servers of tools say in this way which members are needed together. Which they were is told in the description, where
the model still reads it.

Invariant: a schema is never changed, only written anew; arguments that it allows are allowed by what is written.
Source: https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use (read 2026-11-22).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core import jsons
from proxy.core.shape import Json

_CHOICES: Final = ("anyOf", "oneOf")
_ALL: Final = "allOf"
_JOINED: Final = frozenset({*_CHOICES, _ALL})
_OBJECT: Final = "object"
_DEEPEST: Final = 8
"""How deep branches may lie within branches; what is deeper is let go of."""
MAX_WORK: Final = 20_000
"""Branches with their members that are looked at: references may lead to the same ones over and over."""
MAX_WAYS: Final = 256
"""Ways in which branches describe one member; with more it may be anything."""


def flat(schema: Json) -> Json:
    """The schema of an object with nothing joined at its root; the very one that came where nothing is."""
    if _JOINED.isdisjoint(schema):
        return schema
    return _Flattening(schema).flat(schema, _DEEPEST)


class _Flattening:
    """Of one schema.

    Args:
        root: What references start from.
    """

    def __init__(self, root: Json) -> None:
        self._root = root
        self._left = MAX_WORK

    def flat(self, schema: Json, deeper: int) -> Json:
        """One schema of it, whose branches may be as many levels deep."""
        own: Json = {name: value for name, value in schema.items() if name not in _JOINED}
        members, needed = dict(_members(own)), list(_needed(own))
        told: list[str] = []
        for branch in self._branches(schema.get(_ALL), deeper):
            _take_in(members, branch)
            needed += _needed(branch)
        for kind in _CHOICES:
            branches = self._branches(schema.get(kind), deeper)
            for branch in branches:
                _take_in(members, branch)
            needs = [_needed(branch) for branch in branches]
            common = set[str]().union(*needs[:1]).intersection(*needs)
            needed += [name for name in (needs or [[]])[0] if name in common]
            if any(each != needs[0] for each in needs):
                told.append(
                    f"{kind}: {jsons.encode([{'required': each} for each in needs]).decode()}"
                )
        own["properties"] = members
        if needed:
            own["required"] = list(dict.fromkeys(needed))
        if told:
            said = own.get("description")
            own["description"] = "\n".join([*([said] if isinstance(said, str) else []), *told])
        return own

    def _branches(self, given: Any, deeper: int) -> list[Json]:
        """What is joined, each an object of its own; whatever is none cannot be meant where arguments are one.

        All of them or none: what some of several ways need is not needed.
        """
        if not isinstance(given, list) or not deeper or len(given) > self._left:
            return []
        found = [_resolved(branch, self._root) for branch in given]
        self._left -= sum(1 + len(_members(each)) + len(_needed(each)) for each in found)
        if self._left < 0:
            return []
        return [
            branch if _JOINED.isdisjoint(branch) else self.flat(branch, deeper - 1)
            for branch in found
            if _may_be_object(branch)
        ]


def _may_be_object(schema: Json) -> bool:
    kind = schema.get("type", _OBJECT)
    return kind == _OBJECT or (isinstance(kind, list) and _OBJECT in kind)


def _resolved(branch: Any, root: Json) -> Json:
    """A branch, or what it refers to within its schema; anything goes where that cannot be found."""
    if not isinstance(branch, dict):
        return {}
    reference = branch.get("$ref")
    if not isinstance(reference, str):
        return branch
    found: Any = root
    for step in reference.removeprefix("#/").split("/"):
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _take_in(members: Json, branch: Json) -> None:
    """Add the members of a branch; one that others describe otherwise may be as any of them says."""
    for name, said in _members(branch).items():
        known = members.setdefault(name, said)
        if known is not said and known != said:
            ways = known[_EITHER] if isinstance(known, _Either) else [known]
            if len(ways) >= MAX_WAYS:
                members[name] = {}
            elif said not in ways:
                members[name] = _Either({_EITHER: [*ways, said]})


class _Either(dict[str, Any]):
    """A member that several branches describe, each in its way."""


_EITHER: Final = "anyOf"


def _members(schema: Json) -> Json:
    members = schema.get("properties")
    return members if isinstance(members, dict) else {}


def _needed(schema: Json) -> list[str]:
    needed = schema.get("required")
    return [name for name in needed if isinstance(name, str)] if isinstance(needed, list) else []
