"""What an assistant did in one go, gathered from its items into one chat message.

Invariant: the items that were nothing but somebody else's encrypted reasoning leave no message behind.
"""

from __future__ import annotations

from collections.abc import Iterable

from proxy.core.shape import Json


class Turn:
    """The assistant's message while its items come."""

    def __init__(self) -> None:
        self._parts: list[Json] = []
        self._refusals: list[str] = []
        self._thoughts: list[str] = []
        self._blocks: list[Json] = []
        self._images: list[Json] = []
        self._calls: list[Json] = []
        self.ids: set[str] = set()
        """Of the calls."""

    def say(self, content: str | list[Json]) -> None:
        """A message's text and refusals."""
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        for part in parts:
            if part["type"] == "refusal":
                self._refusals.append(part["refusal"])
            else:
                self._parts.append(part)

    def think(self, text: str, blocks: Iterable[Json] | None) -> None:
        """Reasoning: its text, and what was sealed of it; None where that is another's secret."""
        if text:
            self._thoughts.append(text)
        self._blocks += blocks or ()

    def show(self, image: str) -> None:
        """A picture, in its address."""
        self._images.append({"type": "image_url", "image_url": {"url": image}})

    def call(self, call: Json) -> None:
        """A call of a tool."""
        self._calls.append(call)
        self.ids.add(call["id"])

    def message(self) -> Json | None:
        """The message; None where there is nothing to say."""
        message: Json = {}
        if self._thoughts:
            message["reasoning_content"] = "\n\n".join(self._thoughts)
        if self._blocks:
            message["thinking_blocks"] = self._blocks
        if self._refusals:
            message["refusal"] = "".join(self._refusals)
        if self._images:
            message["images"] = self._images
        if self._calls:
            message["tool_calls"] = self._calls
        if not message and not self._parts:
            return None
        return {"role": "assistant", "content": self._content(), **message}

    def _content(self) -> str | list[Json] | None:
        if len(self._parts) == 1 and self._parts[0].keys() == {"type", "text"}:
            return str(self._parts[0]["text"])
        return self._parts or None
