"""Content parts of the chat API as Google's parts: one small function per kind of part.

Invariant: no part is empty, because some models refuse a request for one.
Source: https://ai.google.dev/api/caching#Part (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from proxy.codecs.gemini.media import PDF, file_type, from_url, inline, is_remote, text_of
from proxy.codecs.plain.complaint import a_string, an_object, invalid, unsupported, wrong_type
from proxy.core.shape import Json

_IMAGE: Final = "image/"
_NATIVE: Final = ("inlineData", "fileData", "inline_data", "file_data")


def parts_of(content: Any, path: str, kinds: Kinds, *, media: bool = True) -> list[Json]:
    """The parts of a message's content, empty ones left out.

    Args:
        content: A string, an array of parts, or None.
        path: Where it stands in the request, for messages.
        kinds: The kinds of part that may stand here.
        media: Whether the model takes other media than images.

    Raises:
        ProxyError: UNSUPPORTED for a part of another kind, INVALID_REQUEST for one that is not in its form.
    """
    if content is None:
        return []
    if isinstance(content, str):
        return [{"text": content}] if content else []
    if not isinstance(content, list):
        raise wrong_type(path, "a string or an array of content parts", content)
    written = []
    for at, given in enumerate(content):
        part = _part(given, f"{path}[{at}]", kinds)
        if part and not media and not _is_plain(part):
            raise unsupported("This model takes text and images only.", f"{path}[{at}]")
        written += [part] if part else []
    return written


def _part(given: Any, path: str, kinds: Kinds) -> Json | None:
    part = an_object(given, path)
    kind = part.get("type")
    if kind is None and len(part) == 1 and next(iter(part)) in _NATIVE and kinds is USER:
        return dict(part)
    write = kinds.get(kind) if isinstance(kind, str) else None
    if write is None:
        shown = f"'{kind[:64]}'" if isinstance(kind, str) else "without a type"
        raise unsupported(f"This model takes no content part {shown} here.", path)
    return write(part, path)


def _is_plain(part: Json) -> bool:
    media = (part.get("inlineData") or part.get("fileData") or {}).get("mimeType", _IMAGE)
    return str(media).startswith(_IMAGE)


def _text(part: Json, path: str) -> Json | None:
    text = a_string(part.get("text"), f"{path}.text")
    return {"text": text} if text else None


def _refusal(part: Json, path: str) -> Json | None:
    text = a_string(part.get("refusal"), f"{path}.refusal")
    return {"text": text} if text else None


def _address(name: str, default: str) -> Write:
    """`image_url` and its like: an address, by itself or in an object."""

    def write(part: Json, path: str) -> Json:
        where = f"{path}.{name}"
        given = part.get(name)
        url = given if isinstance(given, str) else an_object(given, where).get("url")
        return from_url(a_string(url, f"{where}.url"), f"{where}.url", default)

    return write


def _audio(part: Json, path: str) -> Json:
    where = f"{path}.input_audio"
    audio = an_object(part.get("input_audio"), where)
    form = a_string(audio.get("format", "wav"), f"{where}.format")
    return inline(f"audio/{form.lower()}", a_string(audio.get("data"), f"{where}.data"))


def _file(part: Json, path: str) -> Json | None:
    where = f"{path}.file"
    file = an_object(part.get("file"), where)
    if file.get("file_id") is not None:
        address = a_string(file["file_id"], f"{where}.file_id")
        if not is_remote(address):
            # Right in itself: whoever keeps that file may be the next to be asked.
            raise unsupported(
                f"Invalid '{where}.file_id': expected the URI of a file at Google, or a public one.",
                f"{where}.file_id",
            )
        return from_url(address, where, PDF)
    where = f"{where}.file_data"
    data = a_string(file.get("file_data"), where)
    if is_remote(data):
        return from_url(data, where, PDF)
    media, data = file_type(data, str(file.get("filename") or ""), where)
    if media != "text/plain":
        return inline(media, data)
    text = text_of(data)
    if text is None:
        raise invalid(f"Invalid '{where}': expected base64 of UTF-8 text.", where)
    return {"text": text} if text else None


Write: TypeAlias = Callable[[Json, str], Json | None]
Kinds: TypeAlias = dict[str, Write]

SYSTEM: Final[Kinds] = {"text": _text}
IMAGES: Final[Kinds] = {"image_url": _address("image_url", "image/jpeg")}
ASSISTANT: Final[Kinds] = {"text": _text, "refusal": _refusal}
USER: Final[Kinds] = {
    "text": _text,
    **IMAGES,
    "video_url": _address("video_url", "video/mp4"),
    "input_audio": _audio,
    "file": _file,
}
"""By the kind of part. Parts in Google's own form have no kind and pass as they are."""
