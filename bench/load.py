"""Callers that call again as soon as they are answered, and what they saw: wrk where it is there, else our own.

Our own also serves contestants that are so slow that a call cut by the end of the run would count: it waits for each.

Run by the harness as `python -m bench.load PORT CALLERS SECONDS REQUEST`; prints one line of JSON.
"""

import asyncio
import json
import re
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.contestants import Request
from bench.loops import run
from bench.programs import BUILD, start

SCRIPT = """
wrk.method = "POST"
wrk.path = {path}
wrk.headers = {{ {headers} }}
wrk.body = {body}
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\\n{{"calls": %d, "seconds": %f, "bytes": %d, "failed": %d, "p50": %f, "p99": %f}}\\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e6, latency:percentile(99) / 1e6))
end
"""


@dataclass(frozen=True)
class Seen:
    """What the callers saw. Times are seconds."""

    calls: int
    seconds: float
    bytes: int
    failed: int
    p50: float
    p99: float


def callers(
    request: Request, count: int, seconds: float, cpus: set[int], *, own: bool = False
) -> Seen:
    """Let so many callers call for so long.

    Raises:
        RuntimeError: a call failed, so that the figures would mean nothing.
    """
    command = shutil.which("wrk")
    line = (
        _own(request, count, seconds, cpus)
        if own or command is None
        else _wrk(command, request, count, seconds, cpus)
    )
    seen = Seen(**json.loads(line))
    if seen.failed or not seen.calls:
        raise RuntimeError(f"{seen.failed} failures in {seen.calls} calls to {request.path}")
    return seen


def _wrk(command: str, request: Request, count: int, seconds: float, cpus: set[int]) -> str:
    script = BUILD / "wrk.lua"
    headers = ", ".join(f"[{quoted(k)}] = {quoted(v)}" for k, v in request.headers.items())
    script.write_text(
        SCRIPT.format(path=quoted(request.path), headers=headers, body=quoted(request.body))
    )
    line = [command, "-t1", f"-c{count}", f"-d{max(1, round(seconds))}s", "--timeout", "60s"]
    return _last([*line, "-s", str(script), f"http://127.0.0.1:{request.port}"], cpus)


def quoted(text: str) -> str:
    """A Lua string."""
    return '"' + re.sub(r'[\\"\n\r]', lambda m: f"\\{ord(m[0])}", text) + '"'


def _own(request: Request, count: int, seconds: float, cpus: set[int]) -> str:
    file = BUILD / "request"
    file.write_bytes(request.raw())
    line = [sys.executable, "-m", "bench.load", str(request.port), str(count), str(seconds)]
    return _last([*line, str(file)], cpus)


def _last(command: list[str], cpus: set[int]) -> str:
    process = start(command, cpus, stdout=subprocess.PIPE)
    output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{Path(command[0]).name} ended with status {process.returncode}")
    return output.strip().splitlines()[-1]


class Caller(asyncio.Protocol):
    """One keep-alive connection that calls until the time is over."""

    def __init__(self, request: bytes, until: float, over: asyncio.Event) -> None:
        self.times: list[float] = []
        self.bytes = self.failed = 0
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
            self._rest = (self._rest + data)[-5:]
            whole = self._rest == b"0\r\n\r\n"
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
        "failed": sum(caller.failed for caller in made),
        "p50": cuts[49] if cuts else 0.0,
        "p99": cuts[98] if cuts else 0.0,
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    _, port_, count_, seconds_, file_ = sys.argv
    run(main(int(port_), int(count_), float(seconds_), Path(file_).read_bytes()))
