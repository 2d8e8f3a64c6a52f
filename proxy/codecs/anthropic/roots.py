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


def flat(schema: Json) -> Json:
    """The schema of an object with nothing joined at its root; the very one that came where nothing is."""
    if _JOINED.isdisjoint(schema):
        return schema
    return _flat(schema, schema, _DEEPEST)


def _flat(schema: Json, root: Json, deeper: int) -> Json:
    own: Json = {name: value for name, value in schema.items() if name not in _JOINED}
    members, needed = dict(_members(own)), list(_needed(own))
    told: list[str] = []
    for branch in _branches(schema.get(_ALL), root, deeper):
        _take_in(members, branch)
        needed += _needed(branch)
    for kind in _CHOICES:
        branches = _branches(schema.get(kind), root, deeper)
        for branch in branches:
            _take_in(members, branch)
        needs = [_needed(branch) for branch in branches]
        needed += [name for name in (needs or [[]])[0] if all(name in each for each in needs)]
        if any(each != needs[0] for each in needs):
            told.append(f"{kind}: {jsons.encode([{'required': each} for each in needs]).decode()}")
    own["properties"] = members
    if needed:
        own["required"] = list(dict.fromkeys(needed))
    if told:
        said = own.get("description")
        own["description"] = "\n".join([*([said] if isinstance(said, str) else []), *told])
    return own


def _branches(given: Any, root: Json, deeper: int) -> list[Json]:
    """What is joined, each an object of its own; whatever is none cannot be meant where arguments are one."""
    if not isinstance(given, list) or not deeper:
        return []
    found = [_resolved(branch, root) for branch in given]
    return [
        branch if _JOINED.isdisjoint(branch) else _flat(branch, root, deeper - 1)
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
        if known != said:
            ways = known[_EITHER] if isinstance(known, _Either) else [known]
            members[name] = known if said in ways else _Either({_EITHER: [*ways, said]})


class _Either(dict[str, Any]):
    """A member that several branches describe, each in its way."""


_EITHER: Final = "anyOf"


def _members(schema: Json) -> Json:
    members = schema.get("properties")
    return members if isinstance(members, dict) else {}


def _needed(schema: Json) -> list[str]:
    needed = schema.get("required")
    return [name for name in needed if isinstance(name, str)] if isinstance(needed, list) else []
