"""A new configuration on its way to all workers: read once, taken by each, told to whoever asked.

Invariant: one is on its way at a time; whoever asks meanwhile is answered by the next one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from proxy.commands.channel import Word, packed
from proxy.commands.offspring import Offspring
from proxy.config.renewal import Reloaded, Renewal
from proxy.config.schema import Config
from proxy.core.clock import Clock

PATIENCE: Final = 5.0
"""Seconds that a worker may take to go by a new configuration before others are told without it."""
LATE: Final = "not every worker has taken it yet"


@dataclass(slots=True)
class _Round:
    """One that is on its way."""

    number: int
    askers: list[Offspring | None]
    reloaded: Reloaded
    waiting: set[int]
    """Processes that have not taken it yet."""
    by: float


class Rollout:
    """The configuration in force, and the next.

    Args:
        config: What all start with.
        renewal: Reads it anew.
        clock: Time.
        children: Who is at work.
    """

    def __init__(
        self,
        config: Config,
        renewal: Renewal,
        clock: Clock,
        children: Callable[[], list[Offspring]],
    ) -> None:
        self.config = config
        """What a worker that begins now goes by."""
        self.is_behind = False
        """Whether what was read last cannot be used."""
        self._renewal = renewal
        self._clock = clock
        self._children = children
        self._asked: list[Offspring | None] = []
        self._round: _Round | None = None
        self._rounds = 0

    @property
    def by(self) -> float | None:
        """When the one on its way is waited for no longer."""
        return self._round.by if self._round else None

    def ask(self, asker: Offspring | None) -> None:
        """Begin one, now or after the one on its way.

        Args:
            asker: Who is told; None where the log is enough.
        """
        self._asked.append(asker)
        self._begin()

    def taken(self, child: Offspring, number: int) -> None:
        """A worker goes by it."""
        if self._round is not None and self._round.number == number:
            self.lost(child)

    def lost(self, child: Offspring) -> None:
        """A worker is not waited for any more."""
        if self._round is not None:
            self._round.waiting.discard(child.pid)
            self._settle(self._round)

    def tick(self) -> None:
        """See whether it has been waited for long enough."""
        if self._round is not None and self._clock.now() >= self._round.by:
            told = self._round.reloaded
            self._round.reloaded = replace(told, warnings=(*told.warnings, LATE))
            self._round.waiting.clear()
            self._settle(self._round)

    def _begin(self) -> None:
        if self._round is not None or not self._asked:
            return
        askers, self._asked = self._asked, []
        config, reloaded = self._renewal.read()
        self._rounds += 1
        by = self._clock.now() + PATIENCE
        self._round = _Round(self._rounds, askers, reloaded, set(), by)
        self.is_behind = config is None
        if config is None:
            for child in self._children():
                child.say(packed(Word.REFUSED, None))
        else:
            self.config = config
            message = packed(Word.CONFIG, (self._rounds, config))
            for child in self._children():
                # Who has only begun finds it once it takes calls.
                child.say(message)
                if child.is_ready:
                    self._round.waiting.add(child.pid)
        self._settle(self._round)

    def _settle(self, current: _Round) -> None:
        if current.waiting:
            return
        current.reloaded.tell()
        present = self._children()
        for asker in current.askers:
            if asker in present and asker is not None:
                asker.say(packed(Word.RELOADED, current.reloaded))
        self._round = None
        self._begin()
