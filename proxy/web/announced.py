"""What a caller's headers say beyond who calls: how long it waits, and what goes on to providers."""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

from proxy.core.shape import Headers

FORWARDED: Final = frozenset(
    {
        b"anthropic-beta",
        b"anthropic-version",
        b"idempotency-key",
        b"openai-beta",
    }
)
"""The caller's headers that go to providers as they came; of a trace `core/trace.py` tells, and everything else stays here."""

DEADLINES: Final = {
    b"x-request-timeout-ms": 0.001,
    b"x-stainless-read-timeout": 1.0,
    b"x-stainless-timeout": 1.0,
}
"""Headers in which SDKs announce how long they wait, each with its unit in seconds."""


class Announced(NamedTuple):
    """All of it."""

    forwarded: Headers
    passed: tuple[str, ...]
    """The servers that the request has passed through."""
    patience: float | None
    """Seconds."""


def announced(headers: list[tuple[bytes, bytes]]) -> Announced:
    """What these headers say."""
    return Announced(forwarded(headers), tuple(passed(headers)), patience(headers))


def forwarded(headers: list[tuple[bytes, bytes]]) -> Headers:
    """The headers that the allow-list lets through."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in headers
        if name in FORWARDED
    )


def passed(headers: list[tuple[bytes, bytes]]) -> Iterator[str]:
    """The `via` entries that a request came with, in order: the servers it has passed through."""
    for name, value in headers:
        if name == b"via":
            entries = (entry.strip() for entry in value.decode("latin-1").split(","))
            yield from filter(None, entries)


def patience(headers: list[tuple[bytes, bytes]]) -> float | None:
    """Seconds that the caller says it waits: the least of what its headers announce."""
    announced = (_seconds(value, DEADLINES[name]) for name, value in headers if name in DEADLINES)
    return min((seconds for seconds in announced if seconds is not None), default=None)


def cache_wish(headers: list[tuple[bytes, bytes]]) -> str:
    """What a caller's `cache-control` wants of our cache: `off` for no-store, `refresh` for no-cache, else nothing.

    Source: RFC 9111, 5.2.1.
    """
    said = {
        word.strip().lower()
        for name, value in headers
        if name == b"cache-control"
        for word in value.split(b",")
    }
    if b"no-store" in said:
        return "off"
    return "refresh" if b"no-cache" in said else ""


def _seconds(value: bytes, unit: float) -> float | None:
    try:
        seconds = float(value) * unit
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None
