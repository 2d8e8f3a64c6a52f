"""One answer while it is being read: streams and whole answers go through the same few verbs, so that both say the same.

What the model plans to do with its tools is reasoning, as its thoughts are.

Invariant: the role comes first and once; nothing comes after the finish but usage.
Source: https://docs.cohere.com/v2/docs/streaming (read 2026-11-20).
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from proxy.codecs.cohere import faults
from proxy.codecs.cohere.calls import Calls
from proxy.codecs.cohere.citations import annotations_of
from proxy.codecs.cohere.finish import finish_reason
from proxy.codecs.cohere.logprobs import logprobs_of
from proxy.codecs.cohere.tokens import usage_of
from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Chunk, ChunkChoice, Json
from proxy.core.usage import Usage

MAX_BLOCKS = 1024
"""Content blocks of one answer; real ones have two."""


class Answer:
    """Makes the chunks of one answer.

    Args:
        created: Seconds since 1970; the provider gives none.
        model: The model's name; the provider gives none.
        room: Characters that the arguments of all tool calls may have.
    """

    def __init__(self, created: int, model: str, room: int) -> None:
        self._build = Builder(created, model=model)
        self.calls = Calls(self._build, room)
        self.told: Usage | None = None
        """The usage of an answer that ended with a failure."""
        self._begun = False
        self._written = 0
        """Characters of content so far; citations point into it."""
        self._starts: dict[int, int] = {}
        """Where each block of text begins, by the provider's index."""

    def begin(self, value: Json) -> list[Chunk]:
        """The answer opens, unless it is open. Its id is in what it opens with, or is made up from that."""
        if self._begun:
            return []
        self._begun = True
        mark = value.get("id")
        if not isinstance(mark, str) or not mark:
            mark = f"chatcmpl-{sha256(jsons.encode(value)).hexdigest()[:24]}"
        self._build.id = mark
        return [self._build.role()]

    def block(self, index: Any, content: Any) -> list[Chunk]:
        """A content block opens, perhaps with what it says.

        Raises:
            ProxyError: MALFORMED.
        """
        if isinstance(content, dict) and content.get("type") == "text" and isinstance(index, int):
            if len(self._starts) >= MAX_BLOCKS:
                raise ProxyError(
                    Kind.MALFORMED, f"the provider sent more than {MAX_BLOCKS} content blocks"
                )
            self._starts[index] = self._written
        return self.say(content)

    def say(self, content: Any, logprobs: Any = None) -> list[Chunk]:
        """A piece of text or thought."""
        if not isinstance(content, dict):
            return []
        text = content.get("text")
        chunks = self.plan(content.get("thinking"))
        if not isinstance(text, str) or not text:
            return chunks
        self._written += len(text)
        probable = logprobs_of(logprobs)
        if probable is None:
            return [*chunks, self._build.text(text)]
        told: ChunkChoice = {
            "index": 0,
            "delta": {"content": text},
            "logprobs": probable,
            "finish_reason": None,
        }
        return [*chunks, self._build.choice(told)]

    def plan(self, text: Any) -> list[Chunk]:
        """A piece of what the model thinks, or plans to do with its tools."""
        return [self._build.reasoning(text)] if isinstance(text, str) and text else []

    def cite(self, citation: Any) -> list[Chunk]:
        """A citation."""
        notes = annotations_of(citation, self._starts)
        return [self._build.delta({"annotations": notes})] if notes else []

    def end(self, end: Json) -> list[Chunk]:
        """The answer ends: the rest of its calls, the finish, and usage.

        Args:
            end: `finish_reason`, `usage`, and perhaps `error` and `error_type`.

        Raises:
            ProxyError: the failure that it ended with; MALFORMED where a call that the caller is told to run has
                arguments that are not JSON.
        """
        native = end.get("finish_reason")
        if failure := faults.end_fault(native, end.get("error"), end.get("error_type")):
            self.told = usage_of(end.get("usage"))
            raise failure
        chunks = [*self.begin(end), *self.calls.close()]
        reason = finish_reason(native, called=bool(self.calls))
        if reason == "tool_calls":
            self.calls.check()
        chunks.append(self._build.finish(reason))
        usage = usage_of(end.get("usage"))
        return [*chunks, self._build.usage(usage)] if usage else chunks
