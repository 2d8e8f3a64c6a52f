"""httpx's exceptions as our failures: one table, most specific first.

Invariant: a message names the host and the cause in words of ours, the system's or the parser's; it never quotes a
header, a path, a query or anything that an exception from elsewhere says.
"""

from __future__ import annotations

import os
import socket
import ssl
from typing import Final, NamedTuple

import httpx

from proxy.core.errors import Kind, ProxyError
from proxy.upstream.framing import Disconnected, Garbled


class _Row(NamedTuple):
    exception: type[Exception]
    kind: Kind
    sentence: str


_ROWS: Final = (
    _Row(httpx.ConnectTimeout, Kind.CONNECT_TIMEOUT, "no connection to {host} in time"),
    _Row(httpx.PoolTimeout, Kind.CONNECT_TIMEOUT, "no free connection to {host} in time"),
    _Row(httpx.WriteTimeout, Kind.FIRST_BYTE_TIMEOUT, "{host} did not take the request in time"),
    _Row(httpx.TimeoutException, Kind.FIRST_BYTE_TIMEOUT, "{host} sent nothing in time"),
    _Row(httpx.ConnectError, Kind.CONNECT, "could not connect to {host}"),
    _Row(httpx.NetworkError, Kind.RESET, "the connection to {host} broke"),
    _Row(httpx.ProxyError, Kind.CONNECT, "the proxy in front of {host} refused"),
    _Row(
        httpx.UnsupportedProtocol,
        Kind.MISCONFIGURED,
        "the base_url of {host} must begin with http:// or https:// and name a host",
    ),
    _Row(
        httpx.LocalProtocolError,
        Kind.MISCONFIGURED,
        "the request to {host} cannot be sent: a header holds a character that HTTP does not allow; "
        "look for a line break in the API key and at the configured headers",
    ),
    _Row(Disconnected, Kind.RESET, "the connection to {host} was cut"),
    _Row(httpx.RemoteProtocolError, Kind.MALFORMED, "{host} did not answer in proper HTTP"),
    _Row(httpx.DecodingError, Kind.MALFORMED, "{host} sent an answer that does not decode"),
    _Row(httpx.HTTPError, Kind.RESET, "the call to {host} failed"),
)

_RESOLUTION: Final = {
    socket.EAI_NONAME: "the name does not resolve",
    socket.EAI_AGAIN: "the name server does not answer",
}


def named(error: httpx.HTTPError, host: str, *, answering: bool = False) -> ProxyError:
    """The failure that an exception of a transport stands for.

    Args:
        error: The exception.
        host: As the message shall name it: `host` or `host:port`.
        answering: Whether the head of the answer had come, so that silence is idleness.
    """
    row = next(row for row in _ROWS if isinstance(error, row.exception))
    kind = row.kind
    if answering and kind is Kind.FIRST_BYTE_TIMEOUT:
        kind = Kind.IDLE_TIMEOUT
    sentence = row.sentence.format(host=host)
    detail = _detail(error)
    return ProxyError(kind, f"{sentence}: {detail}" if detail else sentence)


def _detail(error: httpx.HTTPError) -> str:
    if isinstance(error, Disconnected | Garbled):
        return str(error)
    cause = error.__cause__
    return _reason(cause) if isinstance(cause, OSError) else ""


def _reason(error: OSError) -> str:
    """What the system says, without the addresses and file positions that Python adds."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        # OpenSSL's own word; errors that Python makes up have none.
        return f"TLS failed ({getattr(error, 'reason', None) or 'no reason given'})"
    if isinstance(error, socket.gaierror):
        return _RESOLUTION.get(error.errno or 0, "the name does not resolve")
    return os.strerror(error.errno).lower() if error.errno else ""
