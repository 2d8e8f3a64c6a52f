"""The door that the engine uses: one `HttpCall` out, one `Reply` back, failures named.

It drives a transport of httpx directly. A client's per-call work (cookies, redirects, environment, hooks) is what we
must not do anyway.

Invariant: what leaves here is a `ProxyError` or a cancellation; after either no connection is left behind.
Invariant: a provider is always asked for identity encoding, and an answer in any other is refused.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Mapping
from functools import lru_cache
from typing import Final

import httpx

from proxy import __version__
from proxy.core.clock import SystemClock
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import HttpCall
from proxy.upstream.auth import Authorizer
from proxy.upstream.exchange import RawHeaders
from proxy.upstream.faults import named
from proxy.wire.retry_after import retry_after

_AGENT: Final = (b"user-agent", f"firstbyte/{__version__}".encode())
_IDENTITY: Final = (b"accept-encoding", b"identity")
_OURS: Final = frozenset(
    (
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    )
)
"""Headers that describe this very connection: nobody above may set them."""
_BREAKS: Final = ("\r", "\n", "\0")
_CLOCK: Final = SystemClock()


class Reply:
    """A provider's answer: the head, and a body to be read once, by `chunks` or by `read`.

    Whoever holds a reply must read it to its end or `aclose` it.
    """

    __slots__ = ("_host", "_stream", "headers", "status")

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        stream: httpx.AsyncByteStream,
        host: str,
    ) -> None:
        self.status = status
        self.headers = headers
        """Names in lower case; values that hold no line break; repeated ones joined with commas; a `retry-after` that
        was a date is in seconds."""
        self._stream = stream
        self._host = host

    def chunks(self) -> AsyncIterator[bytes]:
        """The body in the pieces in which it was read.

        The iterator raises a ProxyError: RESET or MALFORMED where the body is cut or garbled.
        """
        return _Chunks(aiter(self._stream), self._host)

    async def read(self, limit: int) -> bytes:
        """The whole body.

        Args:
            limit: Bytes that it may have.

        Raises:
            ProxyError: OVERSIZED beyond the limit; RESET or MALFORMED where it is cut or garbled.
        """
        parts: list[bytes] = []
        size = 0
        async for part in self.chunks():
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
        await self._stream.aclose()


class _Chunks:
    """A plain iterator: unlike a generator it may be left at any point without a word."""

    __slots__ = ("_host", "_pieces")

    def __init__(self, pieces: AsyncIterator[bytes], host: str) -> None:
        self._pieces = pieces
        self._host = host

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._pieces)
        except httpx.HTTPError as error:
            raise named(error, self._host, answering=True) from error


class Upstream:
    """Sends calls to providers.

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
        self._wall = wall
        self._authorizer = Authorizer(self, wall=wall)

    async def send(self, call: HttpCall, *, connect_timeout: float) -> Reply:
        """Send a call and wait for the head of the answer, as long as the caller lets us.

        Args:
            call: What to send.
            connect_timeout: Seconds for look-up, TCP and TLS together.

        Raises:
            ProxyError: no credential, no answer, or one that cannot be read; the kind says why.
        """
        if call.auth is not None:
            call = await self._authorizer.authorize(call)
        url = _url(call.url)
        host = url.netloc.decode("ascii")
        request = httpx.Request(
            call.method,
            url,
            headers=_headers(call, url, host),
            stream=httpx.ByteStream(call.body),
            extensions={"timeout": {"connect": connect_timeout, "pool": connect_timeout}},
        )
        try:
            response = await self._transport.handle_async_request(request)
        except httpx.HTTPError as error:
            raise named(error, host) from error
        return await self._reply(response, host)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def _reply(self, response: httpx.Response, host: str) -> Reply:
        stream = response.stream
        assert isinstance(stream, httpx.AsyncByteStream), "a transport for asyncio"
        headers = _read(response.headers.raw)
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity"):
            await stream.aclose()
            raise ProxyError(
                Kind.MALFORMED,
                f"{host} sent compressed content although it was asked for identity encoding",
                status=response.status_code,
            )
        if not headers.get("retry-after", "0")[:1].isdigit():
            self._date_to_seconds(headers)
        return Reply(response.status_code, headers, stream, host)

    def _date_to_seconds(self, headers: dict[str, str]) -> None:
        """Codecs have no clock, so what a date means has to be said here."""
        seconds = retry_after({"retry-after": headers["retry-after"]}, self._wall())
        if seconds is not None:
            headers["retry-after"] = str(math.ceil(seconds))


@lru_cache(maxsize=256)
def _url(text: str) -> httpx.URL:
    """URLs are few and parsing one is slow; one that is not a URL is a fault of the configuration."""
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError):
        raise ProxyError(
            Kind.MISCONFIGURED, "the provider's base_url does not make a valid URL"
        ) from None


def _headers(call: HttpCall, url: httpx.URL, host: str) -> RawHeaders:
    headers: RawHeaders = [(b"host", url.netloc), _AGENT, _IDENTITY]
    if call.body or call.method == "POST":
        headers.append((b"content-length", b"%d" % len(call.body)))
    try:
        headers += [
            (name.encode("ascii"), value.encode("latin-1"))
            for name, value in call.headers
            if name not in _OURS
        ]
    except UnicodeEncodeError:
        raise named(httpx.LocalProtocolError(""), host) from None
    return headers


def _read(raw: RawHeaders) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if any(mark in value for mark in _BREAKS):
            continue
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
