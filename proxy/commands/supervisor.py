"""Keeps several workers at work: forks them, puts another in the place of one that ends, passes on what it is told.

It takes the addresses before the first worker begins, so that a taken one is a sentence; it alone reads the
configuration, so that all workers go by the same. It has one thread and no event loop, which is what makes it safe to
fork at any time, and answers no calls.

The first worker starts alone: what cannot be opened is told once, and a store is migrated by one. What ends a worker
before all have begun ends the start. Later, one that ends is followed by another, at once or, where they end soon one
after the other, after a while; while it cannot start, callers are sent to the others. One that is there and does nothing
any more is ended: the kernel would go on giving it its part of the callers, and no probe asks each worker.

Invariant: no worker is left when it returns.
"""

import logging
import selectors
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from proxy.commands.channel import Word, pack
from proxy.commands.following import EVERY, Watch
from proxy.commands.offspring import HEARD, Offspring, fork
from proxy.commands.rollout import Rollout
from proxy.commands.signals import Signals
from proxy.commands.worker import Berth
from proxy.config.renewal import Renewal
from proxy.config.schema import Config
from proxy.core.clock import Clock
from proxy.web.handover import Handover
from proxy.web.listening import SharedAddress

STEADY: Final = 10.0
"""Seconds that a worker must have lived for its end to be no sign of the next one's."""
PAUSES: Final = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before the next one starts, by how many ended soon before it; the last holds for all further ones."""
HOPELESS: Final = 5
"""Starts that may fail one after the other where no other worker is left."""
ASKED: Final = 10.0
"""Seconds from one time that workers are asked whether they are there to the next."""
DEAF: Final = 3
"""How often one may leave that unanswered. It is counted, not timed: what stops the whole house, as a frozen container
or a machine that sleeps does, lets a clock go on and is nobody's silence."""
GRACE: Final = 10.0
"""Seconds beyond its drain times after which a worker does not end by itself any more."""
FORCED: Final = 5.0
"""The same after a second signal."""
_log: Final = logging.getLogger("firstbyte")


@dataclass(slots=True)
class Place:
    """A worker's place, whoever has it just now."""

    number: int
    calls: socket.socket | None = None
    """Listens for calls; what the kernel holds for it outlives the worker."""
    child: Offspring | None = None
    starts: int = 0
    falls: int = 0
    """How many ended soon, one after the other."""
    failures: int = 0
    """How many did not begin, one after the other."""
    due: float | None = None
    """When the next one starts."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """The addresses of calls and of operators."""

    calls: SharedAddress
    ops: socket.socket | None

    def close(self) -> None:
        """Give back what is held here."""
        self.calls.close()
        if self.ops is not None:
            self.ops.close()


@dataclass(slots=True)
class _End:
    """That it is over."""

    by: float
    """When whoever is left is killed."""
    status: int
    killed: set[int] = field(default_factory=set)


class Supervisor:
    """One house.

    Args:
        config: What it starts with.
        listeners: Its addresses, which are the supervisor's to close from now on.
        folder: Where workers count.
        renewal: Reads the configuration anew.
        clock: Time.
        work: What a worker does, to its exit status.
        opened: Called once all workers take calls.
        watch: Looks at the configuration's files, where they are followed.
    """

    def __init__(
        self,
        config: Config,
        listeners: Listeners,
        folder: Path,
        renewal: Renewal,
        clock: Clock,
        work: Callable[[Config, Berth, socket.socket], int],
        opened: Callable[[], None],
        watch: Watch | None = None,
    ) -> None:
        self._server = config.server
        self._listeners = listeners
        self._folder = folder
        self._clock = clock
        self._work = work
        self._opened = opened
        self._watch = watch
        self._looks = clock.now() + EVERY
        self._asks = clock.now() + ASKED
        self._is_open = False
        self._end: _End | None = None
        self._places = [Place(n) for n in range(config.server.workers)]
        self._handover = Handover(config.server.workers)
        self._rollout = Rollout(config, renewal, clock, self._children)
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Keep them at work until told to stop; the exit status: 0 where every worker ended well."""
        with ExitStack() as stack:
            stack.callback(self._leave)
            self._signals = stack.enter_context(Signals(HEARD))
            self._selector.register(self._signals, selectors.EVENT_READ, self._signalled)
            self._start(self._places[0])
            while self._end is None or self._children():
                for key, _ in self._selector.select(self._patience()):
                    key.data()
                self._reap()
                self._tick()
        return self._end.status

    def _leave(self) -> None:
        """Whatever happened: nobody is left, and nothing is held."""
        for child in self._children():
            child.kill()
            child.wait()
        self._shut()
        self._handover.close()
        self._selector.close()

    def _children(self) -> list[Offspring]:
        return [place.child for place in self._places if place.child is not None]

    def _start(self, place: Place) -> None:
        place.due = None
        place.starts += 1
        try:
            if place.calls is None:
                place.calls = self._listeners.calls.share()
            child = fork(place.number, self._clock.now(), partial(self._be, place, place.calls))
        except OSError as error:
            self._give_up(place)
            _log.error("worker %d cannot be started: %s", place.number + 1, error)
            self._fell(place, was_ready=False)
            return
        place.child = child
        self._selector.register(child.line, selectors.EVENT_READ, partial(self._hear, child))

    def _be(self, place: Place, calls: socket.socket, line: socket.socket) -> int:
        """In the worker: let go of what is the supervisor's or another worker's, and work."""
        self._selector.close()
        self._signals.close()
        ops = self._listeners.ops if place.number == 0 else None
        self._listeners.calls.close()
        for child in self._children():
            child.line.close()
        for other in self._places:
            if other is not place and other.calls is not None:
                other.calls.close()
        if self._listeners.ops is not None and ops is None:
            self._listeners.ops.close()
        name = f"{place.number}-{place.starts}"
        member = self._handover.member(place.number)
        behind = self._rollout.is_behind
        berth = Berth(name, calls, ops, self._folder, member, behind)
        return self._work(self._rollout.config, berth, line)

    def _patience(self) -> float | None:
        """Seconds until something is to be done that nobody will tell of."""
        times = [place.due for place in self._places] + [self._rollout.by, self._asks]
        if self._end is not None:
            times.append(self._end.by)
        if self._watch is not None:
            times.append(self._looks)
        soonest = min((time for time in times if time is not None), default=None)
        return None if soonest is None else max(0.0, soonest - self._clock.now())

    def _tick(self) -> None:
        now = self._clock.now()
        self._rollout.tick()
        if now >= self._asks:
            self._asks = now + ASKED
            self._ask()
        if self._end is not None:
            if now >= self._end.by:
                self._kill_who_stays(self._end)
            return
        for place in self._places:
            if place.due is not None and now >= place.due:
                self._start(place)
        if self._watch is not None and now >= self._looks:
            self._looks = now + EVERY
            if self._watch.look():
                self._rollout.ask(None)

    def _ask(self) -> None:
        """See who is still there."""
        for child in self._children():
            if child.unanswered >= DEAF:
                _log.error("worker %d hangs, and is killed", child.number + 1)
                child.kill()
            elif child.is_ready:
                child.ask()

    def _signalled(self) -> None:
        for number in self._signals.came():
            if number in (signal.SIGTERM, signal.SIGINT):
                self._stop()
            elif number == signal.SIGHUP and self._end is None:
                self._rollout.ask(None)

    def _hear(self, child: Offspring) -> None:
        said = child.line.hear()
        if said is None:
            # Its end is told by the system, a moment later.
            self._selector.unregister(child.line)
            return
        child.unanswered = 0
        for word, data in said:
            if word is Word.READY:
                self._ready(child)
            elif word is Word.RELOAD:
                self._rollout.ask(child)
            elif word is Word.TAKEN:
                self._rollout.taken(child, int(data))

    def _ready(self, child: Offspring) -> None:
        child.is_ready = True
        if self._is_open or self._end is not None:
            return
        if all(place.child is not None and place.child.is_ready for place in self._places):
            self._is_open = True
            self._opened()
        elif child.number == 0:
            for place in self._places[1:]:
                self._start(place)

    def _stop(self) -> None:
        """Let calls end; the second time, end them."""
        if self._end is None:
            self._finish(0)
            return
        self._end.by = min(self._end.by, self._clock.now() + FORCED)
        for child in self._children():
            child.say(pack(Word.FORCE))

    def _finish(self, status: int) -> None:
        """No place is filled any more, and who is at work is told to stop."""
        patience = self._server.drain_delay + self._server.drain_timeout + GRACE
        self._end = _End(self._clock.now() + patience, status)
        # Workers have their own; what is held here would let callers wait for nobody.
        self._shut()
        for child in self._children():
            child.say(pack(Word.STOP))

    def _shut(self) -> None:
        self._listeners.close()
        for place in self._places:
            self._shut_place(place)

    def _shut_place(self, place: Place) -> None:
        if place.calls is not None:
            place.calls.close()
            place.calls = None

    def _give_up(self, place: Place) -> None:
        """Nobody answers there until one has started."""
        self._shut_place(place)
        self._handover.give_up(place.number)

    def _kill_who_stays(self, end: _End) -> None:
        end.by = self._clock.now() + FORCED
        for child in self._children():
            if child.pid not in end.killed:
                end.killed.add(child.pid)
                _log.error("worker %d does not end, and is killed", child.number + 1)
                child.kill()

    def _reap(self) -> None:
        for place in self._places:
            if place.child is not None and (status := place.child.ended()) is not None:
                self._lost(place, place.child, status)

    def _lost(self, place: Place, child: Offspring, status: int) -> None:
        place.child = None
        if child.line in self._selector.get_map():
            self._selector.unregister(child.line)
        child.line.close()
        self._rollout.lost(child)
        self._handover.lost(place.number)
        if not child.is_ready or self._end is not None:
            self._give_up(place)
        if status < 0 or (self._is_open and (status or self._end is None)):
            said = _log.error if status else _log.warning
            said("worker %d (process %d) %s", place.number + 1, child.pid, _fate(status))
        if self._end is not None:
            self._end.status = self._end.status or min(abs(status), 1)
        elif not self._is_open:
            # Why, it has said itself, unless it was killed.
            self._finish(status if status > 0 else 1)
        else:
            if self._clock.now() - child.began >= STEADY:
                place.falls = 0
            self._fell(place, was_ready=child.is_ready)

    def _fell(self, place: Place, *, was_ready: bool) -> None:
        """Another is to be started, if there is hope."""
        if not self._is_open:
            self._finish(1)
            return
        pause = PAUSES[min(place.falls, len(PAUSES) - 1)]
        place.falls += 1
        # One that began and was killed is no sign that the next cannot begin.
        place.failures = 0 if was_ready else place.failures + 1
        place.due = self._clock.now() + pause
        hopeless = place.failures >= HOPELESS
        if hopeless and not any(child.is_ready for child in self._children()):
            _log.error(
                "no worker is left, and the last %d did not start: giving up", place.failures
            )
            self._finish(1)


def _fate(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    return f"was killed by {signal.Signals(-status).name}"
