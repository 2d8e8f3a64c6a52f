"""The blocks of one answer that are open: what an answer does with them, whichever protocol it comes in.

Blocks follow each other, so that even two at a time are odd; but nothing says that they must.
"""

from __future__ import annotations

from typing import Final

from proxy.codecs.anthropic.blocks import Block, Text
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Chunk

MAX_OPEN: Final = 1024
"""Blocks that may be open at a time."""


class Opened:
    """An answer, as far as it is about its open blocks."""

    def __init__(self) -> None:
        self._open: dict[int, Block] = {}

    def say(self, index: int, kind: str, text: str) -> list[Chunk] | None:
        """Add a piece of text to a block.

        Args:
            index: The block's.
            kind: Of the delta, in the words of Messages.
            text: The piece.

        Returns:
            None, and nothing is done, where no open block takes such a piece: then it needs a look at the whole event.
        """
        block = self._open.get(index)
        if block is None:
            return None
        say = block.pieces.get(kind)
        return say(block, text) if say else None

    def takes_text(self, index: int) -> bool:
        """Whether a block is open there, and is one of text."""
        return isinstance(self._open.get(index), Text)

    def write(self, index: int, texts: list[str]) -> list[Chunk] | None:
        """Add pieces of text that came together to a block of text; None, and nothing is done, where it is none."""
        block = self._open.get(index)
        return block.held.texts(texts) if isinstance(block, Text) else None

    def close(self, index: int) -> list[Chunk]:
        """The end of a block, or what stands for it."""
        block = self._open.pop(index, None)
        return block.stop() if block else []

    def _hold(self, index: int, block: Block) -> list[Chunk]:
        """Hold a block that was opened; what ends by that.

        Raises:
            ProxyError: MALFORMED for more blocks at a time than any real answer has.
        """
        # Calls follow each other in chat: one is finished before the next is opened.
        chunks = self._close_calls() if block.calls else []
        if len(self._open) >= MAX_OPEN:
            raise ProxyError(
                Kind.MALFORMED, f"the provider sent more than {MAX_OPEN} content blocks at a time"
            )
        self._open[index] = block
        return chunks

    def _close_calls(self) -> list[Chunk]:
        calls = [index for index, block in self._open.items() if block.calls]
        return [chunk for index in calls for chunk in self.close(index)]
