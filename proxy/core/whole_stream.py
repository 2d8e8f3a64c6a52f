"""A streamed answer that came whole, in frames that every chat caller may have as they are, or nearly.

Invariant: its frames are a role, text, and an end, in events of one line each; they share id, time and model.
"""

from __future__ import annotations

from proxy.core.record import record
from proxy.core.usage import Usage


@record
class WholeStream:
    """All that a target has streamed, but for the word that nothing follows."""

    frames: list[bytes]
    """Up to the end of its one choice, framed as events: the role, all text, the end."""
    usage_frame: bytes
    """The last event, which tells the usage and nothing else; empty where there is none."""
    model: str
    """As each frame names it."""
    tier: str | None
    """The service tier that the last frame names."""
    usage: Usage | None
    """What the last event tells that tells one."""
    is_told_with_end: bool = False
    """Whether the end of its choice tells a usage too, as `usage` at its top."""
