"""One try at one target: encode, send, listen until it speaks, then hand on what it says.

Before the first output every failure comes back as a value, so that the cascade's loop reads straight on; after it
a failure is raised out of `pour`, because nothing can be hidden any more.

Invariant: clocks are moved by output and by well-formed events, never by bytes; whatever is raised or returned, the
upstream connection is released by `aclose`.
"""

import logging
import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, cast

from proxy.codecs.codec import Codec, StreamDecoder
from proxy.codecs.plain.freeform import customs_of
from proxy.codecs.plain.refused import told
from proxy.codecs.tool_names import Names, names_for
from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold, unfold
from proxy.core.output import is_output
from proxy.core.shape import ChatRequest, Chunk, Completion, HttpCall, Target
from proxy.core.usage import Usage
from proxy.engine.amends import Amends
from proxy.engine.failing import late, scrubbed
from proxy.engine.hearing import Hearing, is_stream
from proxy.engine.pauses import Pauses
from proxy.engine.pour import Outlet, Pour
from proxy.route.lessons import Lessons
from proxy.route.plan import Candidate
from proxy.upstream.client import Reply, Upstream
from proxy.upstream.sent import Sent

MAX_HELD: Final = 1024
"""Chunks without output that are held back before the commit; no real provider sends a tenth of it."""

_TOLD: Final[Mapping[str, str]] = MappingProxyType({})
"""The headers of an answer that has been committed: whoever wanted them has read them."""
_REFUSES: Final = "%s refuses %s: for an hour its calls go without"
_log: Final = logging.getLogger("firstbyte.engine")


class Attempt(Hearing):
    """One try. `begin` once; then, if it spoke, `pour` or `whole` once; `aclose` always.

    Args:
        candidate: The target and its limits.
        request: The parsed call; not mutated.
        codec: The target's protocol.
        upstream: The door to providers.
        clock: Time.
        sent: The call, where it is out already.
        lessons: What targets have refused.
    """

    __slots__ = (
        "_codec",
        "_completion",
        "_decoder",
        "_failed",
        "_failure",
        "_held",
        "_held_all",
        "_lessons",
        "_names",
        "_pauses",
        "_request",
        "_sent",
        "_upstream",
        "_whole_began",
        "dropped",
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
        lessons: Lessons | None = None,
    ) -> None:
        super().__init__(candidate, clock)
        self.usage: Usage | None = None
        """The last usage that the provider told."""
        self.dropped: tuple[str, ...] = ()
        self._request = request
        self._codec = codec
        self._upstream = upstream
        self._sent = sent
        self._lessons = Lessons() if lessons is None else lessons
        self._names: Names | None = None
        """Of tools that the target would refuse; what was sent at once brings none."""
        self._pauses: Pauses | None = None
        """Likewise, of an answer that may have several turns."""
        self._decoder: StreamDecoder | None = None
        self._held: list[Chunk] = []
        self._completion: Completion | None = None
        self._whole_began = False
        self._held_all = False
        self._failed = False
        self._failure: BaseException | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The provider's response headers, by lower-case name."""
        return dict(self._reply.headers) if self._reply else {}

    @property
    def so_far(self) -> Usage | None:
        """Of an answer that ends before its provider told what all of it used: what it has told; None where that is nothing, or all."""
        decoder, noted = self._decoder, self.usage
        if decoder is None or (decoder.ended and noted is not None):
            return None
        told = decoder.told
        if told is None and noted is not None and 2 * noted.completion >= decoder.events:
            # It keeps step with the events: a running count, which is right as it stands.
            return None
        return told or noted

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
        try:
            if not (held and outlet.take(held)):
                # Where nothing is held somebody else has given it out, and may have left the caller full.
                await self._cleared(outlet)
            # Open streams are many and live long: what nobody needs any more goes now.
            del held
            if self._held_all:
                return
            decoder = self._decoder or await self._goes_on()
            while decoder is not None:
                await self._turn(decoder, outlet)
                decoder = await self._goes_on()
        except ProxyError as error:
            self._failed = True
            raise self._scrubbed(error) from None

    async def _turn(self, decoder: StreamDecoder, outlet: Outlet) -> None:
        reply = self._heard()
        reply.headers = _TOLD
        if self._failure is not None:
            raise self._failure
        if reply.pushes:
            await self.pouring(outlet).run()
        else:
            await self._pull(decoder, outlet)

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
        reply = await self._reply_to(call)
        if not 200 <= reply.status < 300:
            reply = await self._asked_anew(call, reply)
        start = await self._first_bytes(reply)
        if not is_stream(reply.headers.get("content-type", ""), start):
            self._whole_began = True
            self._by = whole_by
            self._answer(await self._all_of(reply, start))
            return
        self._decoder = decoder = self._decoding()
        if self._request.stream:
            await self._until_output(decoder, start, reply)
            if self.candidate.limits.commit == "complete":
                self._by = whole_by
                await self._until_complete()
            return
        self._answer(await self._folded(decoder, start, whole_by))

    def _encoded(self) -> HttpCall:
        self._names = names_for(self._request, self.candidate.target)
        return self._call_of(self._asked(), self._taught())

    def _taught(self) -> Target:
        """The target as it is written to."""
        target, lessons = self.candidate.target, self._lessons
        return lessons.taught(target, self._request, self._clock.now()) if lessons.known else target

    def _call_of(self, request: ChatRequest, target: Target) -> HttpCall:
        call = self._codec.encode(request, target)
        if call.pauses:
            # Every turn is read as an answer to the same request, which must not be forgotten before the last.
            self._request, self._pauses = replace(self._request), Pauses(call)
        return call

    def _asked(self) -> ChatRequest:
        """What the target hears; made anew each time, since it is as long as all that was said."""
        return self._request if self._names is None else self._names.asked(self._request)

    def _decoding(self) -> StreamDecoder:
        created = int(self._clock.wall())
        decoder = self._codec.stream(self._asked(), self.candidate.target, created=created)
        if self._names is not None:
            decoder = self._names.stream(decoder)
        return decoder if self._pauses is None else self._pauses.stream(decoder)

    async def _replied(self, call: HttpCall) -> Reply:
        reply = await self._reply_to(call)
        if not 200 <= reply.status < 300:
            raise await self._fault(reply)
        return reply

    async def _reply_to(self, call: HttpCall) -> Reply:
        within, by = self.candidate.limits.connect_timeout, self._by
        if self._sent is None:
            reply = await self._upstream.send(call, connect_timeout=within, by=by)
        else:
            reply = await self._upstream.heard(self._sent, connect_timeout=within, by=by)
        self._reply = reply
        return reply

    async def _fault(self, reply: Reply) -> ProxyError:
        return self._codec.fault(reply.status, reply.headers, await self._fault_body(reply))

    async def _asked_anew(self, call: HttpCall, reply: Reply) -> Reply:
        """Ask once more, without what the provider refuses and an answer can do without."""
        target = self.candidate.target
        amends = Amends(self._codec, self._asked(), self._taught())
        while not 200 <= reply.status < 300:
            failure = await self._fault(reply)
            before = call.body
            if not amends.made(failure, call):
                raise failure
            call = self._call_of(amends.request, amends.target)
            if call.body == before:
                raise failure
            await reply.aclose()
            # What fails from here on did not come under that head.
            self._sent = self._reply = None
            reply = await self._reply_to(call)
        self.dropped = (*call.dropped, *amends.told)
        if amends.names:
            self._lessons.learn(target, self._request, amends.names, self._clock.now())
            _log.warning(_REFUSES, target.name, ", ".join(map(told, sorted(amends.names))))
        return reply

    async def _all_of(self, reply: Reply, start: bytes) -> Completion:
        """A whole answer, of as many turns as it has."""
        completion = await self._decoded(reply, await self._rest(reply, start))
        if self._pauses is None or "paused" not in completion:
            return completion
        chunks = self._pauses.whole(completion)
        while (call := self._pauses.again()) is not None:
            await reply.aclose()
            reply = await self._replied(call)
            start = await self._first_bytes(reply)
            completion = await self._decoded(reply, await self._rest(reply, start))
            chunks += self._pauses.whole(completion)
        return fold(chunks)

    async def _goes_on(self) -> StreamDecoder | None:
        """The decoder of the next turn of a stream; None where all was said.

        Raises:
            ProxyError: it is refused, or does not come.
        """
        pauses = self._pauses
        call = pauses.again() if pauses is not None else None
        if pauses is None or call is None:
            return None
        self.usage = pauses.usage
        await self.aclose()
        self._end_by, by = None, self._by
        due = self._turn_by()
        self._by = min(by, due)
        try:
            await self._replied(call)
        except TimeoutError:
            if by <= due:
                raise
            said = "the answer paused, and did not go on in time (first_byte_timeout)"
            raise ProxyError(Kind.IDLE_TIMEOUT, said) from None
        self._by, self._decoder = by, self._decoding()
        return self._decoder

    def _turn_by(self) -> float:
        """Until when a further turn may begin; as long as nothing was said, the wait for a first output is all there is."""
        if not self._whole_began and self._by < math.inf:
            return math.inf
        limits = self.candidate.limits
        reasons = self._request.reasons
        wait = limits.first_byte_reasoning if reasons else limits.first_byte_timeout
        return self._clock.now() + wait

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

    async def _until_output(self, decoder: StreamDecoder, start: bytes, reply: Reply) -> None:
        if self._hold(decoder.feed(start)):
            return
        while data := await self._more(decoder, reply):
            self.count(data)
            if self._hold(decoder.feed(data)):
                return
        self._decoder = None
        if self._hold(decoder.finish()):
            return
        further = await self._goes_on()
        if further is None:
            raise ProxyError(Kind.EMPTY, "the stream ended without any output")
        await self._until_output(further, b"", self._heard())

    async def _until_complete(self) -> None:
        """`commit: complete`: hold the rest back too, so that a cut, a stall or a malformed event is still a failure."""
        self._whole_began = self._held_all = True
        decoder = self._decoder or await self._goes_on()
        while decoder is not None:
            async for chunks in self._follow(decoder):
                self._held += chunks
                self.note(chunks)
            decoder = await self._goes_on()

    async def _folded(self, decoder: StreamDecoder, start: bytes, whole_by: float) -> Completion:
        """A stream in reply to a unary call. Its first output ends the wait for a first byte, as with any stream."""
        chunks: list[Chunk] = []
        self._take(chunks, decoder.feed(start), whole_by)
        further: StreamDecoder | None = decoder
        while further is not None:
            async for more in self._follow(further):
                self._take(chunks, more, whole_by)
            further = await self._goes_on()
        return fold(chunks)

    def _take(self, chunks: list[Chunk], more: list[Chunk], whole_by: float) -> None:
        if not self._whole_began and any(map(is_output, more)):
            self._whole_began = True
            self._by = whole_by
        chunks += more

    def _answer(self, completion: Completion) -> None:
        if "paused" in completion:
            # Nobody goes on with it here: its caller does, or the provider has been asked often enough.
            rest = {name: value for name, value in completion.items() if name != "paused"}
            completion = cast("Completion", rest)
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

    def _scrubbed(self, error: ProxyError) -> ProxyError:
        """A failure with the status of the head that it came under, if there was one, in words that the caller may read."""
        if error.status is None and self._reply is not None:
            error.status = self._reply.status
        error = scrubbed(error, self.candidate.target.api_key)
        return error if self._names is None else self._names.blamed(error)

    def _late(self, first_byte_by: float, whole_by: float) -> ProxyError:
        """Which clock ran out: a whole answer that had begun, or the call's own time, is the deadline's."""
        return late(whole=self._whole_began or first_byte_by >= whole_by)
