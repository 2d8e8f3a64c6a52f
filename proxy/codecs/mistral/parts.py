"""Content parts in Mistral's form: plain strings where OpenAI has objects, documents where it has files.

Source: https://docs.mistral.ai/api, `ContentChunk` (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from proxy.codecs.plain.parts import is_web
from proxy.codecs.responses.parts import with_media
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json

_Part: TypeAlias = Callable[[Json], Json]

_NATIVE: Final = ("document_url", "reference", "thinking")
"""Kinds that only Mistral has; who sends them means them."""


def content(value: Any, path: str, target: str) -> str | list[Json]:
    """The content of a message.

    Args:
        value: As chat has it: text, a list of parts, or null.
        path: Where it stands, for errors.
        target: Who does not take it, for errors.

    Raises:
        ProxyError: UNSUPPORTED for a part that has no form here.
    """
    if not isinstance(value, list):
        return value if isinstance(value, str) else ""
    return [_part(part, f"{path}[{at}]", target) for at, part in enumerate(value)]


def _part(part: Any, path: str, target: str) -> Json:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind in _NATIVE:
        return {name: value for name, value in part.items() if name != "cache_control"}
    writer = _WRITERS.get(kind) if isinstance(kind, str) else None
    if writer is None:
        raise ProxyError(
            Kind.UNSUPPORTED,
            f"{target} does not take content of type {kind!r}",
            param=f"{path}.type",
        )
    return writer(part)


def _text(part: Json) -> Json:
    return {"type": "text", "text": _string(part.get("text"))}


def _refusal(part: Json) -> Json:
    return {"type": "text", "text": _string(part.get("refusal"))}


def _image(part: Json) -> Json:
    return {"type": "image_url", "image_url": part.get("image_url")}


def _audio(part: Json) -> Json:
    audio = part.get("input_audio")
    data = audio.get("data") if isinstance(audio, dict) else audio
    return {"type": "input_audio", "input_audio": _string(data)}


def _file(part: Json) -> Json:
    given = part.get("file")
    file: Json = given if isinstance(given, dict) else {}
    if file.get("file_data") is None:
        return {"type": "file", "file_id": file.get("file_id", part.get("file_id"))}
    data, name = file["file_data"], file.get("filename")
    if isinstance(data, str) and not is_web(data):
        data = with_media(name, data)
    document = {"type": "document_url", "document_url": data}
    return {**document, "document_name": name} if name else document


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


_WRITERS: Final[dict[str, _Part]] = {
    "text": _text,
    "refusal": _refusal,
    "image_url": _image,
    "input_audio": _audio,
    "file": _file,
}
