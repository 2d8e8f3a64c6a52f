"""Builds chunks and completions: the only place where the chat shape is spelled out.

A `Builder` is made per answer and gives every chunk of it the same `id`, `created` and `model`.
"""

from __future__ import annotations

from proxy.core.shape import (
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    Delta,
    Json,
    Message,
    ToolCallDelta,
)
from proxy.core.usage import Usage


class Builder:
    """Makes the chunks of one answer.

    Args:
        created: Seconds since 1970, the same in every chunk.
        id: The answer's id; a codec sets it when the provider has said it.
        model: The model as the provider names it.
    """

    __slots__ = (
        "created",
        "id",
        "model",
    )

    def __init__(self, created: int, id: str = "", model: str = "") -> None:  # noqa: A002
        self.created = created
        self.id = id
        self.model = model

    def role(self, index: int = 0) -> Chunk:
        """The opening chunk of a choice."""
        return self.delta({"role": "assistant", "content": ""}, index)

    def text(self, text: str, index: int = 0) -> Chunk:
        """A piece of the answer's text."""
        return self.delta({"content": text}, index)

    def texts(self, texts: list[str], index: int = 0) -> list[Chunk]:
        """Pieces of the answer's text that came together, as one chunk; none where they say nothing."""
        pieces = [text for text in texts if text]
        if len(pieces) < 2:
            return [self.delta({"content": pieces[0]}, index)] if pieces else []
        chunk = self.delta({"content": "".join(pieces)}, index)
        chunk["pieces"] = pieces
        return [chunk]

    def reasoning(self, text: str, index: int = 0) -> Chunk:
        """A piece of the reasoning's text."""
        return self.delta({"reasoning_content": text}, index)

    def refusal(self, text: str, index: int = 0) -> Chunk:
        """A piece of a refusal."""
        return self.delta({"refusal": text}, index)

    def tool_open(self, slot: int, id: str, name: str, index: int = 0) -> Chunk:  # noqa: A002
        """The opening of tool call number `slot` (0-based, dense, per choice)."""
        call: ToolCallDelta = {
            "index": slot,
            "id": id,
            "type": "function",
            "function": {"name": name, "arguments": ""},
        }
        return self.delta({"tool_calls": [call]}, index)

    def tool_arguments(self, slot: int, piece: str, index: int = 0) -> Chunk:
        """A piece of the arguments of tool call number `slot`."""
        call: ToolCallDelta = {"index": slot, "function": {"arguments": piece}}
        return self.delta({"tool_calls": [call]}, index)

    def custom_open(self, slot: int, id: str, name: str, index: int = 0) -> Chunk:  # noqa: A002
        """The opening of tool call number `slot`, of a custom tool."""
        call: ToolCallDelta = {
            "index": slot,
            "id": id,
            "type": "custom",
            "custom": {"name": name, "input": ""},
        }
        return self.delta({"tool_calls": [call]}, index)

    def custom_input(self, slot: int, piece: str, index: int = 0) -> Chunk:
        """A piece of the free text that tool call number `slot` gives to a custom tool."""
        call: ToolCallDelta = {"index": slot, "custom": {"input": piece}}
        return self.delta({"tool_calls": [call]}, index)

    def finish(self, reason: str, index: int = 0) -> Chunk:
        """The end of a choice."""
        return self._chunk([{"index": index, "delta": {}, "finish_reason": reason}])

    def usage(self, usage: Usage) -> Chunk:
        """The usage of the whole answer, in a chunk without choices."""
        chunk = self._chunk([])
        chunk["usage"] = usage.wire()
        return chunk

    def silent(self) -> Chunk:
        """A chunk that says nothing in chat, to carry what only a caller of the provider's own dialect reads."""
        return self._chunk([])

    def delta(self, delta: Delta, index: int = 0) -> Chunk:
        """A chunk with any one delta."""
        return {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": [{"index": index, "delta": delta, "finish_reason": None}],
        }

    def choice(self, choice: ChunkChoice) -> Chunk:
        """A chunk with any one choice."""
        return self._chunk([choice])

    def completion(
        self, message: Message, finish_reason: str | None, usage: Usage | None
    ) -> Completion:
        """A whole answer of one choice."""
        choice: Choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": finish_reason,
        }
        return self.whole([choice], usage.wire() if usage else None)

    def whole(self, choices: list[Choice], usage: Json | None) -> Completion:
        """A whole answer of any choices."""
        return {
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": choices,
            "usage": usage,
        }

    def _chunk(self, choices: list[ChunkChoice]) -> Chunk:
        return {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": choices,
        }
