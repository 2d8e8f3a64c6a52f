"""Works that are streams held open: the delay of each event, CPU per event, and memory per stream."""

import json
import subprocess
from collections.abc import Callable
from functools import partial

from bench.accounts import Others, cpu, memory
from bench.closed import CALLERS, WARM_UP, call
from bench.contestants import Ask, Contestant, Direct
from bench.house import INTERVAL, House
from bench.programs import BUILD, cores, native, start

SETTLE = 1.0
"""Seconds from the beginning of the last open stream to the first event that counts."""
RAMP = 250
"""Streams opened a second."""


def opened(house: House, work: str) -> None:
    """Open streams: delay of each event, CPU per event, memory per stream; and nobody between, for comparison."""
    streams = int(work.removeprefix("open"))
    ramp = streams / RAMP
    # The first stream must not be over before the window is.
    events = round((ramp + SETTLE + house.size.window + 1) / INTERVAL)
    with house.mock(events) as mock:
        for number in range(house.size.rounds):
            for make in (*house.makers, _nobody):
                fresh = _Fresh(house, make, mock.port)
                figures = house.steady(partial(fresh.measure, streams, events, ramp))
                house.notes.add(work, fresh.name, **figures)
                house.say(
                    f"{work} {number + 1}/{house.size.rounds} {fresh.name}: "
                    + ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
                )


def _nobody(port: int, _cpus: set[int]) -> Direct:
    return Direct(port)


class _Fresh:
    """A contestant that is started anew for every try, since what it once held may stay with it."""

    def __init__(
        self, house: House, make: Callable[[int, set[int]], Contestant], mock: int
    ) -> None:
        self._house, self._make, self._mock = house, make, mock
        self.name = ""

    def measure(self, streams: int, events: int, ramp: float) -> dict[str, float]:
        """One try."""
        contestant = self._make(self._mock, cores()[0])
        self.name = contestant.name
        try:
            return _open_once(self._house, contestant, streams, events, ramp)
        finally:
            contestant.stop()


def _open_once(
    house: House, contestant: Contestant, streams: int, events: int, ramp: float
) -> dict[str, float]:
    if contestant.pid:
        call(contestant, Ask("relay", stream=True), CALLERS, WARM_UP)
    idle, noise = memory(contestant.pid) if contestant.pid else {}, Others()
    process = read_streams(contestant, streams, events, (ramp, SETTLE, house.size.window))
    assert process.stdout is not None
    marks, figures = {}, {}
    for text in process.stdout:
        if text.startswith("{"):
            figures = json.loads(text)
        elif contestant.pid:
            word, there = text.split()
            marks[word] = cpu(contestant.pid)
            if word == "begin":
                full, open_streams = memory(contestant.pid), max(1, int(there))
    if process.wait() or not figures["in_window"]:
        raise RuntimeError(f"the readers of {contestant.name} saw nothing")
    told = {
        "complete": figures["complete"] / streams,
        "others": noise.cores(),
        "in_time": figures["in_window"] / house.size.window * INTERVAL / streams,
        **{f"p{float(q) * 100:g}_ms": ns / 1e6 for q, ns in figures["delay_ns"].items()},
    }
    if "end" in marks:
        used = marks["end"] - marks["begin"]
        told["cpu_us"] = used / figures["in_window"] * 1e6
        told["busy"] = used / house.size.window
        told["kib"] = (full["Pss"] - idle["Pss"]) / open_streams
    return told


def read_streams(
    contestant: Contestant, streams: int, events: int, spans: tuple[float, float, float]
) -> subprocess.Popen[str]:
    """Open so many streams of so many events, and read them.

    Args:
        contestant: Who is asked.
        streams: How many.
        events: Of each.
        spans: Seconds until all are open, until it settles, and of the window in which delays are taken.
    """
    request = contestant.request(Ask("paced", stream=True))
    file = BUILD / "request"
    file.write_bytes(request.raw())
    line = [*native("readers"), str(request.port), str(streams), str(events)]
    line += [str(round(seconds * 1e9)) for seconds in spans]
    return start([*line, str(file)], cores()[1], stdout=subprocess.PIPE)
