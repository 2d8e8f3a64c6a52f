"""What the first chunk of a further run says, where an answer was taken up after a cut.

Another Firstbyte, as a provider, marks its chunks too, and tells a report under the same name; any other provider may
have a field of that name that means nothing here.

Invariant: what is no mark changes nothing about an answer.
"""

from __future__ import annotations

from typing import Any

from proxy.core.shape import Chunk, Json


def mark_of(chunk: Chunk) -> Json | None:
    """The mark of a chunk that begins a further run; None for every other."""
    said: Any = chunk.get("firstbyte")
    return said if isinstance(said, dict) and "fallback_attempts" in said else None
