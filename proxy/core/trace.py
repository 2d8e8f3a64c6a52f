"""Where a call stands in its caller's trace: read from `traceparent` and `tracestate`, and told on to providers.

A header that is not well formed is no reason to refuse a call: a trace of its own begins. The state of others is handed
on as it came, and only together with a parent that could be read.

Invariant: what goes out is well formed, whatever came in; the trace keeps its id and its sampling, the span is new.
Source: W3C Trace Context, https://www.w3.org/TR/trace-context/ (level 1, with level 2's random flag passed on; read
2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Final

from proxy.core.record import record

TRACEPARENT: Final = b"traceparent"
TRACESTATE: Final = b"tracestate"
TRACING: Final = frozenset({TRACEPARENT, TRACESTATE})
"""Headers that tell of a trace."""
SAMPLED: Final = 0x01
"""The flag that somebody upstream keeps this trace."""

MAX_STATE: Final = 512
"""Characters of `tracestate` that everybody must hand on; a longer one is left out."""
MAX_MEMBERS: Final = 32

_KNOWN_FLAGS: Final = 0x03
_FLAGS: Final = tuple(f"{flags:02x}" for flags in range(256))
"""As they are written, which by itself takes longer than all else of a parent."""
_PARENT: Final = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_MEMBER: Final = re.compile(r"[a-z0-9][a-z0-9_\-*/@]{0,255}=[ -+\--<>-~]{0,255}[!-+\--<>-~]")
_SPAN: Final = 2**64 - 1
"""Of what is drawn for a call, the bits of its span; above them are those of its trace."""
_LEAST: Final = 2**64 + 1
_NO_TRACE: Final = b"0" * 32
_NO_SPAN: Final = b"0" * 16


@record
class Trace:
    """A call's place in a trace. Ids are lower-case hexadecimal."""

    id: str
    """32 digits, the same for everybody who takes part."""
    span: str
    """16 digits, this call's own."""
    parent: str = ""
    """The caller's span; empty where the trace begins here."""
    flags: int = 0
    state: str = ""
    """`tracestate`, as it goes on; empty for none."""

    @property
    def sampled(self) -> bool:
        """Whether this trace is kept."""
        return bool(self.flags & SAMPLED)

    def headers(self) -> tuple[tuple[str, str], ...]:
        """What a request to a provider carries."""
        own = ("traceparent", f"00-{self.id}-{self.span}-{_FLAGS[self.flags]}")
        return (own, ("tracestate", self.state)) if self.state else (own,)


class Traces:
    """Gives each call its place.

    Args:
        draw: Draws so many random bits.
        sampled: Whether a trace that begins here is kept, by its id.
    """

    def __init__(
        self,
        draw: Callable[[int], int],
        sampled: Callable[[int], bool] = lambda _: False,
    ) -> None:
        self._draw = draw
        self._sampled = sampled

    def take(self, headers: Collection[tuple[bytes, bytes]]) -> Trace:
        """The place of a call that came with these headers.

        Args:
            headers: Names in lower case.
        """
        if not headers:
            return self.begun()
        parents: list[bytes] = []
        states: list[bytes] = []
        for name, value in headers:
            if name == TRACEPARENT:
                parents.append(value)
            elif name == TRACESTATE:
                states.append(value)
        # Two parents contradict each other: there is none.
        found = _read(parents[0]) if len(parents) == 1 else None
        if found is None:
            return self.begun()
        trace_id, parent, flags = found
        span = f"{self._draw(64) or 1:016x}"
        return Trace(trace_id, span, parent, flags, _state(states) if states else "")

    def begun(self) -> Trace:
        """The place of a call with which a trace begins."""
        drawn = self._draw(192)
        if not drawn >> 64 or not drawn & _SPAN:
            # No id is 0.
            drawn = _LEAST
        # By way of bytes, which takes half as long as to write out a number.
        ids = drawn.to_bytes(24, "big").hex()
        flags = SAMPLED if self._sampled(drawn >> 64) else 0
        return Trace(ids[:32], ids[32:], "", flags)


def _read(value: bytes) -> tuple[str, str, int] | None:
    match = _PARENT.fullmatch(value.strip(b" \t"))
    if match is None:
        return None
    version, trace, span, flags, more = match.groups()
    # A later version may say more behind what we know; this one may not.
    if version == b"ff" or (version == b"00" and more is not None):
        return None
    if trace == _NO_TRACE or span == _NO_SPAN:
        return None
    return trace.decode(), span.decode(), int(flags, 16) & _KNOWN_FLAGS


def _state(values: list[bytes]) -> str:
    """The members of all its headers in order; empty where one is malformed, or they are too many or too long."""
    text = b",".join(values).decode("latin-1")
    members = [member.strip(" \t") for member in text.split(",")]
    members = [member for member in members if member]
    keys = {member.partition("=")[0] for member in members}
    if len(members) > MAX_MEMBERS or len(keys) < len(members):
        return ""
    if not all(map(_MEMBER.fullmatch, members)):
        return ""
    state = ",".join(members)
    return state if len(state) <= MAX_STATE else ""
