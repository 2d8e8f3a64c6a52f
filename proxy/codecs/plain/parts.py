"""Content of a chat message, part by part, and the files and pictures that it holds as data URLs.

Source: https://platform.openai.com/docs/guides/images-vision and .../pdf-files (read 2026-11-20), RFC 2397.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import unquote_to_bytes

from proxy.codecs.plain.complaint import a_string, an_object, invalid, unsupported, wrong_type
from proxy.core.shape import Json

T = TypeVar("T")

_TEXT_FILES: Final = frozenset(
    {"application/json", "application/xml", "application/yaml", "application/x-ndjson"}
)
_TEXT_ENDINGS: Final = frozenset(
    ("txt", "md", "csv", "tsv", "json", "jsonl", "xml", "html", "yaml", "yml", "toml", "log", "py", "js", "ts", "sql")
)  # fmt: skip

_DETAILS: Final = ("auto", "low", "high")


def parts_of(content: Any, path: str, kinds: Mapping[str, Callable[[Json, str], T]]) -> list[T]:
    """What the table makes of each part of a message's content; a string is one part of text.

    Args:
        content: A string, an array of parts, or None.
        path: Where it stands in the request, for messages.
        kinds: A reader for each kind of part that may stand here, `text` among them.

    Raises:
        ProxyError: UNSUPPORTED for a part of another kind, INVALID_REQUEST for one that is not in its form.
    """
    if content is None:
        return []
    if isinstance(content, str):
        return [kinds["text"]({"type": "text", "text": content}, path)]
    if not isinstance(content, list):
        raise wrong_type(path, "a string or an array of content parts", content)
    return [_part(part, f"{path}[{at}]", kinds) for at, part in enumerate(content)]


def text(part: Json, path: str) -> str:
    """The text of a `text` part."""
    return a_string(part.get("text"), f"{path}.text")


def refusal(part: Json, path: str) -> str:
    """The text of a `refusal` part."""
    return a_string(part.get("refusal"), f"{path}.refusal")


def text_of(content: Any, path: str) -> str:
    """Content that may only be text, its parts on lines of their own.

    Raises:
        ProxyError: UNSUPPORTED for a part of another kind, INVALID_REQUEST for one that is not in its form.
    """
    said = parts_of(content, path, {"text": text, "refusal": refusal})
    return "\n".join(piece for piece in said if piece)


def image_url(part: Json, path: str) -> str:
    """The address in an `image_url` part, a data URL or one of the web.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    where = f"{path}.image_url"
    image = part.get("image_url")
    url = image if isinstance(image, str) else an_object(image, where).get("url")
    return a_string(url, f"{where}.url")


def in_known_detail(part: Json) -> Json:
    """The part; a picture in a detail that only OpenAI knows in the highest that all know."""
    image = part.get("image_url")
    if not isinstance(image, dict) or image.get("detail") in (None, *_DETAILS):
        return part
    return {**part, "image_url": {**image, "detail": "high"}}


def is_web(url: str) -> bool:
    """Whether an address is one that somebody would have to fetch."""
    return url[:8].lower().startswith(("http://", "https://"))


def data_url(url: str, path: str, expected: str = "a data URL") -> tuple[str, str]:
    """The media type of a data URL, in lower case, and its data in base64; any other is not what was `expected`.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    head, comma, data = url.partition(",")
    if head[:5].lower() != "data:" or not comma:
        raise invalid(f"Invalid '{path}': expected {expected}.", path)
    media, *flags = [piece.strip().lower() for piece in head[5:].split(";")]
    if "base64" not in flags:
        data = base64.b64encode(unquote_to_bytes(data)).decode("ascii")
    return ("image/jpeg" if media == "image/jpg" else media), data


def text_file(part: Json, path: str) -> tuple[str, str]:
    """The name and the text of a `file` part.

    Raises:
        ProxyError: UNSUPPORTED for a file that is no text, INVALID_REQUEST for one that cannot be read.
    """
    where = f"{path}.file"
    file = an_object(part.get("file"), where)
    name = file.get("filename") or ""
    where = f"{where}.file_data"
    data, media = file.get("file_data"), ""
    if not isinstance(data, str) or is_web(data):
        raise unsupported("This model takes files only as data in the request.", where)
    if data[:5].lower() == "data:":
        media, data = data_url(data, where)
    ending = str(name).rpartition(".")[2].lower()
    if not (media.startswith("text/") or media in _TEXT_FILES or ending in _TEXT_ENDINGS):
        raise unsupported("This model takes no files other than texts.", where)
    try:
        return str(name), base64.b64decode(data, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise invalid(f"Invalid '{where}': expected base64 of UTF-8 text.", where) from None


def _part(value: Any, path: str, kinds: Mapping[str, Callable[[Json, str], T]]) -> T:
    part = an_object(value, path)
    kind = part.get("type")
    read = kinds.get(kind) if isinstance(kind, str) else None
    if read is None:
        shown = f"'{kind[:64]}'" if isinstance(kind, str) else "without a type"
        raise unsupported(f"This model takes no content part {shown} here.", path)
    return read(part, path)
