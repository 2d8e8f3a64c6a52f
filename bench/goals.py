"""What the figures are held to: for each its goal, the least that is accepted, and how it is made from the notes."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.closed import TRANSLATED
from bench.notes import Notes

Figure = Callable[[Notes], float | None]


@dataclass(frozen=True)
class Limit:
    """One line of the table."""

    work: str
    what: str
    unit: str
    figure: Figure
    goal: float | None
    least: float | None
    upward: bool = False
    """More is better."""

    def verdict(self, value: float | None) -> str:
        """`goal`, `least`, `missed`, or nothing where there is no figure or no limit."""
        if value is None or self.goal is None:
            return ""
        for name, limit in (("goal", self.goal), ("least", self.least)):
            if limit is not None and (value >= limit if self.upward else value <= limit):
                return name
        return "missed"

    def show(self, value: float | None) -> str:
        """A figure with its unit."""
        if value is None:
            return "-"
        digits = (
            0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 3
        )
        return f"{value:,.{digits}f} {self.unit}".strip()


def of(work: str, name: str, who: str = "firstbyte") -> Figure:
    """A figure as it was noted."""
    return lambda notes: notes.median(work, who, name)


def against(work: str, name: str, other: str, by: str | None = None) -> Figure:
    """Ours over another's.

    Args:
        work: The work.
        name: The figure.
        other: Whose.
        by: The other's work, where it is another one.
    """

    def ratio(notes: Notes) -> float | None:
        ours, theirs = notes.median(work, "firstbyte", name), notes.median(by or work, other, name)
        return ours / theirs if ours is not None and theirs else None

    return ratio


def less_than(work: str, other: str) -> Figure:
    """How many times less CPU we need than somebody else."""
    ratio = against(work, "cpu_ms", other)
    return lambda notes: 1 / value if (value := ratio(notes)) else None


def served(count: int) -> Figure:
    """Calls per second with so many callers: all that were served in the time of all turns.

    A shared machine is quick and slow by turns of seconds. The middle of some turns is one of the two, by chance; what was
    served in all of them has its share of both.
    """
    return lambda notes: notes.mean("throughput", "firstbyte", f"rate{count}")


def spread(notes: Notes) -> float | None:
    """The largest deviation, in percent, of throughput with many callers from that with 16."""
    base, *rates = [served(count)(notes) for count in (16, 64, 512)]
    if base is None or None in rates:
        return None
    return max(abs(rate / base - 1) for rate in rates if rate is not None) * 100


def _closed(work: str, what: str, goal: float, least: float, by: str | None = None) -> list[Limit]:
    base = "nginx's relay" if by else "nginx"
    return [
        Limit(work, f"{what}: CPU per call", "ms", of(work, "cpu_ms"), None, None),
        Limit(work, f"… over {base}", "x", against(work, "cpu_ms", "nginx", by), goal, least),
    ]


def _peers(work: str, portkey: float, litellm: float) -> list[Limit]:
    return [
        Limit(work, "… less than Portkey", "x", less_than(work, "portkey"), portkey, portkey, True),
        Limit(work, "… less than LiteLLM", "x", less_than(work, "litellm"), litellm, litellm, True),
    ]


def _open(work: str, what: str, p99: float, p99_least: float | None) -> list[Limit]:
    return [
        Limit(work, f"{what}: p50 delay", "ms", of(work, "p50_ms"), None, None),
        Limit(work, "… p99 delay", "ms", of(work, "p99_ms"), p99, p99_least),
        Limit(work, "… CPU per event", "µs", of(work, "cpu_us"), None, None),
        Limit(work, "… over nginx", "x", against(work, "cpu_us", "nginx"), 1.5, 2.5),
        Limit(work, "… events that came in their time", "", of(work, "in_time"), 0.99, 0.99, True),
        Limit(work, "… streams that came whole", "", of(work, "complete"), 1.0, 1.0, True),
    ]


NAMES = {"anthropic": "Anthropic", "gemini": "Gemini", "bedrock": "Bedrock"}
LIMITS: list[Limit] = [
    *_closed("json", "1 KB JSON call", 5, 8),
    *_peers("json", 12, 80),
    *_closed("body", "100 KB request body", 4, 6),
    *_closed("relay", "relayed stream of 100 events", 0.8, 1.2),
    *_peers("relay", 10, 200),
    *(
        limit
        for name in TRANSLATED
        for limit in _closed(name, f"{NAMES[name]} stream of 100 events to chat", 2, 3, by="relay")
    ),
    *_open("open1000", "1,000 open streams, 20 events/s each", 3, 20),
    *_open("open2000", "2,000 open streams", 25, None),
    Limit("open1000", "memory per open stream", "KiB", of("open1000", "kib"), 20, 32),
    Limit("first", "added time to first byte, p50", "ms", of("first", "added_p50_ms"), 0.2, 0.4),
    Limit("first", "… p99", "ms", of("first", "added_p99_ms"), 1.0, None),
    Limit("startup", "start to ready", "s", of("startup", "seconds"), 0.6, 1.0),
    Limit("startup", "resident when idle", "MB", of("startup", "megabytes"), 45, 60),
    Limit("throughput", "throughput, 16 callers", "calls/s", served(16), None, None),
    Limit("throughput", "… one caller", "calls/s", served(1), None, None),
    Limit("throughput", "… 64 and 512 callers against 16", "%", spread, 10, 20),
    Limit("workers", "two workers over one", "x", of("workers", "ratio"), 1.8, 1.7, True),
]
