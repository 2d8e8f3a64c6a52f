"""A request as bytes: the head in one piece, the body with its length.

Invariant: nothing in a header or in the URL can add a header, end the head or start a second request.
Source: RFC 9112 sections 3 and 5 (read 2026-11-21).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import httpx

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})
_BODY_EXPECTED: Final = frozenset({"POST", "PUT", "PATCH"})


def head_of(request: httpx.Request, length: int) -> bytes:
    """The request line and the headers, with the framing for a body of `length` bytes.

    Raises:
        httpx.LocalProtocolError: a header cannot be sent; the message names no part of it.
    """
    method = request.method.encode("ascii", "replace")
    if not is_token(request.method):
        raise httpx.LocalProtocolError("the method is not an HTTP token")
    lines = [method + b" " + request.url.raw_path + b" HTTP/1.1"]
    has_host = False
    for name, value in request.headers.raw:
        lower = name.lower()
        if lower in _FRAMING:
            continue
        if not is_token(name.decode("latin-1")):
            raise httpx.LocalProtocolError("the name of a request header is not an HTTP token")
        has_host = has_host or lower == b"host"
        lines.append(name + b": " + value)
    if not has_host:
        lines.insert(1, b"host: " + request.url.netloc)
    if length or request.method in _BODY_EXPECTED:
        lines.append(b"content-length: %d" % length)
    return _joined(lines)


def _joined(lines: list[bytes]) -> bytes:
    head = b"\r\n".join(lines) + b"\r\n\r\n"
    breaks = len(lines) + 1
    if head.count(b"\n") != breaks or head.count(b"\r") != breaks or b"\0" in head:
        raise httpx.LocalProtocolError("a request header holds a line break or a NUL")
    return head


@lru_cache(maxsize=1024)
def is_token(text: str) -> bool:
    """Whether it may be a method or the name of a header. These are few and come again with every call."""
    return _TOKEN.fullmatch(text) is not None
