"""The rest of an answer, poured from the provider's connection into the caller's as it is read.

No task wakes for a piece: what one read brought is decoded, encoded and written in the very turn of the loop that read
it. A task waits beside it for the end, and steps in where the caller reads too slowly, or a clock runs out.

Most of an answer is text that the caller gets as the very bytes that came. Once a read went through so, and as long as
the decoder finds nothing but more of the same, reads are handed on as they are and nobody makes chunks of them.

Invariant: while the caller's side is full nothing is read; no clock runs against the provider meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from proxy.codecs.codec import StreamDecoder
from proxy.config.schema import Limits
from proxy.core.clock import Clock
from proxy.core.errors import ProxyError
from proxy.core.output import is_output
from proxy.core.shape import Chunk
from proxy.upstream.passage import Passage, Way

QUICK: Final = 0.001
"""Seconds between events below which they come quicker than anybody reads."""
FLOOD: Final = 0.003
"""Likewise, between reads that bring several events; a breath of their connection is shorter."""
TICK: Final = 0.001
"""Seconds: loops tell time in whole milliseconds, and a timer may strike that much too soon."""


class Outlet(Protocol):
    """The caller's side of an answer."""

    relay: Callable[[bytes], bool] | None
    """Takes more of what was taken last as it comes, and says whether more is welcome at once; None unless the last of
    that went out as the very bytes that came."""
    way: Way | None
    """A shorter one for more of that, where there may be any."""

    def take(self, chunks: list[Chunk], *, is_last: bool = False) -> bool:
        """Take what was said; whether more is welcome at once.

        Args:
            chunks: It.
            is_last: Whether somebody hears of the end in this very turn, and says the last words.

        Raises:
            ProxyError: MALFORMED for chunks that cannot be told.
        """
        ...

    async def ready(self) -> None:
        """Wait until more is welcome."""
        ...


class Source(Protocol):
    """The provider's side: a `Reply` is one."""

    def flow(self, sink: Pour | None) -> None:
        """Push what is read on to this; None: to nobody."""
        ...

    def hold(self) -> None:
        """Read no more until `flow` is said again."""
        ...

    def breathe(self) -> None:
        """Let what comes gather for a breath; it is then read in one piece."""
        ...


class Meter(Protocol):
    """Keeps count of an answer for its attempt."""

    room: int
    """Bytes that may still come."""

    def count(self, data: bytes) -> None:
        """A read came in, and takes its room.

        Raises:
            ProxyError: OVERSIZED.
        """
        ...

    def note(self, chunks: list[Chunk]) -> None:
        """These were said."""
        ...

    def grace(self, decoder: StreamDecoder) -> float | None:
        """Until when usage may still come; None before the provider's terminal event."""
        ...

    def lend(self, seconds: float) -> None:
        """The caller was full for so long: what may still come has that much longer."""
        ...

    def stalled(self, *, idle: bool) -> ProxyError:
        """The failure of a provider that has fallen silent (idle), or says nothing (else)."""
        ...


class Pour:
    """One answer's way. `run` once.

    Args:
        source: Where it comes from.
        outlet: Where it goes.
        decoder: Reads it.
        meter: Keeps count.
        limits: How long may pass between events, and between outputs.
        clock: Time.
    """

    __slots__ = (
        "_decoder",
        "_ending",
        "_events",
        "_failure",
        "_full",
        "_heard_at",
        "_limits",
        "_meter",
        "_now",
        "_outlet",
        "_over",
        "_passage",
        "_relay",
        "_source",
        "_spoke_at",
        "_timer",
        "_waiter",
        "_woken",
    )

    def __init__(
        self,
        source: Source,
        outlet: Outlet,
        decoder: StreamDecoder,
        meter: Meter,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._source = source
        self._outlet = outlet
        self._decoder = decoder
        self._meter = meter
        self._limits = limits
        self._now = clock.now
        self._events = 0
        self._heard_at = 0.0
        """When the last event came."""
        self._spoke_at = 0.0
        """When the last output did."""
        self._relay = outlet.relay
        self._passage: Passage | None = None
        self._full = False
        self._over = False
        self._ending = False
        self._failure: BaseException | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._woken: Callable[[], None] | None = None

    @property
    def is_over(self) -> bool:
        """Whether the provider has said all, or failed."""
        return self._over

    @property
    def is_full(self) -> bool:
        """Whether the caller's side takes no more for now."""
        return self._full

    @property
    def failure(self) -> BaseException | None:
        """Why it ended before the provider had said all."""
        return self._failure

    def begin(self, woken: Callable[[], None]) -> None:
        """Pour without a task.

        Args:
            woken: Called once, perhaps at once: when it is over, or the caller's side is full.
        """
        self._events = self._decoder.events
        self._wind(output=True)
        self._woken = woken
        if self._decoder.over:
            try:
                self._finish()
            except BaseException as error:  # noqa: BLE001 (told by `failure`)
                self._end(error)
            return
        self._watch()
        self._source.flow(self)

    def leave(self) -> None:
        """Pour no more: somebody else goes on, or nobody need."""
        self._woken = None
        self._source.flow(None)
        self._lengthen()
        self._rest()

    async def run(self) -> None:
        """Pour until the provider has said all.

        Raises:
            ProxyError: the answer was cut, stalled, or turned into an error.
        """
        self._events = self._decoder.events
        self._wind(output=True)
        try:
            if self._decoder.over:
                self._finish()
            while self._full or not self._over:
                if self._full:
                    await self._clear()
                elif (end := self._flow()) is not None:
                    await end
        finally:
            self._source.flow(None)
            self._lengthen()
            self._rest()
        if self._failure is not None:
            raise self._failure

    def _flow(self) -> asyncio.Future[None] | None:
        """Let it flow; what to wait for until its end, or until the caller's side is full; None where that is so now."""
        self._watch()
        self._source.flow(self)
        if self._over or self._full:
            return None
        self._waiter = waiter = asyncio.get_running_loop().create_future()
        return waiter

    async def _clear(self) -> None:
        """Wait until the caller's side takes more; what was not read meanwhile cost nobody time."""
        since = self._now()
        await self._outlet.ready()
        self._full = False
        lost = self._now() - since
        self._heard_at += lost
        self._spoke_at += lost
        self._meter.lend(lost)

    def take(self, data: bytes) -> Passage | None:
        """A read came in; a shorter way for the next, where it may be like this one."""
        if self._over:
            return None
        passage = None
        try:
            if self._passage is not None:
                self._catch_up()
            told, since = self._events, self._heard_at
            if self._meter.room >= len(data):
                self._meter.room -= len(data)
            else:
                self._meter.count(data)
            if self._relay is not None and (events := self._decoder.more(data)):
                self._events += events
                self._heard_at = self._spoke_at = self._now()
                if not self._relay(data):
                    self._stop()
                elif events == 1:
                    passage = self._shortened()
            else:
                self._tell(data)
            came, pause = self._events - told, self._heard_at - since
            is_quick = pause < (FLOOD if came > 1 else QUICK)
            # The last of a stream moves no clock, and counts as none that came.
            if came and is_quick and not self._full:
                self._source.breathe()
        except BaseException as error:  # noqa: BLE001 (told by `run`; the loop has nobody to tell)
            self._end(error)
        if self._full:
            # Only now: this read may have been the last, and whoever goes on must find that so.
            self._wake()
        return passage

    def _tell(self, data: bytes) -> None:
        """Take a read for what it says."""
        chunks = self._decoder.feed(data)
        is_over = self._decoder.over
        if not is_over:
            self._move_on(chunks)
        self._hand_on(chunks, is_last=is_over and self._woken is not None)
        if is_over:
            self._finish()

    def _shortened(self) -> Passage | None:
        """The shorter way for frames like the last; None where there is none."""
        template, way = self._decoder.template, self._outlet.way
        if template is None or way is None:
            return None
        passage = self._passage
        if passage is None or passage.template is not template:
            chunks = way.chunks()
            if chunks is None:
                return None
            self._lengthen()
            passage = Passage(template, chunks, self._now, self._halted)
            self._passage = way.passage = passage
        passage.room = self._meter.room
        return passage

    def _halted(self, failure: BaseException | None) -> None:
        """The caller's side is full with what took the shorter way, or nothing more can be written."""
        self._catch_up()
        if failure is not None:
            self._end(failure)
        else:
            self._stop()
            self._wake()

    def _lengthen(self) -> None:
        """Let nothing take the shorter way any more."""
        self._catch_up()
        passage, self._passage = self._passage, None
        if passage is not None and self._outlet.way is not None:
            passage.is_open = False
            self._outlet.way.passage = None

    def _catch_up(self) -> None:
        """Count what took the shorter way, and wind the clocks by it."""
        passage, way = self._passage, self._outlet.way
        if passage is None or way is None or not passage.frames:
            return
        frames, passage.frames = passage.frames, 0
        size, self._meter.room = self._meter.room - passage.room, passage.room
        self._decoder.passed(frames)
        self._events += frames
        self._heard_at = self._spoke_at = passage.at
        way.passed(size, passage.at)

    def over(self, error: ProxyError | None) -> None:
        """The connection has no more. After the terminal event nothing is a failure any more."""
        self._catch_up()
        if self._over:
            return
        if error is not None and not self._decoder.ended:
            self._end(error)
            return
        try:
            self._finish()
        except BaseException as failure:  # noqa: BLE001 (told by `run`)
            self._end(failure)

    def _move_on(self, chunks: list[Chunk]) -> None:
        """Wind the clocks, where there was an event."""
        events = self._decoder.events
        if events <= self._events:
            return
        self._events = events
        self._wind(output=any(map(is_output, chunks)))
        before, self._ending = self._ending, self._decoder.ended
        if self._ending and not before:
            # From here on there is less time than before, so the timer must move.
            self._watch()

    def _hand_on(self, chunks: list[Chunk], *, is_last: bool) -> None:
        if not chunks:
            return
        self._meter.note(chunks)
        goes_on = self._outlet.take(chunks, is_last=is_last)
        self._relay = self._outlet.relay
        if not goes_on:
            self._stop()

    def _stop(self) -> None:
        """The caller's side is full: read nothing until it is not."""
        self._full = True
        if self._passage is not None:
            self._passage.is_open = False
        self._source.hold()
        self._rest()

    def _finish(self) -> None:
        last = self._decoder.finish()
        if last:
            self._meter.note(last)
            goes_on = self._outlet.take(last, is_last=self._woken is not None)
            self._full = not goes_on or self._full
        self._end(None)

    def _end(self, failure: BaseException | None) -> None:
        self._lengthen()
        self._over = True
        self._failure = failure
        self._wake()

    def _wake(self) -> None:
        woken, self._woken = self._woken, None
        if woken is not None:
            woken()
            return
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _wind(self, *, output: bool) -> None:
        """Move the clocks on."""
        self._heard_at = now = self._now()
        if output:
            self._spoke_at = now

    def _watch(self) -> None:
        self._rest()
        self._timer = asyncio.get_running_loop().call_at(self._due, self._strike)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def _due(self) -> float:
        return self._meter.grace(self._decoder) or min(self._idle_by, self._output_by)

    @property
    def _idle_by(self) -> float:
        return self._heard_at + self._limits.idle_timeout

    @property
    def _output_by(self) -> float:
        return self._spoke_at + self._limits.output_idle_timeout

    def _strike(self) -> None:
        """Time is up, unless the clocks were moved since the timer was set."""
        self._catch_up()
        if self._now() + TICK < self._due:
            self._watch()
        elif self._decoder.ended:
            self.over(None)
        else:
            self._end(self._meter.stalled(idle=self._idle_by <= self._output_by))
