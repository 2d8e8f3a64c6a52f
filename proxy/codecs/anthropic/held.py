"""What the content blocks of one answer share: slots of calls, signed reasoning, and a bound on what is held back.

Signed reasoning goes out twice, as `thinking_blocks` and inside the id of the tool call that follows it, so that it
comes back from clients that keep extensions and from those that only echo ids.

Invariant: what is held back for later never exceeds the characters it was given room for.
"""

from __future__ import annotations

from proxy.codecs.anthropic.draft import maker_of
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import MAX_CALLS
from proxy.core.shape import Chunk, Json
from proxy.core.state import pack


class Held:
    """The state behind the blocks of one answer.

    Args:
        build: Makes the answer's chunks.
        room: Characters that may be held back.
    """

    def __init__(self, build: Builder, room: int) -> None:
        self.build = build
        self.slots = 0
        """Tool calls so far."""
        self.spoke = False
        """Whether anything was said that a reader would notice."""
        self.broken = ""
        """The name of a tool that was called with arguments that are not JSON."""
        self.written = 0
        """Characters of text so far; citations point into it."""
        self.queries: dict[str, str] = {}
        """What searches asked for, by the ids of their calls, until what they found is told."""
        self._signed: list[Json] = []
        self._room = room

    def keep(self, text: str) -> str:
        """Count text that is held back.

        Raises:
            ProxyError: OVERSIZED where all of it together is more than there is room for.
        """
        self._room -= len(text)
        if self._room < 0:
            raise ProxyError(
                Kind.OVERSIZED,
                "the reasoning and tool arguments of the answer are larger than max_answer",
            )
        return text

    def text(self, piece: str) -> list[Chunk]:
        """A piece of the answer's text."""
        if not piece:
            return []
        self.spoke = True
        self.written += len(piece)
        return [self.build.delta({"content": piece})]

    def texts(self, pieces: list[str]) -> list[Chunk]:
        """Pieces of the answer's text that came together."""
        chunks = self.build.texts(pieces)
        if chunks:
            self.spoke = True
            self.written += sum(map(len, pieces))
        return chunks

    def reasoning(self, piece: str) -> list[Chunk]:
        """A piece of the reasoning's text."""
        if not piece:
            return []
        self.spoke = True
        return [self.build.delta({"reasoning_content": piece})]

    def sign(self, block: Json) -> list[Chunk]:
        """A block of signed reasoning, whole."""
        self._signed.append(block)
        return [self.build.delta({"thinking_blocks": [block]})]

    def slot(self) -> int:
        """The number of the next tool call.

        Raises:
            ProxyError: MALFORMED for more calls than any real answer has.
        """
        if self.slots >= MAX_CALLS:
            raise ProxyError(Kind.MALFORMED, f"the provider sent more than {MAX_CALLS} tool calls")
        self.spoke = True
        self.slots += 1
        return self.slots - 1

    def packed(self, id: str) -> str:  # noqa: A002 (the wire's own word)
        """The id of a call, with the signed blocks that came since the call before it."""
        signed, self._signed = self._signed, []
        return pack(id, maker_of(self.build.model), signed)
