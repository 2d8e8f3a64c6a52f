"""Content parts of the chat API as parts of input items: one small function per kind of part.

Source: https://developers.openai.com/api/reference/resources/responses/methods/create (read 2026-11-20).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from proxy.codecs.plain.complaint import unsupported, wrong_type
from proxy.codecs.plain.parts import is_web
from proxy.core.shape import Json

MakePart: TypeAlias = Callable[[Json, str], Json]

_BREAKPOINT: Final = "prompt_cache_breakpoint"
_PDF: Final = "application/pdf"
_FILE: Final = ("file_id", "file_url", "detail")
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_ENDINGS: Final = {
    "csv": "text/csv",
    "docx": f"{_OFFICE}wordprocessingml.document",
    "gif": "image/gif",
    "htm": "text/html",
    "html": "text/html",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "md": "text/markdown",
    "png": "image/png",
    "pptx": f"{_OFFICE}presentationml.presentation",
    "txt": "text/plain",
    "webp": "image/webp",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "xml": "text/xml",
}
"""Media types by the ending of a file's name; all others are taken for PDF, which most of them are."""
_OF_MEDIA: Final = {_PDF: "pdf", **{media: ending for ending, media in _ENDINGS.items()}}
_ENDS: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}\Z")


def content_of(content: Any, path: str, makers: Mapping[str, MakePart]) -> str | list[Json]:
    """The content of a message: a string as it is, parts one by one, null as nothing.

    Args:
        content: As the chat message has it.
        path: Where it stands, for complaints.
        makers: What the message may hold: `USER`, `ASSISTANT`, `SYSTEM` or `TOOL`.
    """
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise wrong_type(path, "a string or an array", content)
    return [_part(part, f"{path}[{at}]", makers) for at, part in enumerate(content)]


def _part(part: Any, path: str, makers: Mapping[str, MakePart]) -> Json:
    if not isinstance(part, dict):
        raise wrong_type(path, "an object", part)
    make = makers.get(str(part.get("type")))
    if make is None:
        raise unsupported(
            f"A part of type '{part.get('type')}' has no place in this message.", f"{path}.type"
        )
    made = make(part, path)
    mark = part.get(_BREAKPOINT)
    return (
        {**made, _BREAKPOINT: mark} if isinstance(mark, dict) and makers is not ASSISTANT else made
    )


def _string(holder: Json, name: str, path: str) -> str:
    value = holder.get(name)
    if not isinstance(value, str):
        raise wrong_type(f"{path}.{name}", "a string", value)
    return value


def _object(holder: Json, name: str, path: str) -> Json:
    value = holder.get(name)
    if not isinstance(value, dict):
        raise wrong_type(f"{path}.{name}", "an object", value)
    return value


def _text(part: Json, path: str) -> Json:
    return {"type": "input_text", "text": _string(part, "text", path)}


def _said(part: Json, path: str) -> Json:
    return {"type": "output_text", "text": _string(part, "text", path)}


def _refusal(part: Json, path: str) -> Json:
    return {"type": "refusal", "refusal": _string(part, "refusal", path)}


def _image(part: Json, path: str) -> Json:
    """An image; the address, or the data in it, is a plain string here."""
    given = part.get("image_url")
    image: Json = {"url": given} if isinstance(given, str) else _object(part, "image_url", path)
    url = _string(image, "url", f"{path}.image_url")
    detail = image.get("detail")
    return {"type": "input_image", "image_url": url, "detail": detail or "auto"}


def _audio(part: Json, path: str) -> Json:
    return {"type": "input_audio", "input_audio": dict(_object(part, "input_audio", path))}


def _file(part: Json, path: str) -> Json:
    """A file; an address in the place of its data has a place of its own, and bare base64 gets the type that its name tells."""
    given = _object(part, "file", path)
    made: Json = {"type": "input_file"}
    name = given.get("filename")
    if isinstance(name, str):
        made["filename"] = name
    made |= {key: given[key] for key in _FILE if given.get(key) is not None}
    if given.get("file_data") is not None:
        data = _string(given, "file_data", f"{path}.file")
        if is_web(data):
            made.pop("filename", None)
            return {**made, "file_url": data}
        made["file_data"] = with_media(name, data)
        made["filename"] = file_name(
            name if isinstance(name, str) and name else "file", made["file_data"]
        )
    return made


def file_name(name: str, url: str) -> str:
    """The name with the ending of what the file holds.

    OpenAI goes by the ending alone and refuses a file without one; a title of a document often has none.
    """
    media = url.removeprefix("data:").partition(",")[0].partition(";")[0].lower()
    ending = _OF_MEDIA.get(media)
    has_one = name.lower().endswith(".pdf") if media == _PDF else _ENDS.search(name)
    return name if ending is None or has_one else f"{name}.{ending}"


def with_media(name: Any, data: str) -> str:
    """The data of a file as a data URL; bare base64 is of the type that the file's name tells."""
    return data if data[:5].lower() == "data:" else f"data:{_media(name)};base64,{data}"


def _media(name: Any) -> str:
    ending = name.rpartition(".")[2].lower() if isinstance(name, str) else ""
    return _ENDINGS.get(ending, _PDF)


SYSTEM: Final[Mapping[str, MakePart]] = {"text": _text}
TOOL: Final[Mapping[str, MakePart]] = {"text": _text, "image_url": _image, "file": _file}
USER: Final[Mapping[str, MakePart]] = {**TOOL, "input_audio": _audio}
ASSISTANT: Final[Mapping[str, MakePart]] = {"text": _said, "refusal": _refusal}
