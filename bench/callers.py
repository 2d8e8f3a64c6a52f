"""Callers of streams where there is no C compiler: the same program as bench/native/callers.c.

Run by the harness as `python -m bench.callers PORT CALLERS SECONDS REQUEST`; prints one line of JSON.
"""

import asyncio
import json
import re
import statistics
import sys
import time
from pathlib import Path

from bench.loops import run

EVENT = b"\ndata: "


class Caller(asyncio.Protocol):
    """One keep-alive connection that calls until the time is over."""

    def __init__(self, request: bytes, until: float, over: asyncio.Event) -> None:
        self.times: list[float] = []
        self.bytes = self.failed = self.events = 0
        self._request, self._until, self.over = request, until, over
        self._rest = b""
        self._left = -1
        """Bytes of a body with a length; -1: of the head nothing is known, -2: chunks."""
        self._began = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Call for the first time."""
        self._transport = transport
        self._call()

    def _call(self) -> None:
        if time.monotonic() >= self._until:
            self.over.set()
            return
        self._rest, self._left, self._began = b"", -1, time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Read on until the answer is whole."""
        self.bytes += len(data)
        if self._left == -1:
            head, found, data = (self._rest + data).partition(b"\r\n\r\n")
            if not found:
                self._rest = head
                return
            self._rest = b""
            self._open(head)
        if self._left >= 0:
            self._left -= len(data)
            whole = self._left <= 0
        else:
            data = self._rest + data
            self.events += data.count(EVENT)
            self._rest = data[1 - len(EVENT) :]
            whole = data.endswith(b"0\r\n\r\n")
        if whole:
            self.times.append(time.perf_counter() - self._began)
            self._call()

    def _open(self, head: bytes) -> None:
        if not head.startswith(b"HTTP/1.1 200"):
            self.failed += 1
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        self._left = int(length[1]) if length else -2

    def connection_lost(self, _exc: Exception | None) -> None:
        """Whoever answers may not hang up."""
        if not self.over.is_set():
            self.failed += 1
            self.over.set()


async def main(port: int, count: int, seconds: float, request: bytes) -> None:
    """Call, and print what was seen."""
    loop = asyncio.get_running_loop()
    began = time.monotonic()
    made = [Caller(request, began + seconds, asyncio.Event()) for _ in range(count)]
    for caller in made:
        await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", port)
    for caller in made:
        await caller.over.wait()
    took = time.monotonic() - began
    times = sorted(each for caller in made for each in caller.times)
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else times * 99
    seen = {
        "calls": len(times),
        "seconds": took,
        "bytes": sum(caller.bytes for caller in made),
        "events": sum(caller.events for caller in made),
        "failed": sum(caller.failed for caller in made),
        "p50": cuts[49] if cuts else 0.0,
        "p99": cuts[98] if cuts else 0.0,
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    _, port_, count_, seconds_, file_ = sys.argv
    run(main(int(port_), int(count_), float(seconds_), Path(file_).read_bytes()))
