"""Parts of a message's content, as chat has them: one small function per kind of part.

Source: https://developers.openai.com/api/reference/resources/responses/methods/create (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from proxy.core.shape import Json
from proxy.surfaces.checks import a_string, an_object, needed_string
from proxy.surfaces.complaint import missing, wrong_type, wrong_value
from proxy.surfaces.responses.wants import Wants

Make: TypeAlias = Callable[[Json, str, Wants], Json | None]
"""A part in chat's form; None where chat has none, which is noted."""

_FILE: Final = ("filename", "file_data", "file_id", "file_url", "detail")
_UNNAMED: Final = "document.pdf"
_CONTENTS: Final = ("file_data", "file_id", "file_url")
_MARKS: Final = ("cache_control", "prompt_cache_breakpoint")
"""Members that a part keeps in either form."""


def content_of(content: object, path: str, wants: Wants) -> str | list[Json]:
    """The content of a message or of a tool's result: a string as it is, parts one by one.

    Raises:
        ProxyError: INVALID_REQUEST with the path of the part at fault.
    """
    if isinstance(content, str):
        return content
    if content is None:
        raise missing(path)
    if not isinstance(content, list):
        raise wrong_type(path, "a string or an array of content parts", content)
    made = [_part(part, f"{path}[{place}]", wants) for place, part in enumerate(content)]
    return [part for part in made if part is not None]


def text_of(parts: object, path: str) -> str:
    """The text of the parts of a reasoning item; none are none.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if parts is None:
        return ""
    if not isinstance(parts, list):
        raise wrong_type(path, "an array of objects", parts)
    texts = [
        needed_string(_object(p, f"{path}[{at}]"), "text", f"{path}[{at}]")
        for at, p in enumerate(parts)
    ]
    return "\n\n".join(texts)


def _part(part: object, path: str, wants: Wants) -> Json | None:
    given = _object(part, path)
    kind = needed_string(given, "type", path)
    make = _PARTS.get(kind)
    if make is None:
        wants.note(f"{path}.type", f"a part of type '{kind[:64]}'")
        return None
    made = make(given, path, wants)
    marks = {name: given[name] for name in _MARKS if given.get(name) is not None}
    return {**made, **marks} if made is not None and marks else made


def _text(part: Json, path: str, _wants: Wants) -> Json:
    return {"type": "text", "text": needed_string(part, "text", path)}


def _refusal(part: Json, path: str, _wants: Wants) -> Json:
    return {"type": "refusal", "refusal": needed_string(part, "refusal", path)}


def _image(part: Json, path: str, wants: Wants) -> Json | None:
    url = part.get("image_url")
    if url is None:
        if part.get("file_id") is None:
            raise missing(f"{path}.image_url")
        wants.note(f"{path}.file_id", "an image that was uploaded")
        return None
    a_string(url, f"{path}.image_url")
    image: Json = {"url": url}
    if part.get("detail") is not None:
        image["detail"] = needed_string(part, "detail", path)
    return {"type": "image_url", "image_url": image}


def _file(part: Json, path: str, _wants: Wants) -> Json:
    given = {name: needed_string(part, name, path) for name in _FILE if part.get(name) is not None}
    if not any(name in given for name in _CONTENTS):
        raise wrong_value(
            path, "expected 'file_data', 'file_id' or 'file_url', but got none of them."
        )
    if "file_url" in given:
        url = given.pop("file_url")
        # In chat an address stands in the place of the data.
        given = {"filename": _name_in(url), "file_data": url, **given}
    return {"type": "file", "file": given}


def _name_in(url: str) -> str:
    """The name of a file by its address."""
    path = url.partition("?")[0].partition("#")[0]
    return path.rpartition("/")[2] or _UNNAMED


def _audio(part: Json, path: str, _wants: Wants) -> Json:
    audio = part.get("input_audio")
    if audio is None:
        raise missing(f"{path}.input_audio")
    an_object(audio, f"{path}.input_audio")
    return {"type": "input_audio", "input_audio": audio}


def _object(value: object, path: str) -> Json:
    if not isinstance(value, dict):
        raise wrong_type(path, "an object", value)
    return value


_PARTS: Final[dict[str, Make]] = {
    "input_text": _text,
    "output_text": _text,
    "text": _text,
    "refusal": _refusal,
    "input_image": _image,
    "input_file": _file,
    "input_audio": _audio,
}
