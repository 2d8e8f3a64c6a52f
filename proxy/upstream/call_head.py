"""The head of a call, in bytes: who is asked, the headers that the call has, and the length of its body.

Nearly all of it is the same from call to call: the beginning is kept by address, settled headers are kept with
themselves.

Invariant: nothing in a header can add a header, end the head or start a second request; nobody above sets what describes
this very connection.
Source: RFC 9112 sections 3 and 5 (read 2026-11-21).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import httpx

from proxy import __version__
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Headers, HttpCall, SettledHeaders
from proxy.upstream.origin import Origin
from proxy.upstream.request import is_token

AGENT: Final = f"firstbyte/{__version__}"
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
_OPENING: Final = 4
"""Lines of every head: the request line, host, agent, encoding."""


@dataclass(frozen=True, slots=True)
class Address:
    """A URL, taken apart once."""

    url: httpx.URL
    host: str
    """As messages name it."""
    origin: Origin | None
    """None where the URL is none of http or https."""
    lines: str
    """What the head of every request begins with, after the method."""


@lru_cache(maxsize=256)
def address_of(text: str) -> Address:
    """URLs are few and parsing one is slow; one that is not a URL is a fault of the configuration.

    Raises:
        ProxyError: MISCONFIGURED, where it is none.
    """
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError):
        raise ProxyError(
            Kind.MISCONFIGURED, "the provider's base_url does not make a valid URL"
        ) from None
    try:
        origin = Origin.of(url)
    except httpx.UnsupportedProtocol:
        origin = None
    host = url.netloc.decode("ascii")
    path = url.raw_path.decode("ascii")
    agent = f"user-agent: {AGENT}\r\naccept-encoding: identity\r\n"
    return Address(url, host, origin, f" {path} HTTP/1.1\r\nhost: {host}\r\n{agent}")


def head_of_call(call: HttpCall, address: Address) -> bytes:
    """The head of a request, in one piece.

    Raises:
        httpx.LocalProtocolError: a header cannot be sent; the message names no part of it.
    """
    method, headers, size = call.method, call.headers, len(call.body)
    opening = _opening(method, address.lines)
    trace = _trace(call.trace) if call.trace else b""
    if isinstance(headers, SettledHeaders):
        lines = headers.written or _settled(headers)
    else:
        lines = _lines(headers)
    if not size and method != "POST":
        return b"%b%b%b\r\n" % (opening, trace, lines)
    return b"%b%b%bcontent-length: %d\r\n\r\n" % (opening, trace, lines, size)


def sendable(call: HttpCall) -> list[tuple[str, str]]:
    """The headers of a call, but for those that nobody above may set."""
    return [line for line in call.lines if line[0] not in _OURS]


@lru_cache(maxsize=256)
def _opening(method: str, lines: str) -> bytes:
    """What the head of every request to an address begins with."""
    if not is_token(method):
        raise httpx.LocalProtocolError("the method is not an HTTP token")
    return _encoded(f"{method}{lines}", _OPENING)


def _settled(headers: SettledHeaders) -> bytes:
    headers.written = lines = _lines(headers)
    return lines


def _trace(lines: Headers) -> bytes:
    """A call's place in a trace; most say the parent and no more."""
    name, value = lines[0]
    # What can be printed breaks no line, and in ASCII it needs no second look.
    if len(lines) == 1 and name == "traceparent" and value.isascii() and value.isprintable():
        return f"traceparent: {value}\r\n".encode()
    return _lines(lines)


def _lines(headers: Headers) -> bytes:
    lines: list[str] = []
    for name, value in headers:
        if name in _OURS:
            continue
        if not is_token(name):
            raise httpx.LocalProtocolError("the name of a request header is not an HTTP token")
        lines.append(f"{name}: {value}\r\n")
    return _encoded("".join(lines), len(lines))


def _encoded(text: str, count: int) -> bytes:
    """So many lines, in bytes."""
    if text.count("\n") != count or text.count("\r") != count or "\0" in text:
        raise httpx.LocalProtocolError("a request header holds a line break or a NUL")
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise httpx.LocalProtocolError("a request header is not Latin-1") from None
