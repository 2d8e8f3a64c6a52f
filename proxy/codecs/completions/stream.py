"""Reads a streamed text completion as the chat stream that it is but for the place of its text.

A frame that says in chat what it says by itself carries its own bytes as `native`.

Source: https://platform.openai.com/docs/api-reference/completions/create (`stream`, read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.completions.chat import as_chat
from proxy.codecs.openai.stream import OpenAIStream
from proxy.core.shape import Chunk, Json

DIALECT: Final = "completions"
_OBJECT: Final = "text_completion"
_SAME: Final = ("id", "created", "model")


class CompletionsStream(OpenAIStream):
    """The decoder of one stream; its arguments are those of the chat stream."""

    def _frame(self, frame: Json, payload: bytes, *, relay: bool) -> Chunk | None:
        chunk = super()._frame(as_chat(frame, "delta"), payload, relay=False)
        if chunk is not None and relay and _is_same(frame, chunk) and b"\n" not in payload:
            chunk["native"] = {"dialect": DIALECT, "payload": payload}
        return chunk


def _is_same(frame: Any, chunk: Any) -> bool:
    """Whether nothing of what a client relies on was corrected."""
    if frame.get("object") != _OBJECT or any(frame.get(each) != chunk[each] for each in _SAME):
        return False
    return _ends(frame) == _ends(chunk)


def _ends(answer: Any) -> list[tuple[Any, Any]]:
    choices = answer.get("choices") or ()
    return [(choice.get("index"), choice.get("finish_reason")) for choice in choices]
