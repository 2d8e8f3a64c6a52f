"""How long `firstbyte serve` takes until `/readyz` answers 200, and how much memory it holds when idle.

Run: python bench/startup.py [RUNS]
"""

import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(runs: int) -> None:
    """Print the median, least and most of each figure."""
    ready, resident = [], []
    for seconds, megabytes in started(runs):
        ready.append(seconds)
        resident.append(megabytes)
    show("start to ready, s", ready, 3)
    show("resident when idle, MB", resident, 1)


def started(runs: int) -> Iterator[tuple[float, float]]:
    """What `once` gives, run after run, with bytecode at hand as it is wherever the proxy is installed."""
    with tempfile.TemporaryDirectory() as cache:
        # The first run compiles it.
        once(cache)
        for _ in range(runs):
            yield once(cache)


def once(cache: str) -> tuple[float, float]:
    """Seconds from the start of the process to its first 200, and megabytes resident half a second later."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "proxy",
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--ops-listen",
                "off",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**kept, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": cache},
        )
        try:
            assert process.stderr is not None
            port = int(re.search(r":(\d+)/v1", process.stderr.readline())[1])
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/readyz")
            assert connection.getresponse().status == 200
            seconds = time.perf_counter() - began
            time.sleep(0.5)
            return seconds, resident(process.pid)
        finally:
            process.terminate()
            process.communicate()


def resident(pid: int) -> float:
    """Megabytes of memory that the process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1000


def show(what: str, figures: list[float], digits: int) -> None:
    """One line."""
    median, least, most = statistics.median(figures), min(figures), max(figures)
    print(f"{what:24} median {median:.{digits}f}  min {least:.{digits}f}  max {most:.{digits}f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
