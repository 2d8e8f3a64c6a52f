"""Works that are calls one after the other: CPU per call, calls per second, and what a second worker brings."""

from contextlib import ExitStack
from functools import partial

from bench.accounts import TICK, Others, cpu, tree
from bench.answers import EVENTS
from bench.contestants import SLOW, Ask, Contestant, Firstbyte, awake, calm, has
from bench.house import House
from bench.load import Seen, callers
from bench.programs import cores
from proxy.config import schema

WARM_UP = 1.0
CALLERS = 16


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
            call(each, ask, CALLERS, WARM_UP)
        for number in range(house.size.rounds):
            for each in measured:
                figures = house.steady(
                    partial(cpu_per_call, each, ask, CALLERS, house.size.seconds)
                )
                house.notes.add(work, each.name, **figures)
                house.say(
                    f"{work} {number + 1}/{house.size.rounds} {each.name}: {figures['cpu_ms']:.4f} ms CPU a call, "
                    f"{figures['rate']:,.0f} calls/s"
                )


def call(contestant: Contestant, ask: Ask, count: int, seconds: float) -> Seen:
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


def cpu_per_call(contestant: Contestant, ask: Ask, count: int, seconds: float) -> dict[str, float]:
    """What callers cost the contestant, and what they saw."""
    before, others = cpu(contestant.pid), Others()
    seen = call(contestant, ask, count, seconds)
    used = cpu(contestant.pid) - before
    return {
        "cpu_ms": used / seen.calls * 1e3,
        "rate": seen.calls / seen.seconds,
        "busy": used / seen.seconds,
        "others": others.cores(),
        "p50_ms": seen.p50 * 1e3,
        "p99_ms": seen.p99 * 1e3,
    }


WORKED = 64
"""How many call at a time where there are several workers."""
LADDER = (1, 16, 64, 512)
"""How many call at a time."""
TURNS = 3
"""How often a round takes turns where its figure compares one number of callers, or of workers, with another: what disturbs a shared
machine comes and goes in seconds, and must not meet one of them alone."""
WINDOW = 2.0
"""Seconds at least of one such turn: many connections take their time to be made, which must not count for much."""


def throughput(house: House, work: str) -> None:
    """Calls per second with few and with many callers."""
    ask = Ask("json")
    seconds = max(WINDOW, house.size.seconds)
    with house.mock() as mock, house.contestants(mock) as running:
        for turn in range(turns := TURNS * house.size.rounds):
            for count in LADDER:
                for each in running:
                    if not turn:
                        # Every number of callers has its own number of connections, on both sides.
                        call(each, ask, count, WARM_UP)
                    figures = house.steady(partial(cpu_per_call, each, ask, count, seconds))
                    told = {f"{name}{count}": figures[name] for name in ("rate", "busy", "cpu_ms")}
                    house.notes.add(work, each.name, **told)
                    house.say(
                        f"{work} {turn + 1}/{turns} {each.name}, {count} callers: "
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
    seconds = max(WINDOW, house.size.seconds)
    with house.mock() as mock, ExitStack() as stack:
        both = []
        for count in (1, 2):
            both.append(Firstbyte(mock.port, everywhere, count))
            stack.callback(both[-1].stop)
        for each in both:
            callers(each.request(Ask("json")), WORKED, WARM_UP, everywhere)
        for turn in range(turns := TURNS * house.size.rounds):
            one, two = (_capacity(each, seconds) for each in both)
            house.notes.add(work, "firstbyte", one=one, two=two, ratio=two / one)
            house.say(f"{work} {turn + 1}/{turns}: {two / one:.2f} x")


def _capacity(contestant: Contestant, seconds: float) -> float:
    before = tree(contestant.pid)
    seen = callers(contestant.request(Ask("json")), WORKED, seconds, set.union(*cores()))
    used = [ticks - before.get(pid, 0) for pid, ticks in tree(contestant.pid).items()]
    return seen.calls / (max(used) * TICK)
