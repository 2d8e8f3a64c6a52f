"""The walk through the fields of a chat request, by the table of a protocol, and a target's own parameters among them.

A request has few of the fields that a table knows, so that it is the request that is walked through.

Invariant: fields are taken in in the order of the table, whatever the order of the request; every field that is in no
table is dropped and named, in the order of the request; null is as good as absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, Protocol, TypeVar

from proxy.core.shape import Json

_LIMITS: Final = frozenset({"max_tokens", "max_completion_tokens"})
"""Two names for one thing: who sets either replaces both."""


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
        dropped: Further fields of chat, for which the protocol has no form.
    """

    def __init__(
        self,
        writes: Mapping[str, Callable[[D, Any], None]],
        elsewhere: frozenset[str],
        dropped: frozenset[str] = frozenset(),
    ) -> None:
        self._places = {name: place for place, name in enumerate(writes)}
        self._writes = tuple(writes.items())
        self._elsewhere = elsewhere
        self._known = frozenset({*writes, *elsewhere, *dropped})

    def overlaid(self, chat: Json, params: Mapping[str, Any]) -> tuple[Json, Json]:
        """Put a target's own parameters in the place of the caller's.

        Returns:
            The request, and those parameters that chat has no name for: they are the provider's own and go as they are.
        """
        native: Json = {}
        if not params:
            return chat, native
        replaced = _LIMITS if _LIMITS & params.keys() else ()
        chat = {name: value for name, value in chat.items() if name not in replaced}
        for name, value in params.items():
            (chat if name in self._known else native)[name] = value
        return chat, native

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
