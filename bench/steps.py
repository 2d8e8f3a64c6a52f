"""`make steps WORK=json`: how many steps of the interpreter a call takes, and in which functions.

A machine's neighbours change what a call costs by a tenth from one minute to the next; its steps they do not change. Where
the profile is flat, they tell what a change of a few lines has saved, and where the next is to be looked for. Calls into C
count as one step, whatever they do.

Run: python -m bench.steps WORK
"""

import json
import os
import signal
import sys
import time
from typing import Any, ClassVar

from bench.closed import CALLERS, CLOSED, WARM_UP, call
from bench.contestants import Firstbyte
from bench.house import House, Size
from bench.notes import Notes
from bench.programs import BUILD

FILE = BUILD / "steps.json"
SHOWN = 60
SECONDS = 3.0
PATIENCE = 10.0
"""Seconds for a process that counts to begin, or to tell."""


class Counted(Firstbyte):
    """Firstbyte with somebody who counts."""

    module: ClassVar = "bench.counted"


def table(told: dict[str, Any]) -> str:
    """What was told, by call.

    Args:
        told: As `bench.counted` writes it.
    """
    calls = max(told["calls"], 1)
    blocks = []
    for title, name in (("steps", "functions"), ("steps that stayed general", "general")):
        if told[name] is None:
            continue
        counts = sorted(told[name].items(), key=lambda pair: (-pair[1], pair[0]))
        lines = [f"{count / calls:8.1f}  {place}" for place, count in counts[:SHOWN]]
        blocks.append(
            "\n".join([f"{sum(told[name].values()) / calls:8.1f}  {title} a call", *lines])
        )
    return "\n\n".join(blocks) + "\n"


def main(work: str) -> None:
    """Count the steps of a work's calls."""
    BUILD.mkdir(parents=True, exist_ok=True)
    FILE.unlink(missing_ok=True)
    os.environ["STEPS_FILE"] = str(FILE)
    house = House(Size(), Notes(), print, [Counted])
    with house.mock() as mock, house.contestants(mock) as (counted,):
        call(counted, CLOSED[work], CALLERS, WARM_UP)
        os.kill(counted.pid, signal.SIGUSR1)
        call(counted, CLOSED[work], CALLERS, SECONDS)
        os.kill(counted.pid, signal.SIGUSR2)
        by = time.monotonic() + PATIENCE
        while not FILE.exists() and time.monotonic() < by:
            time.sleep(0.1)
    if not FILE.exists():
        sys.exit(f"nothing was told within {PATIENCE:g} s")
    print(table(json.loads(FILE.read_text())))


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in CLOSED:
        sys.exit(f"which work? one of {', '.join(CLOSED)}")
    main(sys.argv[1])
