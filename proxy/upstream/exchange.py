"""One request's answer, as it arrives: the head once, then the body as it was read.

The connection pushes; one task pulls, or a sink is pushed on to. The two meet in a list of bytes and one future; there
is no task and no queue per request. An exchange that is complete no longer knows its connection, so that a slow reader holds none. One timer
serves all waits of a request: it is set for the first and, when it strikes too soon, for whoever waits then.

Invariant: at most `HIGH_WATER` bytes and one read wait here; beyond that the connection is told to stop reading.
Invariant: leaving a wait by any other way than its end aborts the connection at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import httpx

from proxy.upstream.answer_head import AnswerHead, RawHeaders
from proxy.upstream.passage import Passage

HIGH_WATER: Final = 64 * 1024
"""Bytes that may wait to be taken before the connection stops reading."""
_SMALL: Final = 64
"""Bytes, of a piece and what frames it."""
BREATH: Final = 0.001
"""Seconds for which what comes gathers where it comes quickly."""
TICK: Final = 0.001
"""Seconds: loops tell time in whole milliseconds, and a timer may strike that much too soon."""


class Carrier(Protocol):
    """What an exchange asks of the connection beneath it."""

    @property
    def gathers(self) -> bool:
        """Whether what comes can gather below it; where not, nothing is read meanwhile, and the end is not heard."""
        ...

    def abort(self) -> None:
        """Close at once."""
        ...

    def pause(self) -> None:
        """Read no more for now."""
        ...

    def resume(self) -> None:
        """Read on."""
        ...

    def gather(self) -> None:
        """Read nothing until there is a full read of it; the end may be told at once."""
        ...

    def gathered(self) -> None:
        """Read what has come, and from now on whatever comes."""
        ...


class Sink(Protocol):
    """Takes a body as it is read, in the turn of the loop that read it. Must not raise."""

    def take(self, data: bytes) -> Passage | None:
        """A piece of it; a shorter way for the next, where it may be like this one."""
        ...

    def over(self, error: httpx.TransportError | None) -> None:
        """Its end, or why there is none. Nothing comes after it."""
        ...


class Exchange:
    """The answer to one request.

    Args:
        method: Of the request; an answer to HEAD has no body.
        carrier: The connection.
    """

    __slots__ = (
        "_carrier",
        "_chunks",
        "_digits",
        "_due",
        "_error",
        "_gathering",
        "_heard",
        "_paused",
        "_sink",
        "_strikes_at",
        "_timer",
        "_waiter",
        "answer_head",
        "began",
        "complete",
        "method",
        "passage",
        "size",
        "status",
    )

    _strikes_at: float
    """Of the timer, while there is one."""
    _due: float
    """When somebody's wait ends."""

    def __init__(self, method: str, carrier: Carrier) -> None:
        self.method = method
        self.status = 0
        """0 until the head is here."""
        self.answer_head: AnswerHead | None = None
        """None until it is here, and once somebody has taken it."""
        self.began = False
        """Whether any byte of an answer came."""
        self.complete = False
        self.size = 0
        """Bytes that wait to be taken, at most: what framed them is counted with them."""
        self.passage: Passage | None = None
        """A shorter way for what comes behind what was just poured; whoever has seen it takes it back."""
        self._carrier: Carrier | None = carrier
        self._chunks: list[bytes] = []
        self._digits: bytes | None = None
        """Of the length of an answer whose head was known."""
        self._error: httpx.TransportError | None = None
        self._paused = False
        self._gathering = False
        self._sink: Sink | None = None
        self._heard: Callable[[], None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    # The connection's side. None of these wakes the reader but `wake`, `finish` and `fail`.

    def carried_by(self, carrier: Carrier) -> None:
        """Another goes on with the request, of which nothing was sent yet."""
        self._carrier = carrier

    def begin(self, status: int, head: AnswerHead) -> None:
        """The head is here."""
        self.status = status
        self.answer_head = head

    def push(self, pieces: list[bytes], size: int) -> None:
        """Pieces of the body are here, or none.

        Args:
            pieces: As they came, none of them empty.
            size: Bytes that they count for: at least their own.
        """
        if not pieces:
            return
        if size < len(pieces) * _SMALL:
            # Each by itself would take more memory than what it holds.
            self._chunks.append(b"".join(pieces))
        else:
            self._chunks += pieces
        self.size += size

    def fill(self, head: AnswerHead, digits: bytes, body: bytes) -> None:
        """All of a successful answer is here.

        Args:
            head: Of an earlier answer with the same head, but for its length.
            digits: Those of this one's length.
            body: All of it, not empty.
        """
        self.status = 200
        self.answer_head = head
        self._digits = digits
        self._chunks.append(body)
        self.size = len(body)

    def full(self) -> bool:
        """Whether the connection should stop reading now; it is told when to read on."""
        if self.size <= HIGH_WATER or self._paused:
            return False
        self._paused = True
        return True

    def finish(self) -> None:
        """The answer is whole."""
        self.complete = True
        if self._paused:
            # A long read was cut in pieces, and stopped at one of them; the connection goes on to others.
            self._read_on()
        self.gathered()
        self._carrier = None
        if self._timer is not None:
            self._rest()
        self.wake()

    def fail(self, error: httpx.TransportError) -> None:
        """No more will come; what is here already can still be taken."""
        self._error = error
        self._carrier = None
        self._rest()
        self.wake()

    def pour(self, pieces: list[bytes]) -> bool:
        """Pieces of the body for a sink that has had all before them; False where there is none, and nothing is done."""
        sink = self._sink
        if sink is None or self._chunks or self._paused or not pieces:
            return False
        self.passage = sink.take(_joined(pieces))
        return True

    def wake(self) -> None:
        """Let the reader look again, or push on what is here."""
        sink = self._sink
        if sink is None:
            waiter = self._waiter
            if waiter is not None and not waiter.done():
                waiter.set_result(None)
            elif self._heard is not None:
                self._heard()
            return
        chunks = self._chunks
        if chunks:
            self.size = 0
            self._chunks = []
            sink.take(_joined(chunks))
        if self._sink is not sink:
            # It has had enough.
            return
        if self._paused:
            self._read_on()
        if self.complete or self._error is not None:
            self._sink = None
            sink.over(self._error)

    # The reader's side.

    def listen(self, heard: Callable[[], None] | None) -> None:
        """Call this each time that there is something new, while nobody waits; None: nobody listens any more."""
        self._heard = heard

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.complete or self._error is not None

    @property
    def body(self) -> bytes:
        """What waits to be taken, left where it is."""
        return _joined(self._chunks)

    @property
    def pieces(self) -> list[bytes]:
        """Likewise, as its provider cut it: mostly one for each event of a stream. Not to be changed."""
        return self._chunks

    @property
    def served(self) -> tuple[AnswerHead, bytes] | None:
        """The head and the body of a success that is all here, left where they are; None while, or where, it is none."""
        head, chunks = self.answer_head, self._chunks
        if not self.complete or self.status != 200 or head is None:
            return None
        return head, _joined(chunks)

    @property
    def headers(self) -> RawHeaders:
        """Those of the answer, as they came."""
        head = self.answer_head
        assert head is not None, "the head is here, and nobody took it"
        return head.raw if self._digits is None else head.with_length(self._digits)

    def take_head(self) -> AnswerHead:
        """The head, which is kept here no longer: an answer may be under way for long."""
        head, self.answer_head = self.answer_head, None
        assert head is not None, "the head is here, and nobody took it"
        return head

    async def head(self, by: float | None) -> None:
        """Wait for the head.

        Args:
            by: Loop time by which it must be here; None for no limit.

        Raises:
            TimeoutError: it did not come in time, and the connection is closed.
            httpx.TransportError: it will not come.
        """
        while not self.status:
            if self._error is not None:
                raise self._error
            await self._wait(by)

    async def take(self, by: float | None) -> bytes:
        """All of the body that is here, waiting for some where there is none; empty at its end.

        Args:
            by: Loop time by which some must be here; None for no limit.

        Raises:
            TimeoutError: nothing came in time, and the connection is closed.
            httpx.TransportError: the answer was cut.
        """
        while not self._chunks:
            if self._error is not None:
                raise self._error
            if self.complete:
                return b""
            if self._paused:
                # A sink had enough, and flows no more.
                self._read_on()
            await self._wait(by)
        chunks, self._chunks, self.size = self._chunks, [], 0
        if self._paused:
            self._read_on()
        return _joined(chunks)

    def read(self) -> bytes:
        """All of the body that is here, without a wait."""
        data = self.body
        self._chunks, self.size = [], 0
        if self._paused:
            self._read_on()
        return data

    def flow(self, sink: Sink | None) -> None:
        """Push what is here and what comes on to a sink; None: keep it for who takes it."""
        self._sink = sink
        if sink is not None:
            self._rest()
            self.wake()

    def hold(self) -> None:
        """Let the connection read no more until `flow` is said again."""
        self._sink = None
        if self._carrier is not None and not self._paused:
            self._paused = True
            self._carrier.pause()

    @property
    def can_gather(self) -> bool:
        """Whether more than a breath of what comes may gather: its sender goes on meanwhile, and its end is heard."""
        return self._carrier is not None and self._carrier.gathers

    @property
    def is_gathering(self) -> bool:
        """Whether what comes is left to gather, and is read in one piece."""
        return self._gathering

    def gather(self) -> None:
        """Let what comes gather until `gathered` is said: to read is what costs, hardly how much is read."""
        if self._carrier is not None and not self._gathering:
            self._gathering = True
            self._carrier.gather()

    def gathered(self) -> None:
        """Let the connection read what has gathered, in one of the next turns of the loop, and from then on whatever comes."""
        if self._gathering:
            self._gathering = False
            if self._carrier is not None:
                self._carrier.gathered()
                if self._paused:
                    self._carrier.pause()

    def breathe(self) -> None:
        """Let what comes gather for a breath."""
        if self._carrier is not None and not self._paused and not self._gathering:
            self.gather()
            asyncio.get_running_loop().call_later(BREATH, self.gathered)

    def close(self) -> None:
        """Drop what is here and, unless the answer is whole, the connection. Nobody listens any more."""
        self._chunks.clear()
        self._sink = self._heard = None
        self.size = 0
        carrier, self._carrier = self._carrier, None
        if carrier is not None:
            self.fail(httpx.ReadError("the answer was closed before its end"))
            carrier.abort()

    async def aclose(self) -> None:
        """As `close`."""
        self.close()

    def _read_on(self) -> None:
        self._paused = False
        if self._carrier is not None:
            self._carrier.resume()

    async def _wait(self, by: float | None) -> None:
        self._waiter = waiter = asyncio.get_running_loop().create_future()
        if by is not None:
            self._watch(by)
        try:
            await waiter
        except BaseException:
            self.close()
            raise
        finally:
            self._waiter = None

    def _watch(self, by: float) -> None:
        """Have the timer strike by then. A later end moves no timer: most waits are over long before."""
        self._due = by
        if self._timer is not None:
            if self._strikes_at <= by:
                return
            self._timer.cancel()
        self._strikes_at = by
        self._timer = asyncio.get_running_loop().call_at(by, self._strike)

    def _strike(self) -> None:
        self._timer = None
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        if asyncio.get_running_loop().time() + TICK < self._due:
            self._watch(self._due)
        else:
            waiter.set_exception(TimeoutError())

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _joined(pieces: list[bytes]) -> bytes:
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
