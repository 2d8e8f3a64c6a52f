"""A plain call under way on the fast path, whose answer comes in pieces.

Until the target speaks the endpoint can take over as if nothing had been. A stream that is all here by then goes out in one
piece. Of any other, what is read from then on is poured into the caller's connection in the very turn that read it, and no
task waits for the end. Where something has to be waited for after all (a caller who reads slowly), or something goes wrong,
the endpoint goes on with the stream as it stands.

Invariant: that an answer began is told once, by whoever let the caller see the first output; whatever was taken from the
provider has been given to the caller, or is in the decoder.
"""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import dataclass
from typing import Final, cast

from starlette.types import Send

from proxy.core.errors import ProxyError
from proxy.core.facts import SERVED
from proxy.core.shape import ChatRequest, Chunk
from proxy.core.state import is_packed
from proxy.core.usage import Usage
from proxy.core.whole_stream import WholeStream
from proxy.engine.head_start import HeadStart, Started
from proxy.engine.lane import Lane
from proxy.engine.pour import Pour
from proxy.engine.resume import Share
from proxy.gate.load import Place
from proxy.route.plan import Plan, model_of
from proxy.route.rush import Rush
from proxy.surfaces.surface import StreamEncoder
from proxy.upstream.answer_head import AnswerHead
from proxy.upstream.exchange import HIGH_WATER, Exchange
from proxy.web.call import Call
from proxy.web.cycle import Cycle
from proxy.web.fastcall import FastCall, Shared
from proxy.web.known import Again, Serve
from proxy.web.lines import lines_of_stream
from proxy.web.outlet import Outlet, is_run
from proxy.web.stream import Stream, pace

MUCH: Final = 1024
"""Bytes that come at once: more than a model says in one breath."""
MOMENT: Final = 0.002
"""Seconds between two looks for the rest of such a stream."""
LOOKS: Final = 5
"""How often it is looked for, while each finds more of it: some providers are slower than we are."""
BUSY: Final = 4
"""Calls under way from which on what should be whole soon is not read before: with fewer, nobody is served by it."""
_log: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class Speech:
    """A stream that has begun: what there is of it only from the first output on."""

    lane: Lane
    """With whoever speaks."""
    encoder: StreamEncoder
    stream: Stream
    """The caller's side."""
    outlet: Outlet
    """Leads from one to the other."""
    pour: Pour | None = None
    """What is read, on its way there; None before, and where the endpoint reads it."""


class FastStream(FastCall):
    """The call, and from the first output on its stream.

    Args:
        shared: What it shares with others.
        call: What is known of it.
        request: What is asked.
        plan: What it may do.
        place: Its place among the calls under way.
        head_start: The try that was made.
        patience: Seconds that the caller says it waits.
    """

    __slots__ = ("_is_expected", "_looks", "_seen", "_speech", "_waiting")

    def __init__(
        self,
        shared: Shared,
        call: Call,
        request: ChatRequest,
        plan: Plan,
        place: Place,
        head_start: HeadStart,
        patience: float | None = None,
    ) -> None:
        super().__init__(shared, call, request, plan, place, head_start, patience)
        self._speech: Speech | None = None
        self._waiting: asyncio.Handle | None = None
        """Has what has gathered read."""
        self._looks = LOOKS
        """How many are left."""
        self._seen = 0
        """Bytes that the last one found."""
        self._is_expected = False
        """Whether all of it should come at once."""

    @property
    def speech(self) -> Speech:
        """Its stream, which has begun."""
        assert self._speech is not None, "only what has begun has a stream"
        return self._speech

    @property
    def _rush(self) -> Rush:
        """How quick its target was of late."""
        return self.head_start.entry.record.rush

    def go_on(self) -> None:
        """Give the call to the endpoint, with its stream, if that has begun."""
        self._expect_no_more(kept_waiting=True)
        speech = self._speech
        if speech is not None and speech.pour is not None:
            speech.pour.leave()
            speech.stream.flush()
        self.head_start.forget()
        super().go_on()

    @property
    def has_begun(self) -> bool:
        """Whether the caller has been given the head."""
        return self.head_start.lane is not None

    async def aclose(self, now: float) -> None:
        """Let go of what nobody took; its stream may have begun."""
        lane = self.head_start.lane
        if lane is not None and not self.is_taken:
            self.take()
            self._left(lane)
            await lane.aclose()
        await super().aclose(now)

    def wait(self, again: Again, cycle: Cycle, serve: Serve) -> None:
        """Hear of whatever comes first, or of all of it if it should be whole soon; the arguments are those of `FastCall.wait`."""
        super().wait(again, cycle, serve)
        if len(self._shared.calls) < BUSY or not self.head_start.sent.exchange.can_gather:
            return
        expected = self._rush.expected(self._shared.clock.now())
        if expected:
            self._is_expected = True
            self._gather(expected)

    def _heard(self) -> None:
        sent = self.head_start.sent
        exchange = sent.exchange
        if exchange.is_gathering and not exchange.over and exchange.size <= HIGH_WATER:
            return
        self._wait_no_more()
        if not exchange.over and sent.is_awaited:
            self._expect_no_more(kept_waiting=False)
            return
        if not exchange.over and self._waits_for_more(exchange):
            return
        try:
            may_pass = model_of(self.plan) is None
            if self._cycle.flow.write_paused:
                # Its caller takes no stream now.
                self.go_on()
            elif may_pass and (came := self.head_start.whole_stream(self.request)) is not None:
                self._pass_on(*came)
            else:
                self._listen_in()
        except Exception as error:  # noqa: BLE001 (logged, and told by the endpoint)
            if not isinstance(error, ProxyError):
                _log.exception("%s: unexpected failure", self.call.id)
            if self._cycle.response_complete:
                # It failed behind the last words.
                self._served(self._shared.clock.now(), is_stream=True)
                return
            if self.head_start.lane is not None:
                self.head_start.lane.attempt.failed(error)
            self.go_on()

    def _listen_in(self) -> None:
        """Go by what the target has said so far, where it is a stream."""
        head_start = self.head_start
        started = head_start.listen_in(self.request, int(self._shared.clock.wall()))
        if started is None:
            self.go_on()
        elif (said := head_start.all_of(started)) is not None:
            self._give(started.head, *said)
        elif started.spoke:
            self._begin(started)

    def _expect_no_more(self, *, kept_waiting: bool) -> None:
        """Its stream is not whole, or none."""
        if self._is_expected:
            self._is_expected = False
            self._rush.was_slow(kept_waiting=kept_waiting)

    def _waits_for_more(self, exchange: Exchange) -> bool:
        """Whether so much came at once that its provider writes as fast as it can, and the rest is waited for.

        Others are served meanwhile, and a stream that is all here by then costs half. Where there are no others, nothing is
        won by it, and the first byte goes out at once.
        """
        if exchange.size <= self._seen or len(self._shared.calls) <= 1:
            self._looks = 0
        is_quick = MUCH <= exchange.size <= HIGH_WATER
        if not self._looks or not is_quick:
            return False
        self._looks -= 1
        self._seen = exchange.size
        self._gather(MOMENT)
        return True

    def _gather(self, seconds: float) -> None:
        """Let what comes gather for so long."""
        self.head_start.sent.exchange.gather()
        self._waiting = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        """Have read what has gathered: the next turn of the loop reads it, the one behind that goes by what there is."""
        self.head_start.sent.exchange.gathered()
        self._waiting = asyncio.get_running_loop().call_soon(self._read_on)

    def _read_on(self) -> None:
        self._waiting = asyncio.get_running_loop().call_soon(self._heard)

    def _wait_no_more(self) -> None:
        self.head_start.sent.exchange.gathered()
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _rest(self) -> None:
        self._wait_no_more()
        super()._rest()

    def _pass_on(self, head: AnswerHead, whole: WholeStream) -> None:
        """All of it is here, and nobody need look into it."""
        pieces = self._shared.plain.pieces(self.request, whole)
        if pieces is None:
            self.go_on()
            return
        self.call.served, self.call.tier = whole.model, whole.tier or ""
        self._say(head, pieces, whole.usage)

    def _give(self, head: AnswerHead, chunks: list[Chunk], usage: Usage | None) -> None:
        """All of it is here: it goes out in one piece, and nobody need pour it."""
        encoder = self._shared.surface.encoder(self.request, model=model_of(self.plan))
        pieces: list[bytes] = []
        for chunk in chunks:
            piece = encoder.feed(chunk)
            if not is_run(piece, chunk) and is_packed(piece):
                # Its ids are too long for some, which others know how to mend.
                self.go_on()
                return
            pieces.append(piece)
        pieces.append(encoder.finish(None))
        self.call.note(chunks[-1])
        self._say(head, pieces, usage)

    def _say(self, head: AnswerHead, pieces: list[bytes], usage: Usage | None) -> None:
        """Say all of an answer, and be done with it."""
        shared, call, cycle = self._shared, self.call, self._cycle
        now = shared.clock.now()
        self._commit(now)
        self._note_rush(now)
        call.usage = usage
        shared.books.account_for(call, self.head_start.name, usage)
        call.status = 200
        call.bytes_out = size = sum(map(len, pieces))
        cycle.stream_at_once(lines_of_stream(call, now, head), pieces, size)
        self._served(now, is_stream=True)

    def _note_rush(self, now: float) -> None:
        """All of it was here."""
        after = now - self.head_start.began
        if self._looks < LOOKS:
            self._rush.was_whole(after, now)
        elif self._is_expected:
            self._rush.was_met(now)
        else:
            self._rush.was_at_once(after, now)
        self._is_expected = False

    def _begin(self, started: Started) -> None:
        """Somebody speaks: from here on nothing can be hidden, and nobody else is asked."""
        shared, call, cycle = self._shared, self.call, self._cycle
        encoder = shared.surface.encoder(self.request, model=model_of(self.plan))
        now = shared.clock.now()
        self.due = math.inf
        self._commit(now)
        _, heartbeat = pace(self.plan.live, self.patience)
        signs = encoder.heartbeat
        stream = Stream(cast(Send, cycle.send), heartbeat, heartbeat, _nobody, signs, cycle)
        outlet = Outlet(stream, encoder, call)
        stream.opened()
        cycle.open_at_once(lines_of_stream(call, now, started.head))
        try:
            goes_on = outlet.take(started.chunks, is_last=started.decoder.over)
        finally:
            # The first byte waits for nothing that is only taken down of it.
            speech = self._begun(started, encoder, stream, outlet)
        self._again = self._again.without_body()
        call.forget(self.request)
        if goes_on:
            speech.pour = speech.lane.attempt.pouring(outlet)
            speech.pour.begin(self._woken)
        else:
            self.go_on()

    def _begun(
        self, started: Started, encoder: StreamEncoder, stream: Stream, outlet: Outlet
    ) -> Speech:
        """The target has been heard: it stays with this call, and everybody who counts is told."""
        shared, sent = self._shared, self.head_start.sent
        self._rush.was_slow(kept_waiting=self._is_expected)
        self._is_expected = False
        lane = shared.dispatcher.commit(self.head_start, self.request, started)
        sent.listen(None)
        sent.forget()
        self._speech = speech = Speech(lane, encoder, stream, outlet)
        shared.books.began(self.call, self.plan.alias)
        return speech

    def _woken(self) -> None:
        """The provider has said all, or failed, or the caller takes no more for now."""
        speech = self.speech
        pour, attempt = speech.pour, speech.lane.attempt
        assert pour is not None, "only a pour wakes"
        if pour.failure is not None:
            attempt.failed(pour.failure)
        elif pour.is_over:
            attempt.poured()
            may_end = not pour.is_full and speech.stream.is_free and not self.call.short.taken
            last = self._last_words(speech) if may_end else None
            if last is not None:
                pour.leave()
                if self._end(speech, last):
                    return
        self.go_on()

    def _account(self, lane: Lane) -> None:
        """Take down what was used."""
        call = self.call
        call.tried = (lane.tried(None),)
        call.usage = lane.attempt.usage
        self._shared.books.account_for(call, lane.name, call.usage)

    def _left(self, lane: Lane) -> None:
        """As `_account`, where nobody is left to hear the rest."""
        self._account(lane)
        told, speech = lane.attempt.so_far, self._speech
        if told is not None:
            sent = 0 if speech is None else speech.stream.sent
            self._shared.books.account(self.call, [Share(lane.name, told, True)], sent)

    def _last_words(self, speech: Speech) -> bytes | None:
        """What ends the answer, once it is accounted for; None where that fails."""
        try:
            self._account(speech.lane)
            return speech.encoder.finish(None)
        except Exception:  # noqa: BLE001 (logged, and met again by the endpoint)
            _log.exception("%s: unexpected failure", self.call.id)
            return None

    def _end(self, speech: Speech, last: bytes) -> bool:
        """Say the last words; False where that fails, and the endpoint has to do it."""
        call, lane, stream = self.call, speech.lane, speech.stream
        try:
            self._cycle.end(stream.kept() + last)
            stream.close()
        except Exception:  # noqa: BLE001 (logged, and met again by the endpoint)
            _log.exception("%s: unexpected failure", call.id)
            if not self._cycle.response_complete:
                return False
        self._rest()
        self.take()
        stream.count(len(last))
        call.status, call.bytes_out = 200, stream.sent
        self.place.leave()
        call.outcome = SERVED
        self._shared.books.close(call)
        if self.head_start.sent.exchange.complete:
            lane.close()
        else:
            self._shared.close(lane)
        return True


def _nobody() -> str:
    """Whose first output is waited for."""
    return ""
