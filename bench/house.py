"""Where a work runs: the mock provider, the contestants on their core, and the quiet that a round needs.

Contestants take turns within a round (A B A B), so that whatever else the machine does meets all of them alike; what
is told of a figure is its median over the rounds.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.accounts import Others
from bench.answers import write_all
from bench.contestants import Contestant, Firstbyte, Nginx, nginx_command
from bench.notes import NOISE, Notes
from bench.programs import BUILD, Mock, cores

INTERVAL = 0.05
"""Seconds between the events of an open stream."""
TRIES = 3
"""Of a round that others disturb."""
ANSWERS = BUILD / "answers"


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
    patience: float = 300.0
    """Seconds that a run spends on waiting for other programs to be quiet, and on rounds that they disturbed."""


@dataclass
class House:
    """Where a work runs."""

    size: Size
    notes: Notes
    say: Callable[[str], None]
    makers: Sequence[Callable[[int, set[int]], Contestant]] = ()
    left: float = field(init=False)
    """Seconds of patience."""

    def __post_init__(self) -> None:
        self.left = self.size.patience

    def quiet(self) -> None:
        """Wait until nobody else uses the machine, or the patience is over."""
        while self.left > 0.0:
            others, began = Others(), time.monotonic()
            time.sleep(0.3)
            if others.cores() <= NOISE:
                return
            self.left -= time.monotonic() - began

    def steady(self, measure: Callable[[], dict[str, float]]) -> dict[str, float]:
        """Measure when it is quiet, and again where others came in between; the quietest try counts."""
        tries: list[dict[str, float]] = []
        while not tries or (tries[-1]["others"] > NOISE and len(tries) < TRIES and self.left > 0.0):
            self.quiet()
            began = time.monotonic()
            tries.append(measure())
            if tries[-1]["others"] > NOISE:
                self.left -= time.monotonic() - began
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
