"""Content parts of the chat API as content blocks: one small function per kind of part.

Invariant: no block is empty, because the provider refuses a request for one.
Source: https://platform.claude.com/docs/en/api/messages, .../build-with-claude/vision and .../pdf-support
(read 2026-11-20).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from proxy.codecs.anthropic.caching import MARKS, marked
from proxy.codecs.plain.complaint import a_string, an_object, invalid, unsupported, wrong_type
from proxy.codecs.plain.parts import data_url, is_web
from proxy.core.shape import Json

_IMAGES: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_ADDRESS: Final = "an http(s) URL or a data URL"
_PDF: Final = "application/pdf"
_BYTES: Final = "application/octet-stream"
_TEXT: Final = "text/plain"
_TEXTS: Final = frozenset(
    f"application/{kind}"
    for kind in ("json", "xml", "yaml", "x-yaml", "javascript", "x-ndjson", "toml", "sql", "x-sh")
)
_SOURCES: Final = (
    "txt", "md", "rst", "csv", "tsv", "json", "jsonl", "xml", "html", "htm", "css", "yaml", "yml", "toml", "ini",
    "log", "sql", "sh", "py", "js", "ts", "tsx", "jsx", "java", "c", "h", "cpp", "go", "rs", "rb", "php", "tex",
)  # fmt: skip
_ENDINGS: Final = {
    "pdf": _PDF,
    "jpg": "image/jpeg",
    **{media.removeprefix("image/"): media for media in _IMAGES},
    **dict.fromkeys(_SOURCES, _TEXT),
}
"""Media types by the ending of a file's name; of texts it matters only that they are texts."""

_PDF_MAGIC: Final = "JVBERi0"
"""The first bytes of any PDF, in base64."""


def text_block(text: str) -> Json | None:
    """A text block; None for text that says nothing."""
    return {"type": "text", "text": text} if text.strip() else None


def blocks_of(content: Any, path: str, kinds: Kinds | None = None) -> list[Json]:
    """The blocks of a message's content, empty ones left out.

    Args:
        content: A string, an array of parts, or None.
        path: Where it stands in the request, for messages.
        kinds: The kinds of part that may stand here; all that a user may send by default.

    Raises:
        ProxyError: UNSUPPORTED for a part of another kind, INVALID_REQUEST for one that is not in its form.
    """
    if content is None:
        return []
    if isinstance(content, str):
        block = text_block(content)
        return [block] if block else []
    if not isinstance(content, list):
        raise wrong_type(path, "a string or an array of content parts", content)
    table = USER if kinds is None else kinds
    blocks = [_block(part, f"{path}[{at}]", table) for at, part in enumerate(content)]
    return [block for block in blocks if block]


def _block(part: Any, path: str, kinds: Kinds) -> Json | None:
    kind = an_object(part, path).get("type")
    write = kinds.get(kind) if isinstance(kind, str) else None
    if write is None:
        shown = f"'{kind[:64]}'" if isinstance(kind, str) else "without a type"
        raise unsupported(f"This model takes no content part {shown} here.", path)
    block = write(part, path)
    return marked(block, part) if block else None


def _text(part: Json, path: str) -> Json | None:
    return text_block(a_string(part.get("text"), f"{path}.text"))


def _refusal(part: Json, path: str) -> Json | None:
    return text_block(a_string(part.get("refusal"), f"{path}.refusal"))


def _image(part: Json, path: str) -> Json:
    where = f"{path}.image_url"
    image = part.get("image_url")
    url = image if isinstance(image, str) else an_object(image, where).get("url")
    return {"type": "image", "source": _image_source(a_string(url, f"{where}.url"), f"{where}.url")}


def _image_source(url: str, path: str) -> Json:
    if is_web(url):
        return {"type": "url", "url": url}
    media, data = data_url(url, path, _ADDRESS)
    if media not in _IMAGES:
        raise unsupported(
            f"This model takes images as JPEG, PNG, GIF or WebP, but got '{media}'.", path
        )
    return {"type": "base64", "media_type": media, "data": data}


def _audio(_part: Json, path: str) -> Json:
    raise unsupported("This model takes no audio.", path)


def _file(part: Json, path: str) -> Json | None:
    where = f"{path}.file"
    file = an_object(part.get("file"), where)
    name = file.get("filename")
    title = name if isinstance(name, str) and name.strip() else None
    if file.get("file_id") is not None:
        source: Json = {"type": "file", "file_id": a_string(file["file_id"], f"{where}.file_id")}
        return _document(source, title)
    where = f"{where}.file_data"
    data = a_string(file.get("file_data"), where)
    if is_web(data):
        return _document({"type": "url", "url": data}, title)
    media, data = _file_data(data, title, where)
    if media in _IMAGES:
        return {"type": "image", "source": {"type": "base64", "media_type": media, "data": data}}
    if media == _PDF:
        return _document({"type": "base64", "media_type": _PDF, "data": data}, title)
    if media.startswith("text/") or media in _TEXTS:
        return _text_file(data, title, where)
    raise unsupported(f"This model takes PDF, text and image files, but got '{media}'.", where)


def _text_file(data: str, title: str | None, path: str) -> Json | None:
    try:
        text = base64.b64decode(data, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raise invalid(f"Invalid '{path}': expected base64 of UTF-8 text.", path) from None
    if not text.strip():
        return None
    return _document({"type": "text", "media_type": _TEXT, "data": text}, title)


def _file_data(data: str, name: str | None, path: str) -> tuple[str, str]:
    """The media type and the base64 of a file, from a data URL, its name or its first bytes."""
    if data[:5].lower() == "data:":
        media, data = data_url(data, path, _ADDRESS)
        if media not in (_BYTES, ""):
            return media, data
    ending = name.rpartition(".")[2].lower() if name else ""
    unknown = _PDF if data.startswith(_PDF_MAGIC) else _BYTES
    return _ENDINGS.get(ending, unknown), data


def _document(source: Json, title: str | None) -> Json:
    block: Json = {"type": "document", "source": source}
    return {**block, "title": title} if title else block


def _native(part: Json, _path: str) -> Json:
    """A block that is in the provider's own form already."""
    return {name: value for name, value in part.items() if name not in MARKS}


Kinds: TypeAlias = dict[str, Callable[[Json, str], Json | None]]

SYSTEM: Final[Kinds] = {"text": _text}
ASSISTANT: Final[Kinds] = {"text": _text, "refusal": _refusal}
USER: Final[Kinds] = {
    "text": _text,
    "image_url": _image,
    "input_audio": _audio,
    "file": _file,
    "document": _native,
    "image": _native,
    "search_result": _native,
}
"""By the kind of part; the last three are blocks of the provider's own, which some callers send."""
