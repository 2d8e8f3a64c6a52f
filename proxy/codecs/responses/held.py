"""What the items of one answer share: slots of calls, encrypted reasoning, and what was said so far.

Encrypted reasoning goes out twice, as `thinking_blocks` and inside the id of the tool call that follows it, so that it
comes back from clients that keep extensions and from those that only echo ids. As nobody can read it, it waits for
what it led to.

A chat message has one text and one reasoning. What the provider said in several is told in these one after the other,
set apart by a blank line.

Invariant: what is held back for later never exceeds the characters it was given room for.
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.responses.replay import block_of, maker_of
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import MAX_CALLS
from proxy.core.shape import Chunk, ChunkChoice, Json
from proxy.core.state import pack

APART: Final = "\n\n"
"""Between texts that the provider gave apart from each other."""


class Held:
    """The state behind the items of one answer.

    Args:
        build: Makes the answer's chunks.
        provider: Whose answer it is; empty where that is not known.
        model: The target's name for the model; empty for the one that the provider says.
        room: Characters that may be held back.
        apart: What stands between texts that are apart.
    """

    def __init__(
        self, build: Builder, provider: str, model: str, room: int, apart: str = APART
    ) -> None:
        self.build = build
        self.apart = apart
        self.slots = 0
        """Tool calls so far."""
        self.written = 0
        """Characters of text so far; annotations point into it."""
        self._thought = False
        """Whether any text of the reasoning was told."""
        self._provider = provider
        self._model = model
        self._room = room
        self._unpacked: list[Json] = []
        self._waiting: list[Json] = []

    def text(self, piece: str, logprobs: Any = None) -> list[Chunk]:
        """A piece of the answer's text, perhaps with the log probabilities of its tokens."""
        self.written += len(piece)
        if isinstance(logprobs, list) and logprobs:
            choice: ChunkChoice = {
                "index": 0,
                "delta": {"content": piece},
                "finish_reason": None,
                "logprobs": {"content": logprobs},
            }
            return self.say(self.build.choice(choice))
        return self.say(self.build.text(piece))

    def next_text(self) -> list[Chunk]:
        """A further message's text begins: what stands between it and the text before it."""
        return self.text(self.apart) if self.written and self.apart else []

    def next_thought(self) -> list[Chunk]:
        """A further item's reasoning begins: likewise."""
        return self.thought(self.apart) if self._thought and self.apart else []

    def thought(self, piece: str) -> list[Chunk]:
        """A piece of the reasoning's text."""
        self._thought = True
        return self.say(self.build.reasoning(piece))

    def say(self, chunk: Chunk) -> list[Chunk]:
        """Something that a reader notices, after the reasoning that waited for it."""
        if not self._waiting:
            return [chunk]
        waiting, self._waiting = self._waiting, []
        return [self.build.delta({"thinking_blocks": waiting}), chunk]

    def keep(self, item: Json) -> None:
        """An item of reasoning, whole.

        Raises:
            ProxyError: OVERSIZED where all of them together are more than there is room for.
        """
        block = block_of(item, late=self.written > 0)
        if block is None:
            return
        self._room -= len(block["id"]) + len(block["encrypted_content"])
        if self._room < 0:
            raise ProxyError(
                Kind.OVERSIZED, "the reasoning of the answer is larger than max_answer"
            )
        self._unpacked.append(block)
        self._waiting.append({**block, "maker": self._maker})

    def call(self, id: str) -> tuple[int, str]:  # noqa: A002 (the wire's own word)
        """The slot of the next tool call, and its id with the reasoning since the call before it.

        Raises:
            ProxyError: MALFORMED for more calls than any real answer has.
        """
        if self.slots >= MAX_CALLS:
            raise ProxyError(Kind.MALFORMED, f"the provider sent more than {MAX_CALLS} tool calls")
        slot = self.slots
        self.slots += 1
        blocks, self._unpacked = self._unpacked, []
        return slot, pack(id or f"{self.build.id}_{slot}", self._maker, blocks)

    @property
    def _maker(self) -> str:
        return maker_of(self._provider, self._model or self.build.model)
