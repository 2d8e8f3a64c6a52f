"""What our server says of a call's connection beyond ASGI: that the caller has left, and a way to write at once.

Both stand in the scope. On another server they are missing, and what uses them does without: it waits in `receive`, and
writes with `send`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

from proxy.upstream.passage import Chunks

HeaderPairs: TypeAlias = list[tuple[bytes, bytes]]

GONE: Final = "firstbyte.gone"
"""Where a scope has its `Gone`."""
WIRE: Final = "firstbyte.wire"
"""Where a scope has its `Wire`."""


class Gone(Protocol):
    """Tells once when the caller has left."""

    def watch(self, left: Callable[[], None] | None) -> None:
        """Call this then, soon if it is so already; None for nobody."""
        ...


class Wire(Protocol):
    """The caller's connection."""

    def taken(self) -> bytes | None:
        """The call's own body, if all of it is here: to be taken once, in the place of asking for it."""
        ...

    def chunks(self) -> Chunks | None:
        """Where pieces of the body go that are framed as chunks already, once the head is out; None where they cannot."""
        ...

    def write(self, data: bytes) -> bool:
        """A piece of the body, once the head is sent; whether more is welcome at once."""
        ...

    def answer(self, status: int, headers: HeaderPairs, body: bytes) -> bool:
        """A whole answer, without a wait; False, and nothing written, where its time is not now.

        Args:
            status: Of the answer.
            headers: Names in lower case; `content-length` among them, and no `connection`.
            body: All of it.
        """
        ...

    async def drained(self) -> None:
        """Wait until more is welcome."""
        ...
