"""A TCP proxy that goes wrong on demand, in front of a server that is well.

What goes wrong is a `Fault`, and may be changed while it runs, also for connections that are open: they take it on with
the next piece of an answer, but for `refuse` and `unanswered`, which drop them at once.
"""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass

NONSENSE = bytes(range(256)) * 4
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Fault:
    """One way to go wrong; `kind` names a method of `_Link`, or what the listener does."""

    kind: str = "passes"
    after: int = 0
    """Bytes of the answer that come through first."""
    seconds: float = 0.0
    """Before each piece of the answer."""


WELL = Fault()
REFUSE = Fault("refuse")
"""Nobody listens: a connection is refused."""
UNANSWERED = Fault("unanswered")
"""Not even that: the first packet of a connection gets no reply."""
RESET = Fault("reset")
"""RST as soon as it is connected, or on an open connection in place of an answer."""
BLACK_HOLE = Fault("black_hole")
"""Connected, and then nothing, ever."""
TRICKLE = Fault("trickle")
"""One byte at a time."""
GARBAGE = Fault("garbage")
"""Bytes of no protocol in place of an answer."""


def latency(seconds):
    """Each piece of the answer comes so much later."""
    return Fault("passes", seconds=seconds)


def reset(after):
    """RST after so many bytes of the answer."""
    return Fault("reset", after)


def truncate(after):
    """Both directions are closed after so many bytes of the answer."""
    return Fault("truncate", after)


def half_close(after):
    """The answer ends after so many bytes, and what is sent is still read."""
    return Fault("half_close", after)


class FaultProxy:
    """`async with FaultProxy(port) as proxy:`, then talk to `proxy.url`."""

    def __init__(self, port, fault=WELL):
        self.fault = fault
        self.accepted = 0
        self.closed = 0
        """Connections that the caller has closed, or that were closed for it."""
        self._to = port
        self._server = None
        self._dead = None
        self._fillers = []
        self._links = set()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def open(self):
        return self.accepted - self.closed

    async def __aenter__(self):
        self._dead = _bound(0)
        self.port = self._dead.getsockname()[1]
        fault, self.fault = self.fault, REFUSE
        await self.become(fault)
        return self

    async def __aexit__(self, *_):
        await self._die()
        self._dead.close()

    async def become(self, fault):
        """Go wrong in this way from now on."""
        listens = fault.kind not in ("refuse", "unanswered")
        if self._server is None or not listens:
            await self._die()
        self.fault = fault
        if fault.kind == "unanswered":
            await self._fill()
        elif listens and self._server is None:
            self._server = await asyncio.start_server(self._serve, sock=self._dead, backlog=1024)

    async def _die(self):
        """Drop every connection and keep the address, so that nobody else gets it."""
        for filler in self._fillers:
            filler.close()
        self._fillers.clear()
        if self._server is not None:
            self._server.close()
            self._server = None
        self._dead.close()
        links = list(self._links)
        for link in links:
            link.task.cancel()
        await asyncio.gather(*(link.task for link in links), return_exceptions=True)
        self._dead = _bound(self.port)

    async def _fill(self):
        """Let so many connections wait that the system answers no further one."""
        self._dead.listen(0)
        while await self._answered():
            pass

    async def _answered(self):
        """Open one more connection; whether the system has answered it."""
        filler = socket.socket()
        filler.setblocking(False)
        self._fillers.append(filler)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await asyncio.get_running_loop().sock_connect(filler, ("127.0.0.1", self.port))
        # Where the machine stood still the time is over, and the answer is there all the same.
        try:
            filler.getpeername()
        except OSError:
            return False
        return True

    async def _serve(self, reader, writer):
        self.accepted += 1
        link = _Link(self, reader, writer, asyncio.current_task())
        self._links.add(link)
        try:
            await link.run(self._to)
        except (OSError, asyncio.CancelledError):
            # asyncio's own done-callback cannot bear a cancelled task before Python 3.12.
            pass
        finally:
            writer.transport.abort()
            self._links.discard(link)
            self.closed += 1


class _Link:
    """One connection: the caller on one side, the server on the other."""

    def __init__(self, proxy, reader, writer, task):
        self.task = task
        self._proxy = proxy
        self._reader = reader
        self._writer = writer
        self._fault = proxy.fault
        self._left = proxy.fault.after

    async def run(self, port):
        if self._fault.kind == "black_hole":
            return await self._gone()
        if self._fault == RESET:
            return self._rst()
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        # When one side has gone the other hears of it at once.
        ways = [
            asyncio.ensure_future(self._asks(writer)),
            asyncio.ensure_future(self._answers(reader)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            writer.transport.abort()
            await asyncio.gather(*ways, return_exceptions=True)
        return None

    async def _asks(self, writer):
        while data := await self._reader.read(65536):
            writer.write(data)
            await writer.drain()

    async def _answers(self, reader):
        while data := await reader.read(65536):
            if self._fault is not self._proxy.fault:
                self._fault, self._left = self._proxy.fault, self._proxy.fault.after
            way = getattr(self, f"_{self._fault.kind}")
            if self._fault.seconds:
                await asyncio.sleep(self._fault.seconds)
            if await way(data):
                return

    async def _write(self, data):
        self._writer.write(data)
        await self._writer.drain()

    async def _gone(self):
        """Wait until the caller has closed."""
        while await self._reader.read(65536):
            pass

    def _rst(self):
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._writer.transport.abort()

    async def _through(self, data):
        """Pass on what may still come through; whether that was the last of it."""
        part, self._left = data[: self._left], self._left - len(data)
        if part:
            await self._write(part)
        return self._left <= 0

    # Each takes a piece of the answer; whether the connection is to be closed.

    async def _passes(self, data):
        await self._write(data)
        return False

    async def _black_hole(self, _data):
        return False

    async def _trickle(self, data):
        for at in range(len(data)):
            await self._write(data[at : at + 1])
            await asyncio.sleep(0)
        return False

    async def _reset(self, data):
        if await self._through(data):
            self._rst()
            return True
        return False

    async def _truncate(self, data):
        if await self._through(data):
            self._writer.close()
            return True
        return False

    async def _half_close(self, data):
        if await self._through(data):
            self._writer.write_eof()
            await self._gone()
            return True
        return False

    async def _garbage(self, _data):
        await self._write(NONSENSE)
        return True


def _bound(port):
    """A socket that has the address and does not listen: connections to it are refused."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound
