"""Listening to one reply: its bytes as they come, under the clocks of the try that they are for.

Invariant: a clock that runs out is a failure in words; after the provider's terminal event nothing is one any more.
"""

import contextlib
import math
from collections.abc import AsyncIterator
from typing import Final

from proxy.codecs.codec import StreamDecoder
from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.core.output import is_output
from proxy.core.shape import Chunk
from proxy.engine.failing import stalled
from proxy.route.plan import Candidate
from proxy.upstream.client import Reply

GRACE: Final = 2.0
"""Seconds after the provider's terminal event in which usage may still come."""
DRAIN: Final = 0.1
"""Seconds that HTTP's own end may take after the last event, so that the connection can be kept."""
MAX_FAULT: Final = 256 * 1024
"""Bytes of an error body that are read."""

_STREAMS: Final = (
    "text/event-stream",
    "application/x-ndjson",
    "application/vnd.amazon.eventstream",
)
_FRAMES: Final = (b"data:", b"event:", b"id:", b":")


class Hearing:
    """One try, as far as it listens.

    Args:
        candidate: The target and its limits.
        clock: Time.
    """

    __slots__ = (
        "_by",
        "_clock",
        "_end_by",
        "_reply",
        "candidate",
        "room",
    )

    def __init__(self, candidate: Candidate, clock: Clock) -> None:
        self.candidate = candidate
        self.room = candidate.target.max_answer
        """Bytes that may still come."""
        self._clock = clock
        self._reply: Reply | None = None
        self._by = math.inf
        """Until when the provider has time for what comes next; after the commit of a stream, for ever."""
        self._end_by: float | None = None

    def _heard(self) -> Reply:
        assert self._reply is not None, "a decoder is only kept with what it reads from"
        return self._reply

    async def _fault_body(self, reply: Reply) -> bytes:
        try:
            return await reply.read(MAX_FAULT, min(self._clock.now() + GRACE, self._by))
        except (ProxyError, TimeoutError):
            # The status already says enough; a body that is cut, huge or never ends must not hide it.
            return b""

    async def _first_bytes(self, reply: Reply) -> bytes:
        """Read on to the first byte that is not white space: some providers send blank lines to keep a wait alive."""
        start = b""
        while not start and (data := await reply.next(self._by)):
            self.count(data)
            start = data.lstrip(b" \t\r\n")
        return start

    async def _rest(self, reply: Reply, start: bytes) -> bytes:
        """A whole answer. A provider that falls silent in the middle of it is as good as gone."""
        pieces = [start]
        while True:
            idle_by = self._clock.now() + self.candidate.limits.idle_timeout
            try:
                data = await reply.next(min(idle_by, self._by))
            except TimeoutError:
                if idle_by > self._by:
                    raise
                raise self.stalled(idle=True) from None
            if not data:
                return b"".join(pieces)
            self.count(data)
            pieces.append(data)

    async def _more(self, decoder: StreamDecoder, reply: Reply) -> bytes:
        """The next bytes before any output. Some providers tell a failure and then leave the connection open."""
        end_by = self.grace(decoder)
        if end_by is None or end_by > self._by:
            return await reply.next(self._by)
        with contextlib.suppress(TimeoutError):
            return await reply.next(end_by)
        return b""

    def grace(self, decoder: StreamDecoder) -> float | None:
        """Until when usage may still come; None before the terminal event. What comes meanwhile does not prolong it.

        An end may turn out to be none: some servers put a finish reason into every frame.
        """
        if not decoder.ended:
            self._end_by = None
        elif self._end_by is None:
            self._end_by = self._clock.now() + GRACE
        return self._end_by

    def lend(self, seconds: float) -> None:
        """The caller was full for so long, and nothing was read: usage may come that much later."""
        if self._end_by is not None:
            self._end_by += seconds

    def count(self, data: bytes) -> None:
        """A read came in.

        Raises:
            ProxyError: OVERSIZED.
        """
        self.room -= len(data)
        if self.room < 0:
            most = self.candidate.target.max_answer
            raise ProxyError(Kind.OVERSIZED, f"the answer is longer than max_answer ({most} bytes)")

    async def _follow(self, decoder: StreamDecoder) -> AsyncIterator[list[Chunk]]:
        """After the commit: read on until the provider ends or a clock runs out."""
        limits, now = self.candidate.limits, self._clock.now
        events = decoder.events
        idle_by, output_by = now() + limits.idle_timeout, now() + limits.output_idle_timeout
        while not decoder.over:
            data = await self._next(decoder, idle_by, output_by)
            if not data:
                break
            self.count(data)
            chunks = decoder.feed(data)
            if decoder.events > events:
                events = decoder.events
                idle_by = now() + limits.idle_timeout
            if chunks:
                if any(map(is_output, chunks)):
                    output_by = now() + limits.output_idle_timeout
                yield chunks
        last = decoder.finish()
        if last:
            yield last

    async def _drain(self) -> None:
        """After the last event only HTTP's own end is due; with it the connection can be used again."""
        reply, by = self._heard(), self._clock.now() + DRAIN
        with contextlib.suppress(TimeoutError, ProxyError):
            while data := await reply.next(by):
                self.count(data)

    async def _next(self, decoder: StreamDecoder, idle_by: float, output_by: float) -> bytes:
        """The next bytes; none at the end. After the terminal event nothing is a failure any more."""
        reply = self._heard()
        by = self.grace(decoder) or min(idle_by, output_by)
        try:
            return await reply.next(min(by, self._by))
        except TimeoutError:
            if by > self._by:
                raise
            if decoder.ended:
                return b""
            raise self.stalled(idle=idle_by <= output_by) from None
        except ProxyError:
            if decoder.ended:
                return b""
            raise

    def stalled(self, *, idle: bool) -> ProxyError:
        """The failure of a provider that has fallen silent (idle), or that sends events and says nothing (else)."""
        return stalled(self.candidate.limits, idle=idle)


def is_stream(content_type: str, start: bytes) -> bool:
    """Whether an answer is a stream: it is read as what it is, not as what was asked for.

    Args:
        content_type: As its head says it.
        start: The first of its bytes that are no white space.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _STREAMS and not (kind == _STREAMS[0] and start.startswith(b"{")):
        return True
    return start.startswith(_FRAMES)
