"""Judges the head of a request before any of our code runs on it: target, version, headers.

These are the checks that the parser does not make and that a proxy must not do without.

Invariant: what passes has exactly one well-formed Host, a target in origin form, and at most one coding of its body.
Source: RFC 9112 sections 3.2 (target, Host), 6.1 (transfer codings), 2.3 (version); read 2026-11-21.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any, Final
from urllib.parse import unquote

from proxy.web.refusal import Refusal

HeaderLines = list[tuple[bytes, bytes]]

MAX_HEADERS: Final = 100
MAX_HEADER_BYTES: Final = 32 * 1024
"""All header lines together, with their colons and line ends."""
MAX_PATH: Final = 2 * 1024
MAX_TARGET: Final = 8 * 1024
"""Path and query together."""

TOO_MANY: Final = Refusal(
    431, "headers_too_large", f"A request may have {MAX_HEADERS} headers; this one has more."
)
TOO_LARGE: Final = Refusal(
    431,
    "headers_too_large",
    f"The headers of a request may have {MAX_HEADER_BYTES} bytes; these have more.",
)
TARGET_TOO_LONG: Final = Refusal(
    414,
    "uri_too_long",
    f"A path may have {MAX_PATH} bytes, and {MAX_TARGET} with its query; this one has more.",
)
NOT_ORIGIN_FORM: Final = Refusal(
    400, "bad_request_target", "The request target must be a path such as /v1/chat/completions."
)
BAD_HOST: Final = Refusal(400, "bad_host", "A request needs exactly one well-formed Host header.")
BAD_CODING: Final = Refusal(
    400,
    "bad_transfer_encoding",
    "The only transfer coding that is read is 'chunked', in HTTP/1.1.",
)

_HOST: Final = re.compile(rb"[A-Za-z0-9.:\[\]-]{1,255}")


def too_long(target: bytes) -> bool:
    """Whether a target, of which more may still come, is longer than we read."""
    return len(target) > MAX_TARGET or len(target.partition(b"?")[0]) > MAX_PATH


def aim(scope: MutableMapping[str, Any], method: bytes, target: bytes) -> None:
    """Write down what is asked of what.

    Args:
        scope: The ASGI call's.
        method: As it came.
        target: In origin form, as it came.
    """
    raw_path, _, query = target.partition(b"?")
    path = raw_path.decode("latin-1")
    scope["method"] = method.decode("ascii")
    scope["path"] = unquote(path) if "%" in path else path
    scope["raw_path"] = raw_path
    scope["query_string"] = query


def fault_in(target: bytes, version: str, headers: HeaderLines) -> Refusal | None:
    """What is wrong with a head, if anything.

    Args:
        target: As it stood in the request line.
        version: `1.1` or `1.0`.
        headers: Names in lower case.
    """
    if not target.startswith(b"/") or b"#" in target:
        return NOT_ORIGIN_FORM
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
        return BAD_HOST
    codings = [value for name, value in headers if name == b"transfer-encoding"]
    if codings and (version != "1.1" or [c.strip().lower() for c in codings] != [b"chunked"]):
        return BAD_CODING
    return None


def without_upgrade(method: bytes, target: bytes, version: str, headers: HeaderLines) -> bytes:
    """The same head, as if the caller had not offered to change the protocol.

    A server may ignore `Upgrade` (RFC 9110 section 7.8), but the parser takes it as the end of HTTP and drops the
    body. Java's client offers HTTP/2 this way on every plain connection.

    Args:
        method: As it came.
        target: As it came.
        version: `1.1` or `1.0`.
        headers: Names in lower case.
    """
    lines = [b"%b %b HTTP/%b" % (method, target, version.encode())]
    for name, value in headers:
        if name == b"connection":
            value = _without_tokens(value)  # noqa: PLW2901 (the one header that is edited)
        if name not in (b"upgrade", b"http2-settings") and (value or name != b"connection"):
            lines.append(name + b": " + value)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _without_tokens(connection: bytes) -> bytes:
    tokens = (token.strip() for token in connection.split(b","))
    return b", ".join(t for t in tokens if t.lower() not in (b"upgrade", b"http2-settings"))
