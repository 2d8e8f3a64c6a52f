"""Performs one call: the behaviour's delays, holds and faults around the frames that the dialect spells.

Invariant: nothing is written after a fault has struck, and a fault strikes at its place or not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from itertools import chain, pairwise
from typing import ClassVar, Final

from proxy.core import jsons
from proxy.core.clock import Clock
from proxy.core.shape import Headers
from proxy.sim.call import Call, Ending, Hold
from proxy.sim.connection import Exchange
from proxy.sim.dialect import Answer, Beat, Complaint, Dialect, Frame
from proxy.sim.script import (
    BEFORE_HEAD,
    BEFORE_OPENING,
    BEFORE_TERMINAL,
    Behaviour,
    Fault,
    Mode,
)

JSON: Final[Headers] = (("content-type", "application/json"),)
_EVENTS: Final[Headers] = (
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache"),
)
_HTML: Final[Headers] = (("content-type", "text/html"),)
_PAGE: Final = (
    b"<html><head><title>Error</title></head><body><h1>The gateway is unwell</h1></body></html>\n"
)


class Player:
    """Plays one answer out on one exchange.

    Args:
        exchange: Where to.
        dialect: How it is spelled.
        behaviour: What the model does.
        call: The record to keep; `said` is counted here.
        clock: What to wait on.
        holds: Model name to the hold of it, looked up at every place.
    """

    def __init__(
        self,
        exchange: Exchange,
        dialect: Dialect,
        behaviour: Behaviour,
        call: Call,
        clock: Clock,
        holds: Mapping[str, Hold],
    ) -> None:
        self._exchange = exchange
        self._dialect = dialect
        self._behaviour = behaviour
        self._call = call
        self._clock = clock
        self._holds = holds
        fault = behaviour.fault
        strikes = fault and fault.strikes(call.number, call.age, prefilled=bool(call.ask.prefill))
        self._fault = fault if strikes else None

    async def play(self, answer: Answer) -> Ending:
        """Play to the end.

        Raises:
            ConnectionError: the peer has gone.
        """
        await self._clock.sleep(self._behaviour.head_delay)
        perform = self._stream if answer.ask.stream else self._whole
        return Ending.ANSWERED if await perform(answer) else Ending.FAILED

    async def _stream(self, answer: Answer) -> bool:
        """Send event after event; whether all of them were sent."""
        frames = self._dialect.frames(answer)
        first = next(frames)
        if await self._refused(answer, Mode.STATUS, Mode.PAGE):
            return False
        if await self._struck(BEFORE_HEAD, first.data, answer):
            return False
        self._begin(answer)
        if await self._struck(BEFORE_OPENING, first.data, answer):
            return False
        closing = False
        first = Frame(first.beat, _padded(first.data, self._behaviour.padding))
        for frame, terminal in _with_end(chain((first,), frames)):
            spoken = frame.beat is Beat.SPOKEN
            if spoken:
                await self._quiet(
                    self._behaviour.gap if self._call.said else self._behaviour.first_delay
                )
            last = frame.beat is Beat.CLOSING and not closing
            closing = closing or last
            if (spoken or last) and await self._struck(
                self._call.said, frame.data, answer, last=last
            ):
                return False
            if terminal and await self._struck(BEFORE_TERMINAL, frame.data, answer):
                return False
            await self._say(frame.data)
            self._call.said += spoken
        await self._exchange.finish()
        return True

    async def _whole(self, answer: Answer) -> bool:
        """Send the answer in one piece, as late as its last word would have come; whether it was sent."""
        if await self._refused(answer, Mode.STATUS, Mode.PAGE, Mode.ERROR_EVENT):
            return False
        body = _padded(jsons.encode(self._dialect.whole(answer)), self._behaviour.padding)
        outputs = len(answer.reasoning) + len(answer.text) + len(answer.refusal)
        await self._clock.sleep(self._behaviour.first_delay + self._behaviour.gap * outputs)
        half = len(body) // 2
        if await self._struck(BEFORE_HEAD, body, answer):
            return False
        self._begin(answer, None if self._fault else len(body))
        if await self._struck(BEFORE_OPENING, body, answer):
            return False
        await self._say(body[:half])
        if await self._struck(0, body[half:], answer, last=True):
            return False
        await self._say(body[half:])
        await self._exchange.finish()
        self._call.said = outputs
        return True

    def _begin(self, answer: Answer, length: int | None = None) -> None:
        kind = _EVENTS if answer.ask.stream else JSON
        self._exchange.begin(200, (*kind, *self._dialect.head(answer.serial)), length)

    async def _say(self, data: bytes) -> None:
        """Write a part of the body, in as small pieces as the model's behaviour demands."""
        size = self._behaviour.dribble
        if not size:
            await self._exchange.write(data)
            return
        for at in range(0, len(data), size):
            await self._exchange.write(data[at : at + size])
            # Whoever reads has its turn, so that the pieces do not melt into one on the way.
            await self._clock.sleep(0)

    async def _quiet(self, seconds: float) -> None:
        """Say nothing for so long, but for pings."""
        every = self._behaviour.ping_every
        while 0 < every < seconds:
            await self._clock.sleep(every)
            await self._exchange.write(self._dialect.ping)
            seconds -= every
        await self._clock.sleep(seconds)

    async def _refused(self, answer: Answer, *modes: Mode) -> bool:
        """Answer with a status, where the fault is of such a mode; whether it was."""
        fault = self._fault
        if fault is None or fault.mode not in modes:
            return False
        await self._hold(BEFORE_HEAD, last=True)
        await self._clock.sleep(self._behaviour.first_delay)
        head = (*self._dialect.head(answer.serial), *fault.headers)
        if fault.mode is Mode.PAGE:
            await self._exchange.reply(fault.status, (*_HTML, *head), _PAGE)
        else:
            body = jsons.encode(self._dialect.error(_complaint(fault), answer.serial))
            await self._exchange.reply(fault.status, (*JSON, *head), body)
        return True

    async def _hold(self, place: int, *, last: bool) -> None:
        hold = self._holds.get(self._call.model)
        if hold and _due(hold.after, place, last=last):
            await hold.wait()

    async def _struck(
        self, place: int, coming: bytes, answer: Answer, *, last: bool = False
    ) -> bool:
        """Wait where a hold is, and let the fault strike if this is its place; whether it struck.

        `coming` is what would be written next, `last` says that no output follows.
        """
        await self._hold(place, last=last)
        if self._fault is None or not _due(self._fault.after, place, last=last):
            return False
        await self._STRIKES[self._fault.mode](self, self._fault, coming, answer)
        return True

    async def _error_event(self, fault: Fault, _coming: bytes, answer: Answer) -> None:
        event = self._dialect.error_event(_complaint(fault), answer.serial)
        await self._last_words(event, answer)

    async def _end(self, _fault: Fault, _coming: bytes, answer: Answer) -> None:
        await self._last_words(b"", answer)

    async def _garbage(self, _fault: Fault, coming: bytes, answer: Answer) -> None:
        await self._last_words(coming[: len(coming) // 2] + b"\n\n", answer)

    async def _last_words(self, data: bytes, answer: Answer) -> None:
        if not self._exchange.begun:
            self._begin(answer)
        if data:
            await self._exchange.write(data)
        await self._exchange.finish()

    async def _cut(self, _fault: Fault, coming: bytes, _answer: Answer) -> None:
        await self._exchange.cut(coming)

    async def _reset(self, _fault: Fault, _coming: bytes, _answer: Answer) -> None:
        self._exchange.reset()

    async def _stall(self, _fault: Fault, _coming: bytes, answer: Answer) -> None:
        every = self._behaviour.ping_every
        while every and self._exchange.begun and answer.ask.stream:
            await self._clock.sleep(every)
            await self._exchange.write(self._dialect.ping)
        await asyncio.Event().wait()

    _STRIKES: ClassVar[dict[Mode, Callable[[Player, Fault, bytes, Answer], Awaitable[None]]]] = {
        Mode.ERROR_EVENT: _error_event,
        Mode.END: _end,
        Mode.CUT: _cut,
        Mode.RESET: _reset,
        Mode.STALL: _stall,
        Mode.GARBAGE: _garbage,
    }


def _due(after: int, place: int, *, last: bool) -> bool:
    """Whether what waits for one place happens at another: there, or at the end if it lies beyond."""
    return after == place or (last and after > place)


def _complaint(fault: Fault) -> Complaint:
    return Complaint(fault.status, fault.message, fault.code, headers=fault.headers)


def _with_end(frames: Iterator[Frame]) -> Iterator[tuple[Frame, bool]]:
    """Each frame, and whether it is the last."""
    for frame, following in pairwise(chain(frames, (None,))):
        if frame is not None:
            yield frame, following is None


def _padded(data: bytes, size: int) -> bytes:
    """A JSON object, perhaps as an event, with a field of so many bytes more."""
    if not size:
        return data
    head, brace, tail = data.rpartition(b"}")
    return b'%b,"padding":"%b"%b%b' % (head, b"x" * size, brace, tail)
