"""Runs a block only as long as the caller is there, and as long as nobody asks it to stop."""

import asyncio
from types import TracebackType
from typing import Protocol, Self

from starlette.types import Receive

from proxy.core.errors import Kind, ProxyError
from proxy.web.peer import Gone


class Guest(Protocol):
    """Somebody whose time here can be ended."""

    def end(self, reason: ProxyError) -> None:
        """It is over, for this reason."""
        ...


class Presence:
    """The callers of all endpoints of one listener."""

    def __init__(self) -> None:
        self._stays: set[Guest] = set()
        self._over: tuple[Kind, str] | None = None
        self.is_over = False
        """Whether everybody was dismissed."""

    def of(self, receive: Receive, gone: Gone | None = None, *, was_here: bool = False) -> "Stay":
        """For the block; until the stay is over it is cancelled when the caller leaves or everybody is dismissed.

        The block's end raises CANCELLED, or what `dismiss` was given, once the block has been cancelled for it.

        Args:
            receive: The ASGI call's; listened to where there is no `gone`.
            gone: The scope's, which costs no task.
            was_here: Whether the caller is here for a while: once everybody was dismissed it does not find the door
                shut, but has to leave like all who were here.
        """
        return Stay(self._stays, self._over, receive, gone, was_here=was_here)

    def arriving(self) -> "Stay":
        """For the block, which reads the request itself; it is cancelled when everybody is dismissed.

        The block's end raises what `dismiss` was given.
        """
        return Stay(self._stays, self._over)

    def enter(self, guest: Guest) -> None:
        """Somebody is here who is not held by a block, until `leave`."""
        self._stays.add(guest)

    def leave(self, guest: Guest) -> None:
        """Somebody is here no more."""
        self._stays.discard(guest)

    def dismiss(self, kind: Kind, message: str) -> None:
        """End every block, and let none begin any more."""
        self._over = (kind, message)
        self.is_over = True
        for stay in list(self._stays):
            stay.end(ProxyError(kind, message))


class Stay:
    """One caller's time here.

    Args:
        stays: All that there are: it is among them as long as it lasts.
        refusal: Why nobody may begin any more, if so.
        receive: Tells of a caller who leaves where `gone` does not.
        gone: The connection's own way to tell.
        was_here: Whether the call began before the refusal, if any: then it is ended within the block, and not kept out.
    """

    __slots__ = (
        "_gone",
        "_over",
        "_receive",
        "_refusal",
        "_stays",
        "_task",
        "_was_here",
        "_watcher",
        "reason",
    )

    def __init__(
        self,
        stays: set[Guest],
        refusal: tuple[Kind, str] | None,
        receive: Receive | None = None,
        gone: Gone | None = None,
        *,
        was_here: bool = False,
    ) -> None:
        self._stays = stays
        self._was_here = was_here
        self._refusal = refusal
        self._receive = receive
        self._gone = gone
        self._task: asyncio.Task[object] | None = None
        self._watcher: asyncio.Future[None] | None = None
        self._over = False
        self.reason: ProxyError | None = None
        """Why it was ended early."""

    def __enter__(self) -> Self:
        if self._refusal is not None:
            refusal = ProxyError(*self._refusal)
            if not self._was_here:
                raise refusal
            asyncio.get_running_loop().call_soon(self.end, refusal)
        self._task = asyncio.current_task()
        assert self._task is not None, "a call is served in a task"
        self._stays.add(self)
        if self._gone is not None:
            self._gone.watch(self._left)
        elif self._receive is not None:
            self._watcher = asyncio.ensure_future(self._watch(self._receive))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stays.discard(self)
        self._over = True
        if self._gone is not None:
            self._gone.watch(None)
        if self._watcher is not None:
            self._watcher.cancel()
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            self._explain()

    def over(self) -> None:
        """The whole answer is out: what is still tidied up is nobody's to stop.

        An ASGI server tells a caller who has its answer as one who left.
        """
        self._over = True

    def end(self, reason: ProxyError) -> None:
        """Cancel the block, for the first reason that there is."""
        if self.reason is None and not self._over and self._task is not None:
            self.reason = reason
            self._task.cancel()

    def _explain(self) -> None:
        """A block that was cancelled for a reason of ours ends with it; any other cancellation goes on."""
        assert self._task is not None, "a block that ends has begun"
        if self.reason is not None and self._task.uncancel() == 0:
            raise self.reason from None

    def _left(self) -> None:
        self.end(ProxyError(Kind.CANCELLED, "the caller left"))

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._left()
