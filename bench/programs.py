"""Starts the programs of a run, each on its core, and ends them.

The mock provider and the readers of open streams are C where there is a compiler, else Python: a mock that is slower
than what is measured would make the waiting of its callers part of the figures.
"""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from bench.accounts import tree

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "bench"
SOURCES = Path(__file__).parent / "native"


def native(name: str) -> list[str]:
    """The command of one of our programs: compiled if possible, else its Python twin."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or os.environ.get("BENCH_NATIVE") == "0":
        return [sys.executable, "-m", f"bench.{name}"]
    source, made = SOURCES / f"{name}.c", BUILD / name
    if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
        BUILD.mkdir(parents=True, exist_ok=True)
        subprocess.run([compiler, "-O2", "-o", str(made), str(source)], check=True)  # noqa: S603 (our own words)
    return [str(made)]


def cores() -> tuple[set[int], set[int]]:
    """The core of what is measured, and those of everything else; the same where there is only one."""
    if not hasattr(os, "sched_getaffinity"):
        return set(), set()
    ours = sorted(os.sched_getaffinity(0))
    return {ours[0]}, set(ours[1:]) or {ours[0]}


def start(
    command: Sequence[str],
    cpus: set[int],
    **more: Any,
) -> subprocess.Popen[str]:
    """Start a program on these cores."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("extra", {})}
    pin = (lambda: os.sched_setaffinity(0, cpus)) if cpus else None
    # The harness has one thread, so that code may run between fork and exec.
    process = subprocess.Popen(command, text=True, env=environment, preexec_fn=pin, **more)  # noqa: PLW1509, S603
    atexit.register(_leave, process)
    return process


def _leave(process: subprocess.Popen[str]) -> None:
    """Nothing that was started outlives the harness, wherever it was when it was told to stop."""
    if process.poll() is None:
        stop(process)


def signal_all(pid: int, number: signal.Signals) -> None:
    """Signal a program and all that it has started."""
    for each in tree(pid):
        with suppress(ProcessLookupError):
            os.kill(each, number)


def stop(process: subprocess.Popen[str]) -> None:
    """End a program, and do not wait for ever."""
    signal_all(process.pid, signal.SIGCONT)
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_port(port: int, process: subprocess.Popen[str], seconds: float = 20.0) -> None:
    """Wait until somebody listens.

    Raises:
        RuntimeError: the program ended, or the time is over.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"nobody listens on port {port} (exit status {process.poll()})")


class Mock:
    """The mock provider, running."""

    def __init__(self, answers: Path, interval: float, cpus: set[int]) -> None:
        command = [*native("mock"), str(answers), str(round(interval * 1e9))]
        self._process = start(command, cpus, stdout=subprocess.PIPE)
        output: IO[str] | None = self._process.stdout
        assert output is not None
        self.port = int(output.readline())

    def stop(self) -> None:
        """End it."""
        stop(self._process)
