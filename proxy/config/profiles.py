"""Merges a profile over the rest of a file, before references are replaced and values are read.

Maps merge key by key; lists and single values replace. Every value keeps the place where it was written.
"""

from __future__ import annotations

from proxy.config.positions import Entries, Entry, Node
from proxy.config.problems import Findings, Place, quoted, suggestion

KEY = "profiles"


def split(tree: Entries) -> tuple[Entries, Entries]:
    """The tree without its profiles, and the profiles: empty where there are none."""
    rest = {key: entry for key, entry in tree.entries.items() if key != KEY}
    found = tree.entries.get(KEY)
    profiles = found.node if found is not None and isinstance(found.node, Entries) else None
    return Entries(tree.place, rest), profiles or Entries(tree.place, {})


def chosen(profiles: Entries, name: str, origin: Place, findings: Findings) -> Entries | None:
    """The profile that was asked for, None (and a problem) where there is none."""
    entry = profiles.entries.get(name)
    if entry is None:
        known = ", ".join(quoted(key) for key in profiles.entries)
        near = suggestion(name, profiles.entries) or (known and f"; known here: {known}")
        message = f"the profile {quoted(name)} does not exist{near or '; there are no profiles'}"
        findings.blame(origin, "", message)
        return None
    return entry.node if isinstance(entry.node, Entries) else Entries(entry.node.place, {})


def merged(base: Node, over: Node) -> Node:
    """`over` laid upon `base`."""
    if not (isinstance(base, Entries) and isinstance(over, Entries)):
        return over
    entries = dict(base.entries)
    for key, entry in over.entries.items():
        below = entries.get(key)
        node = merged(below.node, entry.node) if below is not None else entry.node
        entries[key] = Entry(entry.place, node)
    return Entries(base.place, entries)
