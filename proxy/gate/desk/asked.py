"""What is asked at the desk: an id, a query and a body, none of them looked into yet.

Invariant: pure; a parameter of a query that nobody knows is refused, because a mistyped filter would show everything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from proxy.core.errors import Kind, ProxyError
from proxy.core.redaction import described, looks_like_key
from proxy.core.shape import Json
from proxy.gate.desk import moments
from proxy.gate.desk.fields import unknown
from proxy.surfaces.complaint import wrong_value

LIMIT: Final = 100
"""Entries of a list, where nobody says."""
MOST_LISTED: Final = 1_000
"""Entries of a list at most."""
FOREVER: Final = float("inf")
_IDS: Final = {"key": " Give the key's id, which begins with `key_`; a list of keys shows it."}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question."""

    id: str = ""
    """What stands in the path; empty where nothing does."""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=dict)

    def only(self, *known: str) -> None:
        """See that the query says nothing else.

        Raises:
            ProxyError: INVALID_REQUEST.
        """
        _known(self.query, known)

    @property
    def cursor(self) -> str:
        """After what."""
        return self.query.get("cursor", "")

    @property
    def limit(self) -> int:
        """How many.

        Raises:
            ProxyError: INVALID_REQUEST.
        """
        said = self.query.get("limit", str(LIMIT))
        if not (said.isdecimal() and said.isascii() and 1 <= int(said[:9]) <= MOST_LISTED):
            raise wrong_value("limit", f"expected 1 to {MOST_LISTED}.")
        return int(said)

    def moment(self, name: str, default: float) -> float:
        """A moment of the query, in seconds since 1970.

        Raises:
            ProxyError: INVALID_REQUEST.
        """
        said = self.query.get(name)
        if said is None:
            return default
        found = moments.read(said)
        if found is None:
            raise wrong_value(
                name, "expected seconds since 1970, '2026-11-21' or '2026-11-21T06:30:00Z'."
            )
        return found


def _known(query: Mapping[str, str], known: Collection[str]) -> None:
    for name in query:
        if name not in known:
            raise unknown(name, known)


def not_there(what: str, name: str, param: str = "id") -> ProxyError:
    """There is nothing of this id.

    Args:
        what: `team`, `key`, `organization`, `job`.
        name: The id that was asked for.
        param: Where it stood.
    """
    message = f"There is no {what} '{name[:64]}'."
    if param != "id":
        # It belongs to what is made just now, and whoever begins has none yet.
        message += f" `firstbyte {what}s create` makes one."
    if looks_like_key(name):
        # Whoever has no id at hand gives the key itself, and the sentence goes to terminals and logs.
        message = f"There is no {what} of this id, {described(name)}.{_IDS.get(what, '')}"
    return ProxyError(Kind.MISSING, message, param=param, code=f"{what}_not_found")


def taken(what: str, name: str) -> ProxyError:
    """There is one of this id already."""
    shown = described(name) if looks_like_key(name) else f"'{name}'"
    message = f"There is a {what} {shown} already. Choose another id, or change that one."
    return ProxyError(Kind.CONFLICT, message, param="id", code=f"{what}_exists")
