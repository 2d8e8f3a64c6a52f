"""Content blocks of a Messages request as content parts of a chat message: one small function per kind of block.

A document goes as a file where a file can say all of it. Where it cannot (citations, a context of its own), and for
every kind that chat has no part for, the block goes on as it came: a codec that can write it does, another says so.

Source: https://platform.claude.com/docs/en/api/messages, .../build-with-claude/vision and .../pdf-support
(read 2026-11-20).
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, Final

from proxy.core.shape import Json
from proxy.surfaces.messages.typed import array, mapping, text

_NAMES: Final = {"application/pdf": "document.pdf", "text/plain": "document.txt"}
"""What a file is called whose block has no title: some providers take none without a name."""


def marked(made: Json, block: Json) -> Json:
    """What was made of a block, with the block's prompt-cache mark."""
    mark = block.get("cache_control")
    return {**made, "cache_control": mark} if isinstance(mark, dict) else made


def parts_of(blocks: object, path: str) -> list[Json]:
    """The parts of a message's content, in order.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    return [part_of(block, f"{path}.{at}") for at, block in enumerate(array(blocks, path))]


def part_of(block: Any, path: str) -> Json:
    """The part for one block.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    kind = text(mapping(block, path), "type", path)
    made = _PARTS[kind](block, path) if kind in _PARTS else None
    return block if made is None else marked(made, block)


def shortest(parts: list[Json]) -> str | list[Json]:
    """A content as a string where it is one text without a mark, which every server takes."""
    if len(parts) == 1 and parts[0].keys() == {"type", "text"}:
        return str(parts[0]["text"])
    return parts


def _text(block: Json, path: str) -> Json:
    return {"type": "text", "text": text(block, "text", path)}


def _image(block: Json, path: str) -> Json | None:
    source = mapping(block.get("source"), f"{path}.source")
    url = _url(source, f"{path}.source")
    return None if url is None else {"type": "image_url", "image_url": {"url": url}}


def _document(block: Json, path: str) -> Json | None:
    where = f"{path}.source"
    source = mapping(block.get("source"), where)
    if block.get("context") or _cites(block.get("citations")):
        return None
    if source.get("type") == "file":
        return {"type": "file", "file": {"file_id": text(source, "file_id", where)}}
    url = _url(source, where)
    if url is None:
        return None
    title = block.get("title")
    name = title if isinstance(title, str) and title else _NAMES.get(_media(source), "document.pdf")
    return {"type": "file", "file": {"filename": name, "file_data": url}}


def _reference(block: Json, path: str) -> Json:
    """A deferred tool that the caller's own search has found: everywhere else all tools are offered from the start."""
    return {"type": "text", "text": f"The tool {text(block, 'tool_name', path)} can be called now."}


def _url(source: Json, path: str) -> str | None:
    """A source as a URL or a data URL; None for one that only its own provider can find."""
    read = _SOURCES.get(text(source, "type", path))
    return read(source, path) if read else None


def _inline(source: Json, path: str) -> str:
    return f"data:{text(source, 'media_type', path)};base64,{text(source, 'data', path)}"


def _plain(source: Json, path: str) -> str:
    data = base64.b64encode(text(source, "data", path).encode(errors="replace")).decode()
    return f"data:{_media(source)};base64,{data}"


def _remote(source: Json, path: str) -> str:
    return text(source, "url", path)


def _media(source: Json) -> str:
    given = source.get("media_type")
    if isinstance(given, str):
        return given
    return "text/plain" if source.get("type") == "text" else ""


def _cites(citations: object) -> bool:
    return isinstance(citations, dict) and citations.get("enabled") is True


_SOURCES: Final[dict[str, Callable[[Json, str], str]]] = {
    "base64": _inline,
    "text": _plain,
    "url": _remote,
}
_PARTS: Final[dict[str, Callable[[Json, str], Json | None]]] = {
    "text": _text,
    "image": _image,
    "document": _document,
    "tool_reference": _reference,
}
