"""Reads the events of a stream that only add a piece of text to a block, by one typed decoder that knows no other form.

Most of an answer is such events: text, reasoning, or arguments of a call, a few letters at a time. Whatever says more
is left to the reader of all events.

Invariant: a payload is read only where the reader of all events would read the same piece out of it.
Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlockDelta.html (read 2026-11-21).
"""

from __future__ import annotations

from typing import Final, TypeAlias

from proxy.core import jsons

DELTA: Final = "contentBlockDelta"
"""The event's name."""


class _Thought(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    text: str


class _Use(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    input: str


_NO_TEXT: Final = "(no text)"
_NO_THOUGHT: Final = _Thought(_NO_TEXT)
_NO_USE: Final = _Use(_NO_TEXT)
"""Stand for what a delta does not have: no value that is read is one of these objects."""


class _Delta(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False, rename="camel"):
    text: str = _NO_TEXT
    reasoning_content: _Thought = _NO_THOUGHT
    tool_use: _Use = _NO_USE


class _Event(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False, rename="camel"):
    content_block_index: int
    delta: _Delta
    p: str = ""
    """Letters that hide how long the rest is."""


Piece: TypeAlias = tuple[int, str, str]
"""A block's index, the kind of delta in the words of Messages, and its text."""

_read: Final = jsons.Form(_Event).read


def read(payload: bytes) -> Piece | None:
    """The event that a payload is; None where it is of any other form."""
    event = _read(payload)
    if event is None:
        return None
    delta, index = event.delta, event.content_block_index
    text, thought, use = delta.text, delta.reasoning_content, delta.tool_use
    if text is not _NO_TEXT:
        alone = thought is _NO_THOUGHT and use is _NO_USE
        return (index, "text_delta", text) if alone else None
    if thought is not _NO_THOUGHT:
        return (index, "thinking_delta", thought.text) if use is _NO_USE else None
    return (index, "input_json_delta", use.input) if use is not _NO_USE else None
