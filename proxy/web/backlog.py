"""Whether a client's connection takes more, for whoever writes to it: uvicorn's flow control without a queue of its own.

Source: uvicorn 0.54, `protocols/http/flow_control.py` (read 2026-11-21).
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.flow_control import FlowControl

from proxy.web.flag import Flag


class Backlog(FlowControl):
    """One connection's.

    Args:
        transport: The connection.
    """

    __slots__ = ("_transport", "_writable", "is_deserted", "read_paused", "write_paused")

    def __init__(
        self, transport: asyncio.Transport
    ) -> None:  # uvicorn's own makes an event with a queue
        self._transport = transport
        self.read_paused = False
        self.write_paused = False
        self.is_deserted = False
        """Whether the client is gone, or hears no more of the answer."""
        self._writable = Flag(up=True)

    async def drain(self) -> None:
        """Wait until it takes more."""
        await self._writable.wait()

    def pause_writing(self) -> None:
        """It holds enough."""
        self.write_paused = True
        self._writable.clear()

    def resume_writing(self) -> None:
        """It takes more."""
        self.write_paused = False
        self._writable.set()
