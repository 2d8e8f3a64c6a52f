"""Callers with open streams where there is no C compiler: the same program as bench/native/readers.c.

Run by the harness as `python -m bench.readers PORT STREAMS EVENTS RAMP_NS SETTLE_NS WINDOW_NS REQUEST`.
"""

import asyncio
import json
import re
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.loops import run

STAMP = re.compile(rb"@(\d{19})")
SHARES = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)
PATIENCE = 15.0
"""Seconds without any event at all until it gives up."""
CARRY = 19
"""Bytes of a stamp, or of the stream's end, that may be in one read while the rest is in the next."""


@dataclass
class Log:
    """What all readers note."""

    begin: int
    end: int
    """Nanoseconds of the monotonic clock between which events are timed."""
    wanted: int
    last: int
    """When the last event came."""
    streams: int
    events: int = 0
    complete: int = 0
    ended: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """The last stream has ended."""
    begun: int = 0
    delays: list[int] = field(default_factory=list)

    def say(self, word: str) -> None:
        """Print a moment, and how many streams are open."""
        print(word, self.begun - self.ended, flush=True)


class Reader(asyncio.Protocol):
    """One open stream."""

    def __init__(self, request: bytes, log: Log) -> None:
        self._request, self._log = request, log
        self._rest = b""
        self._events = 0
        self._over = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Call."""
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Note each event."""
        came, log, data = time.monotonic_ns(), self._log, self._rest + data
        end = 0
        for stamp in STAMP.finditer(data):
            end = stamp.end()
            log.begun += not self._events
            self._events += 1
            log.events += 1
            if log.begin <= came < log.end:
                log.delays.append(max(0, came - int(stamp[1])))
        log.last = came
        self._rest = data[max(end, len(data) - CARRY) :]
        if b"data: [DONE]" in data:
            log.complete += self._events == log.wanted
            self._finish()
            self._transport.close()

    def connection_lost(self, _exc: Exception | None) -> None:
        """The stream is over, one way or the other."""
        self._finish()

    def _finish(self) -> None:
        self._log.ended += not self._over
        self._over = True
        if self._log.ended == self._log.streams:
            self._log.over.set()


def report(log: Log, streams: int, delays: list[int]) -> str:
    """The line of JSON."""
    cuts = {f"{share:g}": delays[int(share * (len(delays) - 1))] for share in SHARES if delays}
    told = {"streams": streams, "complete": log.complete, "events": log.events}
    return json.dumps({**told, "in_window": len(delays), "delay_ns": cuts})


async def main(
    port: int, streams: int, wanted: int, spans: tuple[int, int, int], request: bytes
) -> None:
    """Open the streams, read them all, and report."""
    loop = asyncio.get_running_loop()
    ramp, settle, window = spans
    start = time.monotonic_ns()
    log = Log(start + ramp + settle, start + ramp + settle + window, wanted, start, streams)
    for word, moment in (("begin", log.begin), ("end", log.end)):
        loop.call_later((moment - start) / 1e9, log.say, word)
    for number in range(streams):
        await asyncio.sleep((start + ramp * number // streams - time.monotonic_ns()) / 1e9)
        await loop.create_connection(lambda: Reader(request, log), "127.0.0.1", port)
    silence = 0.0
    while not log.over.is_set() and silence < PATIENCE:
        with suppress(TimeoutError):
            await asyncio.wait_for(log.over.wait(), 1.0)
        silence = (time.monotonic_ns() - log.last) / 1e9
    print(report(log, streams, sorted(log.delays)))


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:7]]
    run(main(*numbers[:3], (numbers[3], numbers[4], numbers[5]), Path(sys.argv[7]).read_bytes()))
