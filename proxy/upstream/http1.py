"""One HTTP/1.1 connection to a provider: a request out, an answer in, and again while both sides keep it clean.

The parser's callbacks write straight into the `Exchange` of the running request. The connection goes back to its
owner the moment an answer is whole, and only if nothing of the request is unsent, the server keeps the connection
alive and not a byte came after the end; in any other case it is aborted.

Invariant: a byte that nobody asked for closes the connection; so does everything that is not HTTP/1.1.
Invariant: what is not body (heads, interim answers, trailers, chunk extensions) never exceeds `MAX_HEAD` bytes at a
stretch, and one head never `MAX_HEADERS` headers.
Source: RFC 9112 sections 6, 7 and 9 (read 2026-11-21).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, cast

import httptools
import httpx

from proxy.core.outbox import Outbox
from proxy.upstream.answer_head import AnswerHead, RawHeaders
from proxy.upstream.beneath import Beneath
from proxy.upstream.exchange import HIGH_WATER, Exchange
from proxy.upstream.framing import Disconnected, Garbled, is_sized, refusal_of, size_of
from proxy.upstream.known import MAX_HEAD as MAX_KNOWN
from proxy.upstream.known import Found, KnownHead, known_head
from proxy.upstream.low_water import LEAST, LowWater, low_water_of
from proxy.upstream.origin import Origin
from proxy.upstream.passage import Passage, ends_chunk

MAX_HEAD: Final = 64 * 1024
"""Bytes."""
MAX_HEADERS: Final = 100
READ_SIZE: Final = 64 * 1024
"""Bytes of one read."""
PIECE: Final = 64 * 1024
"""Bytes of a request body that are given to the transport at a time."""
MOST_HEARD: Final = 16
"""Reads of what a server had said before a write to it failed."""

_NO_BODY: Final = memoryview(b"")
_IN_CHUNKS: Final = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
"""What the parser is told of a head that is known."""


class Connection(asyncio.BufferedProtocol):
    """One connection; `send` when idle, then read the exchange that it gives.

    Args:
        origin: Whom it is connected to.
        view: `READ_SIZE` bytes to read into; may be shared by all connections of one loop, since every read is
            parsed before the next begins.
        outbox: Where requests go; of long ones the head.
        released: Called when the connection is clean and idle again.
        lost: Called once, when it is closed.
    """

    __slots__ = (
        "_beneath", "_blocked", "_bodies", "_drained", "_exchange", "_headers", "_interim", "_keep", "_known", "_lost", "_mark",
        "_outbox", "_overhead", "_parser", "_passage", "_released", "_sized", "_transport", "_unsent", "_view",
        "_whole", "idle_since", "on_body", "origin", "retire_at",
    )  # fmt: skip

    def __init__(
        self,
        origin: Origin,
        view: memoryview,
        outbox: Outbox,
        released: Callable[[Connection], None],
        lost: Callable[[Connection], None],
    ) -> None:
        self.origin = origin
        self.retire_at = 0.0
        """Loop time from which it is not used again."""
        self.idle_since = 0.0
        """Loop time of the end of its last answer."""
        self._view = view
        self._outbox = outbox
        self._released = released
        self._lost = lost
        self._known: tuple[KnownHead, ...] = ()
        """Of its last answer with a length and its last in chunks that were parsed in one read."""
        self._transport: asyncio.Transport | None = None
        self._beneath: Beneath | None = None
        """Its socket; None where there is none, or where what lies there is not what was said."""
        self._mark: LowWater | None = None
        """Up to where what comes gathers; None where it cannot."""
        self._bodies: list[bytes] = []
        """The pieces of the body that a read brought."""
        self.on_body: Final = self._bodies.append
        """What the parser calls with each: a provider writes one for every event."""
        self._parser = httptools.HttpResponseParser(self)
        self._exchange: Exchange | None = None
        self._headers: RawHeaders = []
        self._sized = False
        self._passage: Passage | None = None
        """Whom the transport tells of reads in our place."""
        self._overhead = 0
        self._interim = False
        self._keep = False
        self._whole = False
        self._unsent = _NO_BODY
        self._blocked = False
        self._drained: asyncio.Future[None] | None = None

    # What the transport layer calls.

    @property
    def usable(self) -> bool:
        """Whether a request may be sent."""
        return (
            self._exchange is None
            and self._transport is not None
            and not self._transport.is_closing()
        )

    @property
    def is_silent(self) -> bool:
        """Whether nothing lies unread that nobody asked for, nor its end; asked of the system, since the loop may be late."""
        return self._beneath is None or self._beneath.is_silent()

    def send(
        self,
        method: str,
        head: bytes,
        body: bytes,
        *,
        exchange: Exchange | None = None,
        soon: bool = False,
    ) -> Exchange:
        """Send a request. After this its exchange must be read to its end or closed.

        Args:
            method: As it stands in `head`.
            head: Request line and headers, with the framing of the body.
            body: All of it.
            exchange: The request's, where somebody has one already.
            soon: It may wait for the others of this turn of the loop; a long one does not.
        """
        assert self._transport is not None
        assert self._exchange is None, "one request at a time"
        if exchange is None:
            exchange = Exchange(method, self)
        else:
            exchange.carried_by(self)
        self._exchange = exchange
        self._overhead = 0
        if len(body) <= PIECE:
            send = self._outbox.put if soon else self._outbox.send
            send(self._transport, head + body)
        else:
            self._outbox.send(self._transport, head)
            self._unsent = memoryview(body)
            self._pump()
        return exchange

    def owes(self, exchange: Exchange) -> bool:
        """Whether a part of the request that this answers still waits to be sent; another may be under way by now."""
        return bool(self._unsent) and self._exchange is exchange

    async def sent(self, by: float | None) -> None:
        """Wait until the whole request is with the transport, or a refusal makes the rest pointless.

        Args:
            by: Loop time by which it must be; None for no limit.
        """
        while self._unsent and self._exchange is not None and self._exchange.status < 300:
            self._drained = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout_at(by):
                    await self._drained
            except TimeoutError:
                self.close_exchange()
                raise httpx.WriteTimeout("the request could not be sent in time") from None
            except BaseException:
                self.close_exchange()
                raise
            finally:
                self._drained = None

    def close_exchange(self) -> None:
        """Give the running request up and abort."""
        if self._exchange is not None:
            self._exchange.close()

    def abort(self) -> None:
        """Close at once; what is unsent is dropped."""
        self._unsent = _NO_BODY
        if self._transport is not None:
            self._transport.abort()

    def pause(self) -> None:
        """Read no more until the exchange has room."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on after the exchange was full."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    @property
    def gathers(self) -> bool:
        """Whether what comes can gather below it."""
        return self._mark is not None

    def gather(self) -> None:
        """Read nothing until there is a full read of it, or the end; where that cannot be, nothing at all."""
        if self._mark is None:
            self.pause()
        else:
            self._mark.set(READ_SIZE)

    def gathered(self) -> None:
        """Read what has come, and from now on whatever comes."""
        if self._mark is None:
            self.resume()
        else:
            self._mark.set(LEAST)

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected, and for TLS agreed."""
        self._transport = cast(asyncio.Transport, transport)
        owner = transport.get_extra_info("socket")
        if owner is not None:
            self._beneath = Beneath(owner)
            self._mark = low_water_of(self._beneath)
        self._transport.set_write_buffer_limits(high=PIECE)
        limit_reads = getattr(transport, "set_read_buffer_limits", None)
        if limit_reads is not None:
            # Only TLS transports read ahead; by default they do so up to 256 KiB.
            limit_reads(high=READ_SIZE)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 (asyncio's signature)
        """Where the next read goes."""
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        """A read has come."""
        exchange = self._exchange
        if exchange is None:
            self.abort()
            return
        is_first, exchange.began = not exchange.began, True
        found = self._find(exchange, nbytes) if is_first and self._known else None
        if found is not None and found.digits:
            # The parser has seen whole answers only, and does not miss one.
            self._keep = True
            exchange.fill(found.head, found.digits, bytes(self._view[found.begin : nbytes]))
            self._finished(exchange)
            return
        begin = 0 if found is None else self._begin(exchange, found)
        try:
            self._parser.feed_data(self._view[begin:nbytes])
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            exchange.push(self._brought(exchange, nbytes), nbytes)
            self._garbled(exchange, error)
            return
        bodies = self._brought(exchange, nbytes)
        if not self._whole and self._pours(exchange, bodies, nbytes):
            return
        exchange.push(bodies, nbytes)
        if self._whole:
            head = exchange.answer_head
            if is_first and found is None and head is not None and self._keep and exchange.size:
                self._learn(known_head(self._view[:nbytes], head))
            self._finished(exchange)
        elif self._overhead > MAX_HEAD:
            self._fail(exchange, Garbled(f"more than {MAX_HEAD} bytes of head"))
        else:
            if exchange.size > HIGH_WATER and exchange.full():
                self.pause()
            exchange.wake()
            if self._drained is not None:
                self._wake_sender()

    def _pours(self, exchange: Exchange, bodies: list[bytes], nbytes: int) -> bool:
        """Whether what a read of so many bytes brought of the body was poured; reads like it may go by us from then on."""
        is_poured = exchange.pour(bodies)
        passage = exchange.passage
        if passage is not None:
            exchange.passage = None
            if self._transport is not None and ends_chunk(bytes(self._view[:nbytes]), bodies[-1]):
                passage.open(self)
                if self._passage is not passage:
                    self._passage = passage
                    self._transport.set_protocol(passage)
        return is_poured

    def returned(self, data: bytes) -> None:
        """A read that is nothing for the passage."""
        most = len(self._view)
        for begin in range(0, len(data), most):
            piece = data[begin : begin + most]
            self._view[: len(piece)] = piece
            self.buffer_updated(len(piece))

    def _brought(self, exchange: Exchange, nbytes: int) -> list[bytes]:
        """What a read of so many bytes brought of the body."""
        if not self._bodies:
            self._overhead += nbytes
            return []
        self._overhead = 0
        # The parser goes on with the list itself.
        bodies = self._bodies.copy()
        self._bodies.clear()
        return [] if exchange.method == "HEAD" else bodies

    def _find(self, exchange: Exchange, nbytes: int) -> Found | None:
        """What the first read of an answer is, or begins with, if it has a head that is known."""
        if exchange.method == "HEAD":
            return None
        data = bytes(self._view[: min(nbytes, MAX_KNOWN)])
        for known in self._known:
            found = known.find(data, nbytes)
            if found is not None:
                return found
        return None

    def _begin(self, exchange: Exchange, found: Found) -> int:
        """Begin an answer in chunks; where they begin. The parser is told that they come, which is all it has to know."""
        self._keep = self._sized = True
        exchange.begin(200, found.head)
        self._parser.feed_data(_IN_CHUNKS)
        return found.begin

    def _learn(self, known: KnownHead | None) -> None:
        """Know a head from now on, instead of the last whose answers were framed as its answers are."""
        if known is not None:
            others = [each for each in self._known if each.is_chunked != known.is_chunked]
            self._known = (known, *others)

    def eof_received(self) -> None:
        """The server will send no more; there is nothing left to say to it."""
        self._ended()
        self.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """Closed, by whomever."""
        if error is not None:
            self._hear_out()
        exchange = self._exchange
        if error is None:
            self._ended()
        elif exchange is not None:
            kind = httpx.WriteError if isinstance(error, BrokenPipeError) else httpx.ReadError
            failure = kind("the connection was reset")
            failure.__cause__ = error
            exchange.fail(failure)
        self._exchange = self._passage = None
        self._wake_sender()
        self._lost(self)

    def _hear_out(self) -> None:
        """A write has failed: take what the server had said before. Who refuses a long body does not read on, but says why."""
        transport, beneath = self._transport, self._beneath
        if transport is None or beneath is None or transport.get_extra_info("sslcontext"):
            return
        for _ in range(MOST_HEARD):
            # What seems to be the end of what was said is the failure: an answer that ends by it is cut.
            nbytes = beneath.read(self._view) if self._exchange is not None else 0
            if not nbytes:
                return
            self.buffer_updated(nbytes)

    def pause_writing(self) -> None:
        """The transport holds enough."""
        self._blocked = True

    def resume_writing(self) -> None:
        """The transport takes more."""
        self._blocked = False
        self._pump()
        self._wake_sender()

    # What the parser calls. An error raised here comes out of `feed_data`.

    def on_message_begin(self) -> None:
        """An answer starts; after the end of one it is one too many."""
        if self._whole:
            raise Garbled("more than one answer to one request")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header or, after the head, a trailer, which nobody needs."""
        if self._exchange is None or self._exchange.status:
            return
        if len(self._headers) >= MAX_HEADERS:
            raise Garbled(f"more than {MAX_HEADERS} response headers")
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """A head is whole: interim, or the answer's."""
        if self._exchange is not None and self._exchange.status:
            # It was known.
            return
        status = self._parser.get_status_code()
        headers, self._headers = self._headers, []
        self._interim = status < 200
        if status < 100:
            raise Garbled("a status below 100")
        if self._interim or self._exchange is None:
            return
        # What came in one read of the usual size is not too long.
        if (self._overhead or len(self._view) > MAX_HEAD) and size_of(headers) > MAX_HEAD:
            raise Garbled(f"more than {MAX_HEAD} bytes of response headers")
        head = AnswerHead(headers)
        # Nearly every stream says this once.
        self._sized = head.fields.get("transfer-encoding") == "chunked" or is_sized(headers)
        self._keep = self._parser.should_keep_alive()
        self._exchange.begin(status, head)
        self._overhead = 0
        if self._exchange.method == "HEAD":
            # The parser cannot be told that no body follows, so this connection has parsed its last.
            self._whole, self._keep = True, False

    def on_message_complete(self) -> None:
        """An answer ends, perhaps an interim one."""
        self._whole = not self._interim

    def _finished(self, exchange: Exchange) -> None:
        """The answer is whole and nothing came after it."""
        self._whole = False
        transport = self._transport
        clean = (
            self._keep
            and transport is not None
            and not transport.is_closing()
            and not self._unsent
            and not transport.get_write_buffer_size()
        )
        self._exchange = None
        if self._passage is not None and transport is not None:
            self._passage = None
            transport.set_protocol(self)
        exchange.finish()
        if self._drained is not None:
            self._wake_sender()
        if clean:
            self._released(self)
        else:
            self.abort()

    def _garbled(self, exchange: Exchange, error: Exception) -> None:
        """What came does not parse; an answer that was whole before it stays whole."""
        if self._whole:
            self._keep = False
            self._finished(exchange)
            return
        self._fail(exchange, refusal_of(error))

    def _fail(self, exchange: Exchange, error: httpx.TransportError) -> None:
        self._exchange = None
        exchange.fail(error)
        self._wake_sender()
        self.abort()

    def _ended(self) -> None:
        """The server's last byte has come: for an answer of unknown length that is its end."""
        exchange, self._exchange = self._exchange, None
        if exchange is None:
            return
        if exchange.status and not self._sized:
            exchange.finish()
        elif exchange.status:
            exchange.fail(Disconnected("the server closed the connection in mid-answer"))
        else:
            exchange.fail(Disconnected("the server closed the connection without an answer"))
        self._wake_sender()

    def _pump(self) -> None:
        """Send on, while the transport takes it; after a refusal the rest is pointless."""
        exchange, transport = self._exchange, self._transport
        while self._unsent and not self._blocked and transport is not None:
            if exchange is None or exchange.status >= 300 or transport.is_closing():
                return
            piece, rest = self._unsent[:PIECE], self._unsent[PIECE:]
            # Even an empty view would keep the whole body in memory, for as long as the connection lives.
            self._unsent = rest or _NO_BODY
            transport.write(piece)

    def _wake_sender(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
