"""A try that began before there was a task for its call: a target was asked in the turn of the loop that read the call.

Where its whole answer comes, well, in one piece, that is all. Anything else is for the cascade, which goes on with this
try as if it had made it.

Invariant: whoever has one either wins it, closes it, or gives it to a cascade; so the records of health stay true.
"""

from __future__ import annotations

from typing import Final

from proxy.codecs.codec import Codec, Passing, StreamDecoder
from proxy.codecs.plain.freeform import customs_of
from proxy.core.errors import Kind, ProxyError, Tried
from proxy.core.output import is_output
from proxy.core.record import Part, record
from proxy.core.rounding import tenths
from proxy.core.shape import ChatRequest, Chunk, Completion
from proxy.core.usage import Usage
from proxy.core.whole_answer import WholeAnswer
from proxy.core.whole_stream import WholeStream
from proxy.engine.lane import Lane
from proxy.route.health import Entry, Health
from proxy.route.plan import Candidate
from proxy.upstream.answer_head import AnswerHead
from proxy.upstream.sent import Sent

MOST_UNSPOKEN: Final = 16 * 1024
"""Bytes of a stream that says nothing yet: they are left where they are, and a connection that nobody takes from stops."""
_PLAIN: Final = "application/json"
_STREAMS: Final = frozenset({"text/event-stream", "application/vnd.amazon.eventstream"})


@record
class Won:
    """A target has given its whole answer."""

    completion: Completion
    """Empty where it can go on as it came."""
    usage: Usage | None
    head: AnswerHead
    """The provider's."""
    whole: WholeAnswer | None = None
    """All of it, where it can go on so."""


@record
class Started:
    """A target has begun to stream."""

    decoder: StreamDecoder
    chunks: list[Chunk]
    """What it has said."""
    head: AnswerHead
    """The provider's."""
    spoke: bool
    """Whether there is output among it, so that nothing can be hidden any more."""


class HeadStart(Part):
    """One try."""

    candidate: Candidate
    """Who is tried."""
    _codec: Codec
    """Of the target's protocol."""
    _passing: Passing | None
    """The same, where its answers can go on as they came."""
    sent: Sent
    """What was sent."""
    _health: Health
    """The records that it has entered."""
    entry: Entry
    """Its place there."""
    began: float
    """Loop time."""
    lane: Lane | None = None
    """The try as a cascade has it, once its target has begun to stream."""
    _unspoken: tuple[StreamDecoder, list[Chunk], int] | None = None
    """What the last look has heard that was no output yet, and how many bytes it was."""

    @property
    def name(self) -> str:
        """`provider/model`."""
        return self.candidate.target.name

    def look(self, request: ChatRequest, created: int, *, may_pass: bool = False) -> Won | None:
        """The answer, if it is a whole and plain one; None where it is for the cascade to say what it is.

        Args:
            request: What was asked.
            created: Seconds since 1970, where the provider gives none.
            may_pass: Whether its caller may have it just as it came.
        """
        served, target = self.sent.exchange.served, self.candidate.target
        if served is None:
            return None
        head, body = served
        if head.kind != _PLAIN or len(body) > target.max_answer:
            return None
        passing = self._passing if may_pass else None
        whole = None if passing is None else passing.whole_answer(body, target)
        if whole is not None:
            return Won({}, whole.usage, head, whole)
        try:
            read = self._codec.decode(200, head, body, created=created, target=target)
            completion = customs_of(read, request)
        except ProxyError:
            return None
        if not body.startswith(b"{") or not completion.get("model"):
            return None
        return Won(completion, Usage.read(completion.get("usage")), head)

    def whole_stream(self, request: ChatRequest) -> tuple[AnswerHead, WholeStream] | None:
        """The head and all of a stream that is here to its end, in frames that can go on as they came; None for any other.

        Args:
            request: What was asked. Its caller may have them.
        """
        exchange, passing = self.sent.exchange, self._passing
        head = exchange.answer_head
        if not exchange.complete or exchange.status != 200 or passing is None or head is None:
            return None
        if head.kind not in _STREAMS:
            return None
        whole = passing.whole_stream(exchange.pieces, exchange.size, request, self.candidate.target)
        return None if whole is None else (head, whole)

    def listen_in(self, request: ChatRequest, created: int) -> Started | None:
        """What is here of a stream, read, and left where it is; None where it is for the cascade to say what it is.

        What has not spoken is worth another look: there is more to come.

        Args:
            request: What was asked.
            created: Seconds since 1970, where the provider gives none.
        """
        sent, target = self.sent, self.candidate.target
        head = sent.speaking
        if head is None or head.kind not in _STREAMS:
            return None
        body = sent.body
        if len(body) > target.max_answer or body.lstrip().startswith(b"{"):
            # Too long, or a whole answer that is called a stream.
            return None
        heard = self._unspoken or (self._codec.stream(request, target, created=created), [], 0)
        self._unspoken = None
        decoder, chunks, since = heard
        try:
            said = decoder.feed(body[since:])
        except ProxyError:
            return None
        chunks = [*chunks, *said]
        if any(map(is_output, said)):
            return Started(decoder, chunks, head, True)
        if sent.is_over or decoder.ended or sent.exchange.size > MOST_UNSPOKEN:
            return None
        self._unspoken = decoder, chunks, len(body)
        return Started(decoder, chunks, head, False)

    def forget(self) -> None:
        """Listen no more: who goes on with it hears all of it anew."""
        self._unspoken = None

    def all_of(self, started: Started) -> tuple[list[Chunk], Usage | None] | None:
        """All that a stream says, and what it used; None where there is, or may be, more to come.

        Raises:
            ProxyError: its end is not a good one.
        """
        decoder = started.decoder
        if not (self.sent.exchange.complete and decoder.over):
            return None
        chunks = [*started.chunks, *decoder.finish()]
        used = [chunk["usage"] for chunk in chunks if chunk.get("usage")]
        return chunks, Usage.read(used[-1]) if used else None

    def tried(self, now: float, kind: Kind | None = None) -> Tried:
        """How a try is told of.

        Args:
            now: Loop time at which its answer came, or it was closed.
            kind: Why it came to nothing; None where it serves.
        """
        began, name = self.began, self.candidate.target.name
        return Tried(name, kind, None, None, tenths((now - began) * 1000), began=began)

    def won(self, now: float) -> None:
        """The answer was given.

        Args:
            now: Loop time at which it came.
        """
        self._health.spoke(self.entry, now)
        self._health.ended(self.entry)
        self.sent.exchange.close()

    def close(self, now: float) -> None:
        """Nobody goes on with it.

        Args:
            now: Loop time.
        """
        self._health.left(self.entry, now)
        self._health.ended(self.entry)
        self.sent.close()
