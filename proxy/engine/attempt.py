"""One try at one target: encode, send, listen until it speaks, then hand on what it says.

Before the first output every failure comes back as a value, so that the cascade's loop reads straight on; after it
a failure is raised out of `pour`, because nothing can be hidden any more.

Invariant: clocks are moved by output and by well-formed events, never by bytes; whatever is raised or returned, the
upstream connection is released by `aclose`.
"""

import contextlib
import logging
import math
from collections.abc import AsyncIterator, Mapping
from enum import Enum, auto, unique
from types import MappingProxyType
from typing import Final

from proxy.codecs.codec import Codec, Signed, StreamDecoder
from proxy.codecs.plain.freeform import customs_of
from proxy.codecs.tool_names import Names, names_for
from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold, unfold
from proxy.core.output import is_output
from proxy.core.shape import ChatRequest, Chunk, Completion, HttpCall
from proxy.core.usage import Usage
from proxy.engine.pour import Outlet, Pour
from proxy.route.plan import Candidate
from proxy.upstream.client import Reply, Upstream
from proxy.upstream.sent import Sent

GRACE: Final = 2.0
"""Seconds after the provider's terminal event in which usage may still come."""
DRAIN: Final = 0.1
"""Seconds that HTTP's own end may take after the last event, so that the connection can be kept."""
LEAST_KEY: Final = 8
"""Characters below which a credential is a placeholder, and would be found in honest words."""
MAX_HELD: Final = 1024
"""Chunks without output that are held back before the commit; no real provider sends a tenth of it."""
MAX_FAULT: Final = 256 * 1024
"""Bytes of an error body that are read."""

_STREAMS: Final = (
    "text/event-stream",
    "application/x-ndjson",
    "application/vnd.amazon.eventstream",
)
_TOLD: Final[Mapping[str, str]] = MappingProxyType({})
"""The headers of an answer that has been committed: whoever wanted them has read them."""
_log: Final = logging.getLogger("firstbyte.engine")


@unique
class _Form(Enum):
    STREAM = auto()
    WHOLE = auto()


class Attempt:
    """One try. `begin` once; then, if it spoke, `pour` or `whole` once; `aclose` always.

    Args:
        candidate: The target and its limits.
        request: The parsed call; not mutated.
        codec: The target's protocol.
        upstream: The door to providers.
        clock: Time.
        sent: The call, where it is out already.
    """

    __slots__ = (
        "_by",
        "_clock",
        "_codec",
        "_completion",
        "_decoder",
        "_end_by",
        "_failed",
        "_failure",
        "_held",
        "_held_all",
        "_names",
        "_reply",
        "_request",
        "_sent",
        "_upstream",
        "_whole_began",
        "candidate",
        "dropped",
        "room",
        "usage",
    )

    def __init__(
        self,
        candidate: Candidate,
        request: ChatRequest,
        codec: Codec,
        upstream: Upstream,
        clock: Clock,
        sent: Sent | None = None,
    ) -> None:
        self.candidate = candidate
        self.usage: Usage | None = None
        """The last usage that the provider told."""
        self.dropped: tuple[str, ...] = ()
        self._request = request
        self._codec = codec
        self._upstream = upstream
        self._clock = clock
        self._reply: Reply | None = None
        self._sent = sent
        self._names: Names | None = None
        """Of tools that the target would refuse; what was sent at once brings none."""
        self._by = math.inf
        """Until when the provider has time for what comes next; after the commit of a stream, for ever."""
        self._decoder: StreamDecoder | None = None
        self._held: list[Chunk] = []
        self._completion: Completion | None = None
        self.room = candidate.target.max_answer
        """Bytes that may still come."""
        self._whole_began = False
        self._held_all = False
        self._failed = False
        self._failure: BaseException | None = None
        self._end_by: float | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The provider's response headers, by lower-case name."""
        return dict(self._reply.headers) if self._reply else {}

    async def begin(self, first_byte_by: float, whole_by: float) -> ProxyError | None:
        """Send the call and listen until the target speaks.

        Args:
            first_byte_by: Loop time by which the first output (of a whole answer: the first byte) must be there.
            whole_by: Loop time by which a whole answer must be complete.

        Returns:
            None once it has spoken, else what went wrong; the caller of the proxy has seen nothing in either case.
        """
        try:
            sent = self._sent
            call = sent.call if sent is not None else self._encoded()
            self.dropped = call.dropped
            self._by = first_byte_by
            await self._listen(call, whole_by)
            self._by = math.inf
        except ProxyError as error:
            return self._scrubbed(error)
        except TimeoutError:
            return self._late(first_byte_by, whole_by)
        except Exception as error:  # noqa: BLE001 (logged, and named INTERNAL)
            # A bug of ours must not take the call down while another target stands.
            _log.exception("attempt at %s failed inside the proxy", self.candidate.target.name)
            return ProxyError(Kind.INTERNAL, f"{type(error).__name__} in the proxy")
        return None

    def spoke(self, reply: Reply, decoder: StreamDecoder) -> None:
        """It has begun to stream, and somebody has taken what it said so far.

        Args:
            reply: The answer.
            decoder: Has read the beginning of it.
        """
        assert self._sent is not None, "only what was sent at once speaks to somebody else"
        self.dropped = self._sent.call.dropped
        self._sent = None
        self._reply = reply
        self._decoder = decoder
        reply.headers = _TOLD

    def pouring(self, outlet: Outlet) -> Pour:
        """What it says, on its way into an outlet."""
        assert self._reply is not None, "only what has spoken pours"
        assert self._decoder is not None, "only what has spoken pours"
        limits = self.candidate.limits
        return Pour(self._reply, outlet, self._decoder, self, limits, self._clock)

    def failed(self, failure: BaseException) -> None:
        """Somebody else has poured it, and it came to this: `pour` raises it."""
        self._failure = failure

    def poured(self) -> None:
        """Somebody else has poured it to its end: `pour` finds nothing left."""
        self._held_all = True

    async def pour(self, outlet: Outlet) -> None:
        """Pour what the target says into an outlet, to its end; what was held back comes first.

        Raises:
            ProxyError: the answer was cut, stalled, or turned into an error.
        """
        held, self._held = self._held, []
        if not (held and outlet.take(held)):
            # Where nothing is held somebody else has given it out, and may have left the caller full.
            await self._cleared(outlet)
        # Open streams are many and live long: what nobody needs any more goes now.
        del held
        if self._decoder is None or self._held_all:
            return
        assert self._reply is not None, "a decoder is only kept with what it reads from"
        self._reply.headers = _TOLD
        try:
            if self._failure is not None:
                raise self._failure
            if self._reply.pushes:
                await self.pouring(outlet).run()
            else:
                await self._pull(self._decoder, outlet)
        except ProxyError as error:
            self._failed = True
            raise self._scrubbed(error) from None

    async def _pull(self, decoder: StreamDecoder, outlet: Outlet) -> None:
        async for chunks in self._follow(decoder):
            self.note(chunks)
            if not outlet.take(chunks):
                await self._cleared(outlet)

    async def _cleared(self, outlet: Outlet) -> None:
        """Wait until the caller's side takes more; nothing is read meanwhile."""
        since = self._clock.now()
        await outlet.ready()
        self.lend(self._clock.now() - since)

    def whole(self) -> Completion:
        """The whole answer to a caller who did not ask for a stream."""
        assert self._completion is not None, "begin() has returned None for a unary call"
        return self._completion

    async def aclose(self) -> None:
        """Release the upstream connection; closes it unless the answer was read to its end.

        After a failure its end is not waited for: the caller is waiting to hear of it, or the next target to be asked.
        """
        try:
            if self._decoder is not None and self._decoder.over and not self._failed:
                await self._drain()
        finally:
            if self._reply is not None:
                await self._reply.aclose()

    async def _listen(self, call: HttpCall, whole_by: float) -> None:
        reply = await self._replied(call)
        if not 200 <= reply.status < 300:
            reply = await self._asked_anew(reply)
        start = await self._first_bytes(reply)
        if self._form(reply, start) is _Form.WHOLE:
            self._whole_began = True
            self._by = whole_by
            self._answer(await self._decoded(reply, await self._rest(reply, start)))
            return
        self._decoder = decoder = self._decoding()
        if self._request.stream:
            await self._until_output(decoder, start, reply)
            if self.candidate.limits.commit == "complete":
                self._by = whole_by
                await self._until_complete()
            return
        self._whole_began = True
        self._by = whole_by
        self._answer(await self._folded(decoder, start))

    def _encoded(self) -> HttpCall:
        self._names = names_for(self._request, self.candidate.target)
        return self._codec.encode(self._asked(), self.candidate.target)

    def _asked(self) -> ChatRequest:
        """What the target hears; made anew each time, since it is as long as all that was said."""
        return self._request if self._names is None else self._names.asked(self._request)

    def _decoding(self) -> StreamDecoder:
        created = int(self._clock.wall())
        decoder = self._codec.stream(self._asked(), self.candidate.target, created=created)
        return decoder if self._names is None else self._names.stream(decoder)

    async def _replied(self, call: HttpCall) -> Reply:
        within, by = self.candidate.limits.connect_timeout, self._by
        if self._sent is None:
            reply = await self._upstream.send(call, connect_timeout=within, by=by)
        else:
            reply = await self._upstream.heard(self._sent, connect_timeout=within, by=by)
        self._reply = reply
        return reply

    async def _asked_anew(self, refused: Reply) -> Reply:
        """Ask once more, without what the provider has signed and refuses to take back."""
        codec, failure = self._codec, await self._fault(refused)
        bare = codec.unsigned(failure, self._request) if isinstance(codec, Signed) else None
        if bare is None:
            raise failure
        await refused.aclose()
        self._sent = None
        reply = await self._replied(codec.encode(bare, self.candidate.target))
        if not 200 <= reply.status < 300:
            raise await self._fault(reply)
        return reply

    async def _fault(self, reply: Reply) -> ProxyError:
        return self._codec.fault(reply.status, reply.headers, await self._fault_body(reply))

    async def _decoded(self, reply: Reply, body: bytes) -> Completion:
        completion = self._codec.decode(
            reply.status,
            reply.headers,
            body,
            created=int(self._clock.wall()),
            target=self.candidate.target,
        )
        completion = customs_of(completion, self._asked())
        return completion if self._names is None else self._names.answered(completion)

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

    def _form(self, reply: Reply, start: bytes) -> _Form:
        """An answer is read as what it is, not as what was asked for."""
        kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind in _STREAMS and not (kind == _STREAMS[0] and start.startswith(b"{")):
            return _Form.STREAM
        if start.startswith((b"data:", b"event:", b"id:", b":")):
            return _Form.STREAM
        return _Form.WHOLE

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

    async def _until_output(self, decoder: StreamDecoder, start: bytes, reply: Reply) -> None:
        if self._hold(decoder.feed(start)):
            return
        while data := await self._more(decoder, reply):
            self.count(data)
            if self._hold(decoder.feed(data)):
                return
        self._decoder = None
        if not self._hold(decoder.finish()):
            raise ProxyError(Kind.EMPTY, "the stream ended without any output")

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

    async def _until_complete(self) -> None:
        """`commit: complete`: hold the rest back too, so that a cut, a stall or a malformed event is still a failure."""
        self._whole_began = self._held_all = True
        if self._decoder is not None:
            async for chunks in self._follow(self._decoder):
                self._held += chunks
                self.note(chunks)

    async def _folded(self, decoder: StreamDecoder, start: bytes) -> Completion:
        """A stream in reply to a unary call."""
        chunks = decoder.feed(start)
        async for more in self._follow(decoder):
            chunks += more
        return fold(chunks)

    def _answer(self, completion: Completion) -> None:
        if not completion.get("model"):
            # Some protocols name no model in an answer.
            completion = {**completion, "model": self.candidate.target.model}
        self.usage = Usage.read(completion.get("usage"))
        if self._request.stream:
            self._held = unfold(completion)
        self._completion = completion

    def _hold(self, chunks: list[Chunk]) -> bool:
        """Keep chunks back; True once one of them is output."""
        self._held += chunks
        self.note(chunks)
        if len(self._held) > MAX_HELD:
            raise ProxyError(Kind.MALFORMED, f"more than {MAX_HELD} events without any output")
        return any(map(is_output, chunks))

    def note(self, chunks: list[Chunk]) -> None:
        """Remember the usage that they tell."""
        for chunk in chunks:
            if chunk.get("usage"):
                self.usage = Usage.read(chunk["usage"])

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
        assert self._reply is not None, "a decoder is only kept with what it reads from"
        by = self._clock.now() + DRAIN
        with contextlib.suppress(TimeoutError, ProxyError):
            while data := await self._reply.next(by):
                self.count(data)

    async def _next(self, decoder: StreamDecoder, idle_by: float, output_by: float) -> bytes:
        """The next bytes; none at the end. After the terminal event nothing is a failure any more."""
        assert self._reply is not None, "a decoder is only kept with what it reads from"
        by = self.grace(decoder) or min(idle_by, output_by)
        try:
            return await self._reply.next(min(by, self._by))
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
        limits = self.candidate.limits
        if idle:
            return ProxyError(
                Kind.IDLE_TIMEOUT, f"no event for {limits.idle_timeout:g} s (idle_timeout)"
            )
        return ProxyError(
            Kind.IDLE_TIMEOUT,
            f"no output for {limits.output_idle_timeout:g} s (output_idle_timeout)",
        )

    def _scrubbed(self, error: ProxyError) -> ProxyError:
        """Providers have been seen to say a refused key in full; nobody else may read it in their words."""
        key = self.candidate.target.api_key
        if key and len(key.reveal()) >= LEAST_KEY:
            said = (error.message, error.type, error.code, error.param)
            clean = (text and text.replace(key.reveal(), key.hint) for text in said)
            message, error.type, error.code, error.param = clean
            error.message = message or ""
        return error if self._names is None else self._names.blamed(error)

    def _late(self, first_byte_by: float, whole_by: float) -> ProxyError:
        """Which clock ran out: a whole answer that had begun, or the call's own time, is the deadline's."""
        if self._whole_began or first_byte_by >= whole_by:
            return ProxyError(
                Kind.TOTAL_TIMEOUT, "the time for the whole call ran out (total_timeout)"
            )
        return ProxyError(Kind.FIRST_BYTE_TIMEOUT, "no output in time (first_byte_timeout)")
