"""`make profile WORK=json`: where Firstbyte spends its time under one of the works, by py-spy.

Leaves under build/bench/profile: a flame graph, and the functions by their own and by their whole share as text.

Run: python -m bench.profile WORK [SECONDS]
"""

import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from bench.closed import CALLERS, CLOSED
from bench.contestants import Firstbyte
from bench.house import INTERVAL, House, Size
from bench.load import callers
from bench.notes import Notes
from bench.opened import read_streams
from bench.programs import BUILD, ROOT, cores, start

RATE = 400
"""Samples a second."""
SHOWN = 40
START = 4.0
"""Seconds of load before it is watched: connections are made, and streams opened."""
OPEN = {"open500": 500, "open1000": 1000}
"""Works that are streams held open, and how many."""
FOLDER = BUILD / "profile"


def profiler() -> str:
    """py-spy, from an environment of its own or from PATH."""
    own = ROOT / "build" / "profiler" / "bin" / "py-spy"
    found = str(own) if own.exists() else shutil.which("py-spy")
    if found is None:
        sys.exit("py-spy is not there: make profile installs it into build/profiler")
    return found


def tops(raw: str) -> str:
    """The functions by own and by whole share.

    Args:
        raw: A line for each stack: its frames from the outermost, with semicolons, and how often it was seen.
    """
    own, whole, files = Counter[str](), Counter[str](), Counter[str]()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        own[frames[-1]] += int(count)
        files[frames[-1].rpartition("(")[2].partition(":")[0].rstrip(")")] += int(count)
        for frame in set(frames):
            whole[frame] += int(count)
    total = max(own.total(), 1)
    blocks = []
    for title, found in (
        ("Files by their own share", files),
        ("Functions by their own share", own),
        ("Functions with all that they call", whole),
    ):
        lines = [f"{count / total:6.1%}  {name}" for name, count in found.most_common(SHOWN)]
        blocks.append("\n".join([f"{title}, of {total} samples", *lines]))
    return "\n\n".join(blocks) + "\n"


def record(pid: int, kind: str, file: Path, seconds: float) -> None:
    """Watch the process."""
    line = [
        profiler(),
        "record",
        "--pid",
        str(pid),
        "--rate",
        str(RATE),
        "--format",
        kind,
        "--function",
    ]
    line += ["--duration", str(round(seconds)), "--output", str(file)]
    process = start(line, cores()[1], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, said = process.communicate()
    if process.returncode:
        sys.exit(f"py-spy ended with status {process.returncode}: {said.strip()[-400:]}")


def main(work: str, seconds: float) -> None:
    """Profile a work twice: once for the text, once for the picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    house = House(Size(), Notes(), print, [Firstbyte])
    with house.mock(events(seconds)) as mock, house.contestants(mock) as (firstbyte,):
        raw, svg, text = (FOLDER / f"{work}.{end}" for end in ("raw", "svg", "txt"))
        for kind, file in (("raw", raw), ("flamegraph", svg)):
            load = threading.Thread(target=_load, args=(firstbyte, work, seconds))
            load.start()
            time.sleep(START)
            record(firstbyte.pid, kind, file, seconds)
            load.join()
    text.write_text(tops(raw.read_text()))
    print(text.read_text())
    print(f"{text.relative_to(ROOT)}, {svg.relative_to(ROOT)}")


def events(seconds: float) -> int:
    """Of an open stream that lives a little longer than it is watched."""
    return round((START + seconds + 1) / INTERVAL)


def _load(firstbyte: Firstbyte, work: str, seconds: float) -> None:
    if work in OPEN:
        spans = (START - 1, 1.0, seconds)
        read_streams(firstbyte, OPEN[work], events(seconds), spans).communicate()
    else:
        ask, span = CLOSED[work], START + seconds + 1
        callers(firstbyte.request(ask), CALLERS, span, cores()[1], own=ask.stream)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in {*CLOSED, *OPEN}:
        sys.exit(f"which work? one of {', '.join([*CLOSED, *OPEN])}")
    main(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 10.0)
