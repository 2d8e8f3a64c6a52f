"""A part of the house that is opened when somebody first comes to one of its doors: until then its rooms are not loaded.

Invariant: who comes first waits while they are loaded, and holds up nobody else; whoever comes later goes straight in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from proxy.core.shelf import fetched, found_at


class Rooms(Protocol):
    """What is behind the doors."""

    @property
    def endpoints(self) -> Mapping[str, ASGIApp]:
        """By the name of the door that leads to each."""
        ...


R = TypeVar("R", bound=Rooms)


class Wing(Generic[R]):
    """Such a part.

    Args:
        place: What has to be loaded for it, as `found_at` takes it.
        make: Makes the rooms of what was found there; called once.
    """

    def __init__(self, place: str, make: Callable[[Any], R]) -> None:
        self._place = place
        self._make = make
        self._rooms: R | None = None

    @property
    def is_open(self) -> bool:
        """Whether anybody has come yet."""
        return self._rooms is not None

    @property
    def rooms(self) -> R:
        """The rooms, made and loaded at once if nobody has come yet."""
        if self._rooms is None:
            self._rooms = self._make(found_at(self._place))
        return self._rooms

    async def open(self) -> R:
        """The rooms, loaded without holding up the loop."""
        if self._rooms is None:
            await fetched(self._place)
        return self.rooms

    def door(self, name: str) -> ASGIApp:
        """An endpoint that leads to the room of that name."""

        async def first(scope: Scope, receive: Receive, send: Send) -> None:
            rooms = await self.open()
            await rooms.endpoints[name](scope, receive, send)

        def enter(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            rooms = self._rooms
            return (first if rooms is None else rooms.endpoints[name])(scope, receive, send)

        return enter
