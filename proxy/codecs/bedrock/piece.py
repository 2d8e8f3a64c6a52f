"""Reads the events of a stream that only add a piece of text to a block, by typed decoders that know no other form.

Most of an answer is such events: text, reasoning, or arguments of a call, a few letters at a time. Whatever says more
is left to the reader of all events. Events of the answer's own text come many in a read, and are read in one step.

Invariant: a payload is read only where the reader of all events would read the same piece out of it.
Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlockDelta.html (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Sequence
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


class _Words(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    text: str


class _Text(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False, rename="camel"):
    content_block_index: int
    delta: _Words
    p: str = ""


Piece: TypeAlias = tuple[int, str, str]
"""A block's index, the kind of delta in the words of Messages, and its text."""

Texts: TypeAlias = tuple[int, list[str]]
"""A block's index, and pieces of its text."""

_read: Final = jsons.Form(_Event).read
_read_all: Final = jsons.Forms(_Text).read


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


def texts(payloads: Sequence[bytes]) -> list[Texts]:
    """What payloads say that are nothing but text, in their order, block by block; nothing where one of them is not."""
    said: list[Texts] = []
    index: int | None = None
    pieces: list[str] = []
    for (event,) in _read_all(payloads) or ():
        if event.content_block_index != index:
            index, pieces = event.content_block_index, []
            said.append((index, pieces))
        pieces.append(event.delta.text)
    return said
