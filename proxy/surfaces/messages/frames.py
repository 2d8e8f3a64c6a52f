"""One event of a Messages stream as bytes; the framing is ours, whoever made the payload.

Source: https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-20).
"""

from __future__ import annotations

from typing import Final

from proxy.core import jsons
from proxy.core.shape import Json

PING: Final = b'event: ping\ndata: {"type":"ping"}\n\n'


def frame(name: str, payload: bytes) -> bytes:
    """An event from a payload of one line; `name` is a word."""
    return b"event: " + name.encode() + b"\ndata: " + payload + b"\n\n"


def event(value: Json) -> bytes:
    """An event of our own, under the name of its type."""
    return frame(value["type"], jsons.encode(value))
