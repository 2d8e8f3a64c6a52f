"""Images, audio, video and files of a chat request as inline data or as an address that Google reads itself.

Source: https://ai.google.dev/api/caching#Part and .../gemini-api/docs/file-input-methods (read 2026-11-20).
"""

from __future__ import annotations

import base64
import binascii
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

from proxy.codecs.plain.complaint import invalid
from proxy.core.shape import Json

PDF: Final = "application/pdf"
_BYTES: Final = "application/octet-stream"
_TEXT: Final = "text/plain"
_SAME: Final = {"image/jpg": "image/jpeg", "audio/mpeg": "audio/mp3", "audio/x-wav": "audio/wav"}
_TEXTS: Final = frozenset(
    f"application/{kind}"
    for kind in ("json", "xml", "yaml", "x-yaml", "javascript", "x-ndjson", "toml", "sql", "x-sh")
)
_SOURCES: Final = (
    "txt", "md", "rst", "csv", "tsv", "json", "jsonl", "xml", "html", "htm", "css", "yaml", "yml", "toml", "ini",
    "log", "sql", "sh", "py", "js", "ts", "tsx", "jsx", "java", "c", "h", "cpp", "go", "rs", "rb", "php", "tex",
)  # fmt: skip
_ENDINGS: Final = {
    "pdf": PDF,
    "jpg": "image/jpeg",
    **{kind: f"image/{kind}" for kind in ("jpeg", "png", "gif", "webp", "heic", "heif")},
    **{kind: f"audio/{kind}" for kind in ("wav", "mp3", "aiff", "aac", "ogg", "flac", "m4a")},
    **{kind: f"video/{kind}" for kind in ("mp4", "mpeg", "avi", "webm", "wmv")},
    "mov": "video/quicktime",
    **dict.fromkeys(_SOURCES, _TEXT),
}
"""Media types by the ending of a file's name; of texts it matters only that they are texts."""

_REMOTE: Final = frozenset({"http", "https", "gs"})
_YOUTUBE: Final = frozenset({"youtube.com", "www.youtube.com", "youtu.be", "m.youtube.com"})
_PDF_MAGIC: Final = "JVBERi0"
"""The first bytes of any PDF, in base64."""


def from_url(url: str, path: str, default: str) -> Json:
    """A part for an address: a data URL in place, any other by its address.

    Args:
        url: `data:`, `http:`, `https:` or `gs:`.
        path: Where it stands in the request, for messages.
        default: The media type of what does not say its own.

    Raises:
        ProxyError: INVALID_REQUEST where it is no such address.
    """
    if url[:5].lower() == "data:":
        media, data = data_url(url, path)
        return inline(media or default, data)
    if not is_remote(url):
        raise invalid(f"Invalid '{path}': expected an http(s) or gs URL or a data URL.", path)
    return {"fileData": {"mimeType": _type_of(url, default), "fileUri": url}}


def inline(media: str, data: str) -> Json:
    """A part for base64 data; every kind of text goes by the one name that is taken."""
    media = _SAME.get(media, media)
    return {"inlineData": {"mimeType": _TEXT if media in _TEXTS else media, "data": data}}


def is_remote(url: str) -> bool:
    """Whether it is an address that Google can read."""
    return url.partition(":")[0].lower() in _REMOTE


def file_type(data: str, name: str, path: str) -> tuple[str, str]:
    """The media type and the base64 of a file, from a data URL, its name or its first bytes."""
    if data[:5].lower() == "data:":
        media, data = data_url(data, path)
        if media not in (_BYTES, ""):
            return media, data
    unknown = PDF if data.startswith(_PDF_MAGIC) else _BYTES
    return _ENDINGS.get(name.rpartition(".")[2].lower(), unknown), data


def data_url(url: str, path: str) -> tuple[str, str]:
    """The media type of a data URL, in lower case, and its data in base64."""
    head, comma, data = url.partition(",")
    if not comma:
        raise invalid(f"Invalid '{path}': expected a data URL with a comma before its data.", path)
    media, *flags = [piece.strip().lower() for piece in head[5:].split(";")]
    if "base64" not in flags:
        data = base64.b64encode(unquote_to_bytes(data)).decode("ascii")
    return media, data


def text_of(data: str) -> str | None:
    """The text that base64 stands for; None where it is none."""
    try:
        return base64.b64decode(data, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None


def _type_of(url: str, default: str) -> str:
    try:
        address = urlsplit(url)
    except ValueError:
        return default
    if address.hostname in _YOUTUBE:
        return "video/mp4"
    return _ENDINGS.get(address.path.rpartition(".")[2].lower(), default)
