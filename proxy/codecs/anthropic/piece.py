"""Reads the events of a stream that only add a piece of text to a block, by one typed decoder that knows no other form.

Most of an answer is such events: text, reasoning, or arguments of a call, a few letters at a time. Whatever says more
is left to the reader of all events.

Invariant: a payload is read only where the reader of all events would read the same piece out of it.
Source: https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-20).
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal, TypeAlias

from proxy.core import jsons

DELTA: Final = "content_block_delta"
"""The event's name and type."""
FIELDS: Final = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "input_json_delta": "partial_json",
}
"""Where each kind of delta has its piece."""


class _Text(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False, tag="text_delta"):
    kind: ClassVar = "text_delta"
    text: str


class _Thinking(
    jsons.Struct,
    forbid_unknown_fields=True,
    frozen=True,
    gc=False,
    tag="thinking_delta",
    rename={"text": "thinking"},
):
    kind: ClassVar = "thinking_delta"
    text: str


class _Arguments(
    jsons.Struct,
    forbid_unknown_fields=True,
    frozen=True,
    gc=False,
    tag="input_json_delta",
    rename={"text": "partial_json"},
):
    kind: ClassVar = "input_json_delta"
    text: str


Delta: TypeAlias = _Text | _Thinking | _Arguments
"""A piece: its `kind`, and its `text`."""


class Piece(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """One event."""

    type: Literal["content_block_delta"]
    index: int
    delta: Delta


read: Final = jsons.Form(Piece).read
"""The event that a payload is; None where it is of any other form."""
