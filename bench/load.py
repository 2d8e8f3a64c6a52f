"""Callers that call again as soon as they are answered, and what they saw.

Whole answers are asked for by wrk where it is there. Streams are read by our own, which count events, and wait for what
is under way at the end: of a slow contestant the calls that are cut would be a large part.
"""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.contestants import Request
from bench.programs import BUILD, native, start

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
    events: int = 0
    """Of streams; 0 where nobody counted them."""


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
    line = [*native("callers"), str(request.port), str(count), str(seconds), str(file)]
    return _last(line, cpus)


def _last(command: list[str], cpus: set[int]) -> str:
    process = start(command, cpus, stdout=subprocess.PIPE)
    output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{Path(command[0]).name} ended with status {process.returncode}")
    return output.strip().splitlines()[-1]
