"""What a surface does with plain calls: they are read in one look, and a stream that came whole is given as it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from proxy.core.shape import ChatRequest, Headers
from proxy.core.whole_stream import WholeStream


@dataclass(frozen=True, slots=True)
class Plain:
    """Of one surface."""

    read: Callable[[bytes, Headers], ChatRequest | None]
    """Reads the body of a plain call; None for any other."""
    pieces: Callable[[ChatRequest, WholeStream], list[bytes] | None]
    """What a caller gets of a stream that came whole; None where it cannot go on as it came."""
