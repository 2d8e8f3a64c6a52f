"""The works that are measured: each takes the house it runs in and notes figures, round by round.

Contestants take turns within a round (A B A B), so that whatever else the machine does meets all of them alike; what
is told of a figure is its median over the rounds.
"""

import json
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from bench import startup
from bench.accounts import TICK, Others, cpu, memory, tree
from bench.answers import EVENTS, write_all
from bench.contestants import (
    SLOW,
    Ask,
    Contestant,
    Direct,
    Firstbyte,
    Nginx,
    awake,
    calm,
    has,
    nginx_command,
)
from bench.load import Seen, callers
from bench.programs import BUILD, Mock, cores, native, start
from proxy.config import schema

INTERVAL = 0.05
"""Seconds between the events of an open stream."""
WARM_UP = 1.0
SETTLE = 1.0
"""Seconds from the beginning of the last open stream to the first event that counts."""
RAMP = 250
"""Streams opened a second."""
NOISE = 0.1
"""Cores that others may use while we measure."""
TRIES = 3
"""Of a round that others disturb."""
CALLERS = 16
ANSWERS = BUILD / "answers"


@dataclass
class Notes:
    """Figures by work, contestant and name; one value for each round."""

    values: dict[str, dict[str, dict[str, list[float]]]] = field(default_factory=dict)

    def add(self, work: str, who: str, **figures: float) -> None:
        """Note one round."""
        kept = self.values.setdefault(work, {}).setdefault(who, {})
        for name, value in figures.items():
            kept.setdefault(name, []).append(value)

    def noisy(self) -> str:
        """A warning, where other programs used the machine while it measured."""
        cores = [
            value
            for work in self.values.values()
            for figures in work.values()
            for value in figures.get("others", ())
        ]
        loud = [each for each in cores if each > NOISE]
        if not loud:
            return ""
        return f"{len(loud)} of {len(cores)} rounds are doubtful: other programs used up to {max(loud):.2f} cores meanwhile"

    def median(self, work: str, who: str, name: str) -> float | None:
        """The figure; None where it was not measured."""
        found = self.values.get(work, {}).get(who, {}).get(name)
        return statistics.median(found) if found else None


@dataclass(frozen=True)
class Size:
    """How long a run measures."""

    rounds: int = 3
    seconds: float = 3.0
    """Of one round of one contestant."""
    window: float = 10.0
    """Of open streams."""
    singles: int = 2000
    """Calls one at a time."""
    patience: float = 20.0
    """Seconds that a round waits for other programs to be quiet."""


@dataclass
class House:
    """Where a work runs."""

    size: Size
    notes: Notes
    say: Callable[[str], None]
    makers: Sequence[Callable[[int, set[int]], Contestant]] = ()

    def quiet(self) -> None:
        """Wait until nobody else uses the machine, or the patience is over."""
        until = time.monotonic() + self.size.patience
        while time.monotonic() < until:
            others = Others()
            time.sleep(0.3)
            if others.cores() <= NOISE:
                return

    def steady(self, measure: Callable[[], dict[str, float]]) -> dict[str, float]:
        """Measure when it is quiet, and again where others came in between; the quietest try counts."""
        tries = []
        while len(tries) < (TRIES if self.size.patience else 1):
            self.quiet()
            tries.append(measure())
            if tries[-1]["others"] <= NOISE:
                break
        return min(tries, key=lambda figures: figures["others"])

    @contextmanager
    def mock(self, events: int = 1) -> Iterator[Mock]:
        """The mock provider, whose paced streams have so many events."""
        _, others = cores()
        write_all(ANSWERS, events)
        mock = Mock(ANSWERS, INTERVAL, others)
        try:
            yield mock
        finally:
            mock.stop()

    @contextmanager
    def contestants(self, mock: Mock) -> Iterator[list[Contestant]]:
        """All of them, running on the first core."""
        core, _ = cores()
        running: list[Contestant] = []
        try:
            for make in self.makers:
                running.append(make(mock.port, core))  # noqa: PERF401 (what runs must be ended)
            yield running
        finally:
            for each in running:
                each.stop()


def makers() -> list[Callable[[int, set[int]], Contestant]]:
    """Firstbyte, and nginx where it is."""
    return [Firstbyte, Nginx] if nginx_command() else [Firstbyte]


TRANSLATED = ("anthropic", "gemini", "bedrock")
CLOSED = {
    "json": Ask("json"),
    "body": Ask("json", size=100_000),
    "relay": Ask("relay", stream=True),
    **{name: Ask(name, stream=True) for name in TRANSLATED},
}
"""Works that are calls one after the other, and what is asked."""


def closed(house: House, work: str) -> None:
    """CPU per call, and calls per second, with CALLERS at a time."""
    ask = CLOSED[work]
    with house.mock() as mock, house.contestants(mock) as running:
        measured = running
        if work in TRANSLATED:
            # Nobody else translates; what it is held against is nginx's relay of the same number of events.
            measured = [each for each in running if each.name == "firstbyte"]
        for each in measured:
            _call(each, ask, CALLERS, WARM_UP)
        for number in range(house.size.rounds):
            for each in measured:
                figures = house.steady(
                    partial(_cpu_per_call, each, ask, CALLERS, house.size.seconds)
                )
                house.notes.add(work, each.name, **figures)
                house.say(
                    f"{work} {number + 1}/{house.size.rounds} {each.name}: {figures['cpu_ms']:.4f} ms CPU a call, "
                    f"{figures['rate']:,.0f} calls/s"
                )


def _call(contestant: Contestant, ask: Ask, count: int, seconds: float) -> Seen:
    """Let callers on the other cores call; what the contestant does afterwards belongs to it, too."""
    # A call that the end of the run cuts is not counted but has cost; of a slow contestant that would be a large part.
    slow = contestant.name in SLOW
    seconds = max(3.0, seconds) if slow else seconds
    own = slow or ask.stream
    with awake(contestant):
        seen = callers(contestant.request(ask), count, seconds, cores()[1], own=own)
        calm(contestant)
    if ask.stream and seen.events < 0.9 * EVENTS * seen.calls:
        raise RuntimeError(f"{contestant.name} lost events: {seen.events} in {seen.calls} streams")
    return seen


def _cpu_per_call(contestant: Contestant, ask: Ask, count: int, seconds: float) -> dict[str, float]:
    before, others = cpu(contestant.pid), Others()
    seen = _call(contestant, ask, count, seconds)
    used = cpu(contestant.pid) - before
    return {
        "cpu_ms": used / seen.calls * 1e3,
        "rate": seen.calls / seen.seconds,
        "busy": used / seen.seconds,
        "others": others.cores(),
        "p50_ms": seen.p50 * 1e3,
        "p99_ms": seen.p99 * 1e3,
    }


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
        _call(contestant, Ask("relay", stream=True), CALLERS, WARM_UP)
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


def first_byte(house: House, work: str) -> None:
    """What one call at a time waits longer for its first event than without anybody between."""
    ask = Ask("relay", stream=True)
    with house.mock() as mock, house.contestants(mock) as running:
        everybody = [*running, Direct(mock.port)]
        for number in range(house.size.rounds):
            house.quiet()
            times: dict[str, list[float]] = {each.name: [] for each in everybody}
            lines = {
                each.name: _Line(each.request(ask).port, each.request(ask).raw())
                for each in everybody
            }
            for turn in range(house.size.singles // 50 + 1):
                for each in everybody:
                    name, line = each.name, lines[each.name]
                    with awake(each):
                        waits = [line.wait() for _ in range(50)]
                    # The first turn warms up.
                    times[name] += waits if turn else []
            direct = _cuts(times["direct"])
            for name, waits in times.items():
                p50, p99 = _cuts(waits)
                house.notes.add(
                    work,
                    name,
                    p50_ms=p50 * 1e3,
                    p99_ms=p99 * 1e3,
                    added_p50_ms=(p50 - direct[0]) * 1e3,
                    added_p99_ms=(p99 - direct[1]) * 1e3,
                )
                house.say(
                    f"{work} {number + 1}/{house.size.rounds} {name}: p50 {p50 * 1e3:.3f} ms, p99 {p99 * 1e3:.3f} ms"
                )
            for line in lines.values():
                line.close()


def _cuts(values: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(values, n=100)
    return cuts[49], cuts[98]


class _Line:
    """One connection, one call at a time."""

    def __init__(self, port: int, request: bytes) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request

    def wait(self) -> float:
        """Call, read the whole stream, and tell how many seconds its first event took."""
        began = time.perf_counter()
        self._socket.sendall(self._request)
        data, first = b"", 0.0
        while not data.endswith(b"0\r\n\r\n"):
            more = self._socket.recv(1 << 16)
            if not more:
                raise RuntimeError("the connection was closed within an answer")
            data += more
            if not first and b"data: " in data:
                first = time.perf_counter() - began
        return first

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def started(house: House, work: str) -> None:
    """Seconds until ready, and megabytes resident when idle."""
    startup.once()  # compiles bytecode
    house.quiet()
    for _ in range(max(3, house.size.rounds)):
        seconds, megabytes = startup.once()
        house.notes.add(work, "firstbyte", seconds=seconds, megabytes=megabytes)
        house.say(f"{work}: ready after {seconds:.3f} s, {megabytes:.1f} MB")


LADDER = (1, 16, 64, 512)
"""How many call at a time."""


def throughput(house: House, work: str) -> None:
    """Calls per second with few and with many callers."""
    ask = Ask("json")
    with house.mock() as mock, house.contestants(mock) as running:
        for number in range(house.size.rounds):
            for count in LADDER:
                for each in running:
                    # Every number of callers has its own number of connections, on both sides.
                    _call(each, ask, count, WARM_UP)
                    # Many connections take their time to be made, which must not count for much.
                    seconds = max(3.0, house.size.seconds)
                    figures = house.steady(partial(_cpu_per_call, each, ask, count, seconds))
                    told = {f"{name}{count}": figures[name] for name in ("rate", "busy", "cpu_ms")}
                    house.notes.add(work, each.name, **told)
                    house.say(
                        f"{work} {number + 1}/{house.size.rounds} {each.name}, {count} callers: "
                        f"{figures['rate']:,.0f} calls/s"
                    )


def workers(house: House, work: str) -> None:
    """What two workers bring over one.

    Callers and provider need a core, too. So that a machine with two cores can say something, capacity is the calls
    served for each second of CPU of the busiest worker: calls that are spread unevenly count as they would at full load.
    """
    if not has(schema.Server, "workers"):
        house.say(f"{work}: this checkout has no server.workers")
        return
    everywhere = set.union(*cores())
    with house.mock() as mock:
        for number in range(house.size.rounds):
            capacity = []
            for count in (1, 2):
                contestant = Firstbyte(mock.port, everywhere, count)
                try:
                    capacity.append(_capacity(contestant, house.size.seconds))
                finally:
                    contestant.stop()
            one, two = capacity
            house.notes.add(work, "firstbyte", one=one, two=two, ratio=two / one)
            house.say(f"{work} {number + 1}/{house.size.rounds}: {two / one:.2f} x")


def _capacity(contestant: Contestant, seconds: float) -> float:
    everywhere, ask = set.union(*cores()), Ask("json")
    callers(contestant.request(ask), 64, WARM_UP, everywhere)
    before = tree(contestant.pid)
    seen = callers(contestant.request(ask), 64, seconds, everywhere)
    used = [ticks - before.get(pid, 0) for pid, ticks in tree(contestant.pid).items()]
    return seen.calls / (max(used) * TICK)


WORKS: dict[str, Callable[[House, str], None]] = {
    **dict.fromkeys(CLOSED, closed),
    "open1000": opened,
    "open2000": opened,
    "first": first_byte,
    "startup": started,
    "throughput": throughput,
    "workers": workers,
}
"""Each by its name for --only, in the order of the run."""
