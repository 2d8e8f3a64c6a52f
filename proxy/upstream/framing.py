"""Where an answer in HTTP/1.1 ends, and the failures of one that is none.

Source: RFC 9112 section 6 (read 2026-11-21).
"""

from __future__ import annotations

import httptools
import httpx

from proxy.upstream.answer_head import RawHeaders


class Disconnected(httpx.RemoteProtocolError):
    """The server closed where more was due: a broken wire rather than a broken server."""


class Garbled(httpx.RemoteProtocolError):
    """What came is not an answer in HTTP/1.1. The message is ours or the parser's and quotes nothing that came."""


def size_of(headers: RawHeaders) -> int:
    """Bytes that these take as lines."""
    return sum(len(name) + len(value) + 4 for name, value in headers)


def is_sized(headers: RawHeaders) -> bool:
    """Whether an answer with these says where it ends, so that the end of the connection is not its end.

    Raises:
        Garbled: a transfer coding that was not asked for.
    """
    sized = False
    for name, value in headers:
        lower = name.lower()
        if lower == b"content-length":
            sized = True
        elif lower == b"transfer-encoding":
            coding = value.strip().lower()
            if coding not in (b"chunked", b"identity"):
                raise Garbled("a transfer coding other than chunked")
            sized = sized or coding == b"chunked"
    return sized


def refusal_of(error: Exception) -> Garbled:
    """What the parser complains of, or we from inside one of its calls."""
    if isinstance(error.__context__, Garbled):
        return error.__context__
    if isinstance(error, httptools.HttpParserUpgrade):
        return Garbled("the server switched to another protocol")
    return Garbled(str(error))
