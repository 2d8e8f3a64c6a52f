"""Facts on their way to those who listen: gathered for a moment and told many at a time, while no call waits.

Whoever has something to tell leaves it and goes on. What steers calls (health, limits, load) is no observer and does not
wait; whoever reads what an observer keeps has `flush` called first, and cannot see that anything waited. Only what
another process reads, or what must outlive a `kill -9`, is told on the spot.

Invariant: each observer hears all facts, in the order in which they happened, and at most `SOON` later; one that raises
keeps no fact from the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final, TypeAlias, TypeVar

from proxy.core.facts import Closing, Fact, Gathering, Observer

SOON: Final = 0.02
"""Seconds until a fact is told."""
MANY: Final = 64
"""Facts that are told without waiting any longer: at the loop's next turn."""

T = TypeVar("T")
_Hear: TypeAlias = Callable[[Iterator[Fact]], None]
_log: Final = logging.getLogger("firstbyte.facts")


class News:
    """Facts of one process.

    Args:
        observers: Who hears them from the beginning.
    """

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self._observers = list(observers)
        self._prompt: list[Observer] = []
        self._hear = [_hear_of(observer) for observer in self._observers]
        self._facts: list[Fact] = []
        self._timer: asyncio.Handle | None = None
        self.curious: list[object] = [each for each in self._observers if _is_curious(each)]
        """Who needs to hear that answers begin which are all out; where it is empty, nobody has to be told."""

    def observe(self, observer: Observer, *, at_once: bool = False) -> None:
        """Let somebody hear facts from now on.

        Args:
            observer: Who.
            at_once: On the spot, while the call waits.
        """
        self.flush()
        if _is_curious(observer):
            self.curious.append(observer)
        if at_once:
            self._prompt.append(observer)
        else:
            self._observers.append(observer)
            self._hear.append(_hear_of(observer))

    def tell(self, fact: Fact) -> None:
        """Have a fact told soon; at once where no loop runs."""
        for observer in self._prompt:
            _tell(observer.on, fact)
        facts = self._facts
        facts.append(fact)
        if len(facts) == 1:
            self._begin()
        elif len(facts) == MANY and self._timer is not None:
            self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        """Tell what has gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        facts, self._facts = self._facts, []
        if facts:
            for hear in self._hear:
                _tell_all(hear, facts)

    def close(self) -> None:
        """Tell the last of it, and let observers go."""
        self.flush()
        for observer in (*self._prompt, *self._observers):
            if isinstance(observer, Closing):
                observer.close()

    def _begin(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
        else:
            self._timer = loop.call_later(SOON, self.flush)


def _is_curious(observer: Observer) -> bool:
    return getattr(observer, "hears_wholes_begin", True)


def _hear_of(observer: Observer) -> _Hear:
    return observer.on_many if isinstance(observer, Gathering) else partial(_hear_each, observer)


def _hear_each(observer: Observer, facts: Iterator[Fact]) -> None:
    on = observer.on
    for fact in facts:
        on(fact)


def _tell_all(hear: _Hear, facts: Sequence[Fact]) -> None:
    left = iter(facts)
    for _ in facts:
        # One fact is lost at each failure: the iterator has moved on behind it.
        if _tell(hear, left):
            return


def _tell(hear: Callable[[T], None], told: T) -> bool:
    """Whether nothing failed."""
    try:
        hear(told)
    except Exception:  # noqa: BLE001 (who listens may not cost the others what they hear)
        _log.exception("an observer failed")
        return False
    return True
