"""A server that says exactly what a script tells it to, over real sockets.

A script is a list of steps for one connection: bytes are written as they are; anything else is called with the
`Peer`. Connection number n runs script number n; the last script serves all further connections. After its script
a connection is closed.
"""

import asyncio
import contextlib
import socket
import struct


class Peer:
    """One accepted connection."""

    def __init__(self, server, reader, writer):
        self.server = server
        self.reader = reader
        self.writer = writer

    async def write(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def read_request(self):
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = await self.reader.readexactly(length)
        self.server.requests.append((head, body))

    def reset(self):
        """Close with an RST."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


async def request(peer):
    """Read one whole request and note it."""
    await peer.read_request()


async def reset(peer):
    """RST."""
    peer.reset()


async def half_close(peer):
    """FIN, while still reading."""
    peer.writer.write_eof()


async def gone(peer):
    """Wait until the other side has closed."""
    with contextlib.suppress(OSError):
        while await peer.reader.read(65536):
            pass


def until(event):
    """Wait for an event of the test's."""

    async def step(peer):
        await event.wait()

    return step


def says(event):
    """Set an event of the test's."""

    async def step(peer):
        event.set()

    return step


class RawServer:
    """`async with RawServer(script, script…) as server:`, then talk to `server.url`."""

    def __init__(self, *scripts, tls=None, host="127.0.0.1", name=None, receive_buffer=None):
        self.scripts = scripts
        self.requests = []
        self.accepted = 0
        self.open = 0
        self.errors = []
        self._tls = tls
        self._host = host
        self._name = name or host
        self._receive_buffer = receive_buffer
        self._changed = asyncio.Event()
        self._tasks = set()

    @property
    def url(self):
        host = f"[{self._name}]" if ":" in self._name else self._name
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}/v1/chat"

    async def __aenter__(self):
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listener = socket.socket(family)
        if self._receive_buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer)
        listener.bind((self._host, 0))
        self.port = listener.getsockname()[1]
        self._server = await asyncio.start_server(
            self._serve, sock=listener, ssl=self._tls, backlog=1024
        )
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        if self.errors:
            raise self.errors[0]

    async def all_gone(self):
        """Wait until no connection is open."""
        await self.until(lambda: self.open == 0)

    async def until(self, condition):
        """Wait until something about the counters holds."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def _serve(self, reader, writer):
        script = self.scripts[min(self.accepted, len(self.scripts) - 1)]
        self.accepted += 1
        self.open += 1
        self._changed.set()
        self._tasks.add(asyncio.current_task())
        try:
            await self._play(script, Peer(self, reader, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
        except Exception as error:  # noqa: BLE001 (told to the test at the end)
            self.errors.append(error)
        finally:
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()
            self._tasks.discard(asyncio.current_task())
            self.open -= 1
            self._changed.set()

    async def _play(self, script, peer):
        for step in script:
            if isinstance(step, bytes):
                await peer.write(step)
            else:
                await step(peer)
            # So that what is written next is read apart where nothing else holds it up.
            await asyncio.sleep(0)


@contextlib.contextmanager
def closed_port():
    """An address at which nobody listens, nor will meanwhile."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{holder.getsockname()[1]}"


def answer(body=b"ok", *headers, status=b"200 OK"):
    """A whole answer with its length."""
    lines = [b"HTTP/1.1 " + status, *headers, b"content-length: %d" % len(body)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
