"""The mock provider where there is no C compiler: the same program as bench/native/mock.c, which says what it does.

It is several times slower, so that contestants wait for it; the harness says which of the two ran.

Run by the harness as `python -m bench.mock ANSWERS INTERVAL_NS`.
"""

import asyncio
import itertools
import re
import struct
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from bench.loops import run

MARK = re.compile(rb"@0{19}")
NAME = re.compile(rb"req_[0-9a-f]{19}")
NONE = b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}"


def writes(data: bytes) -> Iterator[bytes]:
    """The writes in a file of the folder ANSWERS."""
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


class Desk:
    """What all connections share: the answers, the pause between paced writes, and whose turn it is."""

    def __init__(self, folder: Path, interval: float) -> None:
        self.answers = {
            file.name: list(writes(file.read_bytes()))
            for file in folder.iterdir()
            if file.is_file()
        }
        self.interval = interval
        self.begun = itertools.count(1)
        """Numbers the answers."""
        self._turns: deque[Connection] = deque()

    def queue(self, connection: "Connection") -> None:
        """Give it the next write as soon as everybody else had one."""
        if not self._turns:
            asyncio.get_running_loop().call_soon(self._take_turns)
        self._turns.append(connection)

    def _take_turns(self) -> None:
        turns, self._turns = self._turns, deque()
        for connection in turns:
            connection.pump()


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._held = bytearray()
        self._need = -1
        """Bytes until the request is whole; -1: not known yet, -2: it comes in chunks."""
        self._left: Iterator[bytes] = iter(())
        self._paced = False
        self._due = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Somebody called."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Read on until the request is whole."""
        self._held += data
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            return
        if self._need == -1:
            head = bytes(self._held[:end]).lower()
            length = re.search(rb"\r\ncontent-length: *(\d+)", head)
            chunked = b"\r\ntransfer-encoding: chunked" in head
            self._need = -2 if chunked else end + 4 + int(length[1] if length else 0)
        if self._held.endswith(b"0\r\n\r\n") if self._need == -2 else len(self._held) >= self._need:
            name = bytes(self._held[:200]).split(b" ", 2)[1].split(b"/")[1].decode()
            self._held.clear()
            self._need = -1
            self._begin(name)

    def _begin(self, name: str) -> None:
        first, *rest = self._desk.answers.get(name, [NONE])
        first = NAME.sub(b"req_%019d" % next(self._desk.begun), first, count=1)
        self._left = iter((first, *rest))
        self._paced = name.startswith("paced")
        self._due = asyncio.get_running_loop().time()
        self.pump()

    def pump(self) -> None:
        """Send the write whose turn it is, and queue for the next."""
        data = next(self._left, None)
        if data is None or self._transport.is_closing():
            return
        if not self._paced:
            self._transport.write(data)
            self._desk.queue(self)
            return
        self._transport.write(MARK.sub(b"@%019d" % time.monotonic_ns(), data, count=1))
        self._due += self._desk.interval
        asyncio.get_running_loop().call_at(self._due, self.pump)


async def main(folder: Path, interval: float) -> None:
    """Serve until ended."""
    loop = asyncio.get_running_loop()
    desk = Desk(folder, interval)
    server = await loop.create_server(lambda: Connection(desk), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    run(main(Path(sys.argv[1]), int(sys.argv[2]) / 1e9))
