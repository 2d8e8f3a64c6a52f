"""Takes away pieces of reasoning that a server sends twice in a row.

Source: https://docs.x.ai/docs/guides/reasoning (read 2026-11-21).
"""

from __future__ import annotations

from typing import Final

from proxy.codecs.vendors.content import without
from proxy.codecs.vendors.said import over_choices
from proxy.core.shape import Json

_TELLING: Final = 16
"""Characters. A shorter piece may honestly come twice: a line end, a number, a word."""
_FIELDS: Final = ("reasoning_content", "reasoning")


class RepeatedReasoning:
    """Remembers the last piece of each choice of one answer."""

    def __init__(self) -> None:
        self._last: dict[int, object] = {}

    def __call__(self, frame: Json) -> Json:
        """The frame without a piece that repeats the last one."""
        return over_choices(frame, self._once)

    def _once(self, index: int, said: Json) -> Json:
        piece = said.get("reasoning_content") or said.get("reasoning")
        repeated = piece == self._last.get(index) and isinstance(piece, str)
        if isinstance(piece, str) and repeated and len(piece) >= _TELLING:
            return without(said, *_FIELDS)
        if piece or said.get("content") or said.get("tool_calls"):
            self._last[index] = piece
        return said
