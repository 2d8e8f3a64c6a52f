"""Endpoints that are imported and made when the first call comes to one of them.

Invariant: the first call waits while they are loaded, and holds up nobody else; every later one is served at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from proxy.core.lazy import imported, imported_aside


class Parts(Protocol):
    """What is made: the endpoints, and whatever else belongs to them."""

    @property
    def endpoints(self) -> Mapping[str, ASGIApp]:
        """By name."""
        ...


R = TypeVar("R", bound=Parts)


class LazyEndpoints(Generic[R]):
    """Such endpoints.

    Args:
        place: What has to be loaded for it, as `imported` takes it.
        make: Makes them of what was found there; called once.
    """

    def __init__(self, place: str, make: Callable[[Any], R]) -> None:
        self._place = place
        self._make = make
        self._parts: R | None = None

    @property
    def is_loaded(self) -> bool:
        """Whether there was a call yet."""
        return self._parts is not None

    @property
    def parts(self) -> R:
        """What was made; made now, and the loop waits, if there was no call yet."""
        if self._parts is None:
            self._parts = self._make(imported(self._place))
        return self._parts

    async def load(self) -> R:
        """What was made; its modules are loaded without holding up the loop."""
        if self._parts is None:
            await imported_aside(self._place)
        return self.parts

    def endpoint(self, name: str) -> ASGIApp:
        """Stands in for the endpoint of that name."""

        async def first(scope: Scope, receive: Receive, send: Send) -> None:
            parts = await self.load()
            await parts.endpoints[name](scope, receive, send)

        def enter(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            parts = self._parts
            return (first if parts is None else parts.endpoints[name])(scope, receive, send)

        return enter
