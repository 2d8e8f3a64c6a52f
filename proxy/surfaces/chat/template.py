"""Frames that differ in their text alone: most chunks of a translated answer.

The first of them is encoded; those after it are its bytes with their own text in its place.

Invariant: what is made is byte for byte what encoding the chunk would make.
"""

from __future__ import annotations

from typing import Any, Final, cast

from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.shape import INNER, Chunk, ChunkChoice, Json

_OBJECT: Final = "chat.completion.chunk"
_TEXTS: Final = frozenset({"content", "reasoning_content"})
_CHUNK: Final = frozenset({"id", "object", "created", "model", "choices"})
_CHOICE: Final = frozenset({"index", "delta", "finish_reason"})
_MARK: Final = "\0text\0"
"""Stands for the text while the rest is encoded; as JSON it is found nowhere else."""

_Parts = tuple[bytes, bytes]


def spoken(chunk: Chunk) -> Chunk:
    """A chunk without what is only ever said inside this house."""
    inner = INNER.intersection(chunk)
    return cast(Chunk, {k: v for k, v in chunk.items() if k not in inner}) if inner else chunk


class Template:
    """The frames of one answer."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: dict[tuple[str, ...], _Parts | None] = {}
        """What stands before and after the text, by the order of the members; None where there are others."""

    def fill(self, chunk: Chunk, builder: Builder) -> bytes | None:
        """The frame of a chunk that is text of choice 0 and nothing more, or the frames of its pieces.

        Args:
            chunk: What is said.
            builder: Has the identity of the answer, which the chunk must have too.

        Returns:
            None for any other chunk.
        """
        choices = chunk.get("choices")
        if not choices or len(choices) != 1:
            return None
        choice = choices[0]
        delta = cast(Json, choice.get("delta"))
        if not delta or len(delta) != 1:
            return None
        (kind, text), *_ = delta.items()
        if kind not in _TEXTS or type(text) is not str or choice.get("finish_reason") is not None:
            return None
        if (
            choice.get("index") != 0
            or chunk.get("id") != builder.id
            or chunk.get("created") != builder.created
            or chunk.get("model") != builder.model
            or chunk.get("object") != _OBJECT
        ):
            return None
        parts = self._for(chunk, choice, kind)
        return None if parts is None else _written(text, chunk.get("pieces"), *parts)

    def _for(self, chunk: Chunk, choice: ChunkChoice, kind: str) -> _Parts | None:
        order = (kind, *chunk, *choice)
        if order not in self._parts:
            self._parts[order] = _parts(chunk, choice, kind)
        return self._parts[order]


def _written(text: str, pieces: list[str] | None, head: bytes, tail: bytes) -> bytes:
    # Who changed the text on its way left the pieces as they were.
    if pieces is None or "".join(pieces) != text:
        return b"".join((head, jsons.encode(text), tail))
    return b"".join((head, (tail + head).join(jsons.encode_lines(pieces)), tail))


def _parts(chunk: Chunk, choice: ChunkChoice, kind: str) -> _Parts | None:
    chunk = spoken(chunk)
    if not (_CHUNK.issuperset(chunk) and _CHOICE.issuperset(choice)):
        return None
    marked: Any = {**chunk, "choices": [{**choice, "delta": {kind: _MARK}}]}
    head, _, tail = jsons.encode(marked).partition(jsons.encode(_MARK))
    return b"data: " + head, tail + b"\n\n"
