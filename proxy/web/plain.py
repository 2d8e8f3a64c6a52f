"""What a surface does with plain calls: they are read in one look, and what came whole is given as it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from proxy.core.shape import ChatRequest, Headers
from proxy.core.whole_answer import WholeAnswer
from proxy.core.whole_stream import WholeStream


@dataclass(frozen=True, slots=True)
class Plain:
    """Of one surface."""

    read: Callable[[bytes, Headers], ChatRequest | None]
    """Reads the body of a plain call; None for any other."""
    body: Callable[[WholeAnswer], bytes | None]
    """What a caller gets of a whole answer; None where it cannot go on as it came."""
    pieces: Callable[[ChatRequest, WholeStream], list[bytes] | None]
    """What a caller gets of a stream that came whole; None where it cannot go on as it came."""
