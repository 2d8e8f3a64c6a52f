"""A reasoning item of somebody else's, followed so far that it can be closed where its answer broke off.

Source: https://developers.openai.com/api/reference/resources/responses/streaming-events (read 2026-11-21).
"""

from __future__ import annotations

from typing import ClassVar

from proxy.core.shape import Json
from proxy.surfaces.responses.output import Item

_SUMMARY = "summary_text"


class Thought(Item):
    """`reasoning`, with a summary, its very text, or both, in parts."""

    prefix: ClassVar = "rs"

    def __init__(self, mark: str, index: int) -> None:
        super().__init__(mark, index)
        self._parts: list[tuple[str, list[str]]] = []
        self._open = False

    def follow(self, kind: str) -> None:
        """A part was opened."""
        self._parts.append((kind, []))
        self._open = True

    def leave(self) -> None:
        """The part that was open is closed."""
        self._open = False

    def grow(self, piece: str) -> None:
        """A piece of the part that is open."""
        if self._open:
            self._parts[-1][1].append(piece)

    def whole(self, _status: str) -> Json:
        """The item as it stands. Nothing of it is sealed, because nobody but its maker could."""
        summary, content = self._texts(summary=True), self._texts(summary=False)
        item: Json = {"id": self.mark, "type": "reasoning", "summary": summary}
        return {**item, "content": content} if content else item

    def rest(self, _status: str) -> list[Json]:
        """The end of the part that is open."""
        if not self._open:
            return []
        self._open = False
        kind, pieces = self._parts[-1]
        text = "".join(pieces)
        part = {"type": kind, "text": text}
        if kind == _SUMMARY:
            place = {"summary_index": len(self._texts(summary=True)) - 1}
            done, closed = "reasoning_summary_text.done", "reasoning_summary_part.done"
        else:
            place = {"content_index": len(self._texts(summary=False)) - 1}
            done, closed = "reasoning_text.done", "content_part.done"
        return [self.event(done, **place, text=text), self.event(closed, **place, part=part)]

    def _texts(self, *, summary: bool) -> list[Json]:
        return [
            {"type": kind, "text": "".join(pieces)}
            for kind, pieces in self._parts
            if (kind == _SUMMARY) is summary
        ]
