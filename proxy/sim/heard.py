"""What a caller heard of one call, put together from what came: the words, the ends, the error.

It reads like a plain OpenAI client that trusts nobody: a field of an odd type is a garbled event and not an exception.

Source: https://platform.openai.com/docs/api-reference/chat-streaming (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from proxy.core import jsons
from proxy.core.shape import Json

DONE: Final = b"[DONE]"


@dataclass(slots=True)
class Heard:
    """One call, from the caller's side. Times are seconds since it was sent."""

    stream: bool
    """Whether a stream was asked for."""
    status: int = 0
    """HTTP status; 0 where no head came."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    text: str = ""
    model: str = ""
    """The model that the answer names."""
    finish: str = ""
    """The finish reason."""
    usage: Json | None = None
    error: Json | None = None
    """The error object, of a body or an event."""
    done: bool = False
    """`[DONE]` came, or a whole answer."""
    garbled: bool = False
    """Something came that no client can read."""
    broken: str = ""
    """How the connection failed, where it did."""
    hung: bool = False
    """The caller gave up waiting."""
    first: float | None = None
    """When the first text came."""
    took: float = 0.0

    @property
    def code(self) -> str:
        """`error.code`, empty where there is none."""
        return str((self.error or {}).get("code") or "")

    def event(self, data: bytes, now: float) -> None:
        """Take the payload of one event of a stream."""
        if data.strip() == DONE:
            self.done = True
            return
        try:
            chunk = jsons.decode_object(data)
        except jsons.JsonError:
            self.garbled = True
            return
        self._take(chunk, "delta", now)

    def body(self, data: bytes, now: float) -> None:
        """Take a body that is no event stream."""
        try:
            answer = jsons.decode_object(data)
        except jsons.JsonError:
            self.garbled = self.status == 200
            return
        self._take(answer, "message", now)
        self.done = self.error is None

    def _take(self, value: Json, part: str, now: float) -> None:
        if value.get("error"):
            error = value["error"]
            self.error = error if isinstance(error, dict) else {"message": str(error)}
            return
        try:
            for choice in value.get("choices") or ():
                self._choice(choice, part, now)
            self.usage = value.get("usage") or self.usage
            self.model = value.get("model") or self.model
        except (AttributeError, TypeError):
            self.garbled = True

    def _choice(self, choice: Json, part: str, now: float) -> None:
        text = (choice.get(part) or {}).get("content") or ""
        if text and self.first is None:
            self.first = now
        self.text += text
        self.finish = choice.get("finish_reason") or self.finish
