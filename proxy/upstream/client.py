"""The door that the engine uses: one `HttpCall` out, one `Reply` back, failures named.

It drives a transport directly, ours or one of httpx. A client's per-call work (cookies, redirects, environment, hooks)
is what we must not do anyway.

Invariant: what leaves here is a `ProxyError` or a cancellation; after either no connection is left behind.
Invariant: a provider is always asked for identity encoding, and an answer in any other is refused.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final, Protocol

import httpx

from proxy.core.clock import SystemClock
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import HttpCall
from proxy.upstream.answer_head import RawHeaders, read_headers
from proxy.upstream.auth import Authorizer
from proxy.upstream.call_head import AGENT, Address, address_of, head_of_call, sendable
from proxy.upstream.exchange import Exchange
from proxy.upstream.faults import named
from proxy.upstream.framing import Disconnected
from proxy.upstream.origin import Origin
from proxy.upstream.passage import Passage
from proxy.upstream.sent import Sent
from proxy.upstream.transport import Transport, headed
from proxy.wire.retry_after import retry_after

_AGENT: Final = (b"user-agent", AGENT.encode())
_IDENTITY: Final = (b"accept-encoding", b"identity")
_CLOCK: Final = SystemClock()


class Body(Protocol):
    """A body that is on its way; an `Exchange` is one."""

    async def take(self, by: float | None) -> bytes:
        """What is here, waiting for some until `by`; empty at the end."""
        ...

    async def aclose(self) -> None:
        """Let go of the connection."""
        ...


class Reply:
    """A provider's answer: the head, and a body to be read once, by `next`, `chunks` or `read`.

    Whoever holds a reply must read it to its end or `aclose` it.

    Args:
        status: Of the answer.
        headers: Names in lower case.
        body: Its pieces, as they are read.
        host: Who answered, for messages.
    """

    __slots__ = ("_body", "_host", "headers", "status")

    def __init__(self, status: int, headers: Mapping[str, str], body: Body, host: str) -> None:
        self.status = status
        self.headers = headers
        """Names in lower case; values that hold no line break; repeated ones joined with commas; a `retry-after` that
        was a date is in seconds, and the length is left out. Shared with other replies: not to be changed."""
        self._body = body
        self._host = host

    async def next(self, by: float | None = None) -> bytes:
        """The next piece of the body as it was read; empty at its end.

        Args:
            by: Loop time by which it must be here; None for no limit.

        Raises:
            TimeoutError: nothing came in time; nothing more can be read.
            ProxyError: RESET or MALFORMED where the body is cut or garbled.
        """
        try:
            return await self._body.take(by)
        except httpx.HTTPError as error:
            raise named(error, self._host, answering=True) from error

    @property
    def pushes(self) -> bool:
        """Whether the body can be pushed on to a sink."""
        return isinstance(self._body, Exchange)

    def flow(self, sink: Sink | None) -> None:
        """Have the rest of a body that pushes pushed on to a sink as it is read; None: read it with `next` again."""
        assert isinstance(self._body, Exchange), "only a body that pushes flows"
        self._body.flow(None if sink is None else _Naming(sink, self._host))

    def hold(self) -> None:
        """Read no more of a body that is pushed until `flow` is said again."""
        assert isinstance(self._body, Exchange), "only what is pushed is held"
        self._body.hold()

    def breathe(self) -> None:
        """Let a body that is pushed gather for a breath."""
        assert isinstance(self._body, Exchange), "only what is pushed is held"
        self._body.breathe()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in the pieces in which it was read; raises as `next`."""
        while data := await self.next():
            yield data

    async def read(self, limit: int, by: float | None = None) -> bytes:
        """The whole body.

        Args:
            limit: Bytes that it may have.
            by: Loop time by which it must be here; None for no limit.

        Raises:
            TimeoutError: it was not.
            ProxyError: OVERSIZED beyond the limit; RESET or MALFORMED where it is cut or garbled.
        """
        parts: list[bytes] = []
        size = 0
        while part := await self.next(by):
            size += len(part)
            if size > limit:
                await self.aclose()
                raise ProxyError(
                    Kind.OVERSIZED,
                    f"{self._host} sent an answer of more than {limit} bytes",
                    status=self.status,
                )
            parts.append(part)
        return b"".join(parts)

    async def aclose(self) -> None:
        """Let go; closes the connection unless the body was read to its end. May be called again."""
        await self._body.aclose()


class Sink(Protocol):
    """Takes a body as it is read, in the turn of the loop that read it. Must not raise."""

    def take(self, data: bytes) -> Passage | None:
        """A piece of it; a shorter way for the next, where it may be like this one."""
        ...

    def over(self, error: ProxyError | None) -> None:
        """Its end, or why there is none (RESET, MALFORMED). Nothing comes after it."""
        ...


class _Naming:
    """Names the failures that a sink is told."""

    __slots__ = ("_host", "_sink", "take")

    def __init__(self, sink: Sink, host: str) -> None:
        self._sink = sink
        self._host = host
        self.take = sink.take

    def over(self, error: httpx.TransportError | None) -> None:
        self._sink.over(None if error is None else named(error, self._host, answering=True))


class _Streamed:
    """The body of an answer that some other transport of httpx gave."""

    __slots__ = ("_pieces", "_stream")

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream
        self._pieces = aiter(stream)

    async def take(self, by: float | None) -> bytes:
        async with asyncio.timeout_at(by):
            # An empty piece is not the end.
            while not (data := await anext(self._pieces, None)):
                if data is None:
                    return b""
            return data

    async def aclose(self) -> None:
        await self._stream.aclose()


class Upstream:
    """Sends calls to providers.

    Our own transport is spoken to directly: what httpx would do for each call (a request, a response and their headers
    as objects) costs more than the rest of a call.

    Args:
        transport: The way out; a mock in tests.
        wall: Seconds since 1970, to count a `Retry-After` date from.
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        *,
        wall: Callable[[], float] = _CLOCK.wall,
    ) -> None:
        self._transport = transport
        self._own = transport if isinstance(transport, Transport) else None
        self._wall = wall
        self._authorizer = Authorizer(self, wall=wall)

    async def send(
        self, call: HttpCall, *, connect_timeout: float, by: float | None = None
    ) -> Reply:
        """Send a call and wait for the head of the answer.

        Args:
            call: What to send.
            connect_timeout: Seconds for look-up, TCP and TLS together.
            by: Loop time by which the head must be here; None for as long as the caller lets us.

        Raises:
            TimeoutError: the head did not come in time.
            ProxyError: no credential, no answer, or one that cannot be read; the kind says why.
        """
        if call.auth is not None:
            async with asyncio.timeout_at(by):
                call = await self._authorizer.authorize(call)
        address = address_of(call.url)
        try:
            if self._own is not None and address.origin is not None:
                return await self._directly(self._own, address.origin, call, connect_timeout, by)
            async with asyncio.timeout_at(by):
                return await self._through_httpx(call, address, connect_timeout)
        except httpx.HTTPError as error:
            raise named(error, address.host) from error

    def begin(self, call: HttpCall, *, connect_timeout: float, soon: bool = False) -> Sent | None:
        """Send a call at once, or when a connection is open; None, and nothing done, where it needs more than that.

        Args:
            call: What to send.
            connect_timeout: Seconds for look-up, TCP and TLS together.
            soon: As `Connection.send`.
        """
        transport = self._own
        if transport is None:
            return None
        ready = self._authorizer.at_hand(call)
        if ready is None:
            return None
        address = address_of(ready.url)
        origin = address.origin
        if origin is None:
            return None
        try:
            head = head_of_call(ready, address)
        except httpx.LocalProtocolError:
            return None
        connection = transport.pool.take(origin)
        if connection is not None:
            exchange = connection.send(ready.method, head, ready.body, soon=soon)
            return Sent(ready, connection, exchange)
        opening = transport.opening(origin, ready.method, head, ready.body, connect_timeout)
        return Sent(ready, opening, opening.exchange)

    def reply(self, sent: Sent, headers: dict[str, str]) -> Reply:
        """What was sent is answered: its head is here, and plain.

        Args:
            sent: The call.
            headers: Of the answer, read.
        """
        exchange = sent.exchange
        exchange.take_head()
        return Reply(exchange.status, headers, exchange, address_of(sent.call.url).host)

    async def heard(self, sent: Sent, *, connect_timeout: float, by: float | None = None) -> Reply:
        """Wait for the head of the answer to what was sent; the arguments and errors are those of `send`.

        It is sent once more if its connection had been idle, and was lost before a byte of an answer came.
        """
        exchange, address = sent.exchange, address_of(sent.call.url)
        try:
            try:
                await headed(sent.carrier, exchange, by, by)
            except (httpx.NetworkError, Disconnected):
                if not sent.may_repeat:
                    raise
                exchange = await self._once_more(sent.call, address, connect_timeout, by)
        except httpx.HTTPError as error:
            raise named(error, address.host) from error
        fields = exchange.take_head().fields
        return await self._reply(exchange.status, fields, exchange, address.host)

    def trust(self) -> None:
        """Get ready for servers over TLS, so that no call to one waits for it."""
        if self._own is not None:
            self._own.trust()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def _directly(
        self,
        transport: Transport,
        origin: Origin,
        call: HttpCall,
        connect_timeout: float,
        by: float | None,
    ) -> Reply:
        address = address_of(call.url)
        exchange = await transport.exchange(
            origin,
            call.method,
            head_of_call(call, address),
            call.body,
            connect=connect_timeout,
            read_by=by,
            write_by=by,
        )
        fields = exchange.take_head().fields
        return await self._reply(exchange.status, fields, exchange, address.host)

    async def _once_more(
        self, call: HttpCall, address: Address, connect_timeout: float, by: float | None
    ) -> Exchange:
        assert self._own is not None, "only our own transport sends at once"
        assert address.origin is not None, "only where it says where to"
        return await self._own.freshly(
            address.origin,
            call.method,
            head_of_call(call, address),
            call.body,
            connect=connect_timeout,
            read_by=by,
            write_by=by,
        )

    async def _through_httpx(
        self, call: HttpCall, address: Address, connect_timeout: float
    ) -> Reply:
        request = httpx.Request(
            call.method,
            address.url,
            headers=_headers(call, address.url, address.host),
            stream=httpx.ByteStream(call.body),
            extensions={"timeout": {"connect": connect_timeout, "pool": connect_timeout}},
        )
        response = await self._transport.handle_async_request(request)
        stream = response.stream
        assert isinstance(stream, httpx.AsyncByteStream), "a transport for asyncio"
        body = _Streamed(stream)
        fields = read_headers(response.headers.raw)
        return await self._reply(response.status_code, fields, body, address.host)

    async def _reply(self, status: int, headers: dict[str, str], body: Body, host: str) -> Reply:
        encoding = headers.get("content-encoding")
        if encoding is not None and encoding.strip().lower() not in ("", "identity"):
            await body.aclose()
            raise ProxyError(
                Kind.MALFORMED,
                f"{host} sent compressed content although it was asked for identity encoding",
                status=status,
            )
        if not headers.get("retry-after", "0")[:1].isdigit():
            headers = self._in_seconds(headers)
        return Reply(status, headers, body, host)

    def _in_seconds(self, headers: dict[str, str]) -> dict[str, str]:
        """Codecs have no clock, so what a date to retry at means has to be said here."""
        seconds = retry_after({"retry-after": headers["retry-after"]}, self._wall())
        return headers if seconds is None else {**headers, "retry-after": str(math.ceil(seconds))}


def _headers(call: HttpCall, url: httpx.URL, host: str) -> RawHeaders:
    headers: RawHeaders = [(b"host", url.netloc), _AGENT, _IDENTITY]
    if call.body or call.method == "POST":
        headers.append((b"content-length", b"%d" % len(call.body)))
    try:
        headers += [
            (name.encode("ascii"), value.encode("latin-1")) for name, value in sendable(call)
        ]
    except UnicodeEncodeError:
        raise named(httpx.LocalProtocolError(""), host) from None
    return headers
