"""The walk through the fields of a chat request, by the table of a protocol.

A request has few of the fields that a table knows, so that it is the request that is walked through.

Invariant: fields are taken in in the order of the table, whatever the order of the request; every field that is in no
table is dropped and named, in the order of the request; null is as good as absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from proxy.core.shape import Json


class Dropping(Protocol):
    """A native request while it is being written."""

    def drop(self, name: str) -> None:
        """Note a chat field that this target does not take."""


D = TypeVar("D", bound=Dropping)


class Fields(Generic[D]):
    """What is read of a chat request.

    Args:
        writes: What takes each field in, in the order in which they are to be taken.
        elsewhere: Fields that are read by others.
    """

    def __init__(
        self, writes: Mapping[str, Callable[[D, Any], None]], elsewhere: frozenset[str]
    ) -> None:
        self._places = {name: place for place, name in enumerate(writes)}
        self._writes = tuple(writes.items())
        self._elsewhere = elsewhere

    def take(self, chat: Json, draft: D) -> None:
        """Put a request's fields into a draft.

        Raises:
            ProxyError: what a field's own method raises; of several, that of the first in the table.
        """
        places: list[int] = []
        unknown: list[str] = []
        for name, value in chat.items():
            if value is None:
                continue
            place = self._places.get(name)
            if place is not None:
                places.append(place)
            elif name not in self._elsewhere:
                unknown.append(name)
        places.sort()
        for place in places:
            name, write = self._writes[place]
            write(draft, chat[name])
        for name in unknown:
            draft.drop(name)
