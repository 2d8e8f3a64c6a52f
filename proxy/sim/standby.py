"""The simulated providers of a proxy that may never be asked for one: their address from the start, they with the first caller.

Invariant: a caller who comes while they are loaded waits on its connection; everybody else is served meanwhile.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Final

from proxy.core.lazy import imported, imported_aside

SIMULATOR: Final = "proxy.sim.server:Simulator"
HOST: Final = "127.0.0.1"
BACKLOG: Final = 1024


class Standby:
    """Listens, and has somebody else answer."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._simulator: Any = None

    @property
    def awake(self) -> Any:
        """The `Simulator` itself, loaded at once if nobody has called it yet."""
        if self._simulator is None:
            self._simulator = imported(SIMULATOR)()
        return self._simulator

    @property
    def base_url(self) -> str:
        """`http://HOST:PORT`; OpenAI's protocol adds `/v1`."""
        if self._server is None:
            raise RuntimeError("nobody listens for simulated calls yet, or any more")
        return f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: there is no port to be had.
        """
        # An address in figures needs no look-up, for which the loop would start threads.
        listener = socket.create_server((HOST, 0), backlog=BACKLOG)
        self._server = await asyncio.start_server(self._enter, sock=listener)

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        if self._simulator is not None:
            await self._simulator.stop()
        await server.wait_closed()

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._simulator is None:
            await imported_aside(SIMULATOR)
        if self._server is None:
            # It was told to stop meanwhile.
            writer.transport.abort()
            return
        await self.awake.serve(reader, writer)
