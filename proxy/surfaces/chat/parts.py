"""The content of a message: a string, or an array of parts of the kinds that the chat API knows.

Parts of other kinds pass as they are: some providers take them, and a codec that cannot write one says so.

Source: https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages (read 2026-11-20).
"""

from __future__ import annotations

from typing import Final

from proxy.core.shape import Json
from proxy.surfaces.checks import Check, a_string, an_object
from proxy.surfaces.complaint import missing, wrong_type, wrong_value


def check_content(content: object, path: str) -> None:
    """Hold a message's content to its shape.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if isinstance(content, str):
        return
    if not isinstance(content, list):
        raise wrong_type(path, "a string or an array of content parts", content)
    for place, part in enumerate(content):
        _check_part(part, f"{path}[{place}]")


def _check_part(part: object, path: str) -> None:
    if not isinstance(part, dict):
        raise wrong_type(path, "an object", part)
    kind = part.get("type")
    if kind is None:
        raise missing(f"{path}.type")
    a_string(kind, f"{path}.type")
    check = _PARTS.get(kind)
    if check is not None:
        name = f"{path}.{kind}"
        if kind not in part:
            raise missing(name)
        check(part[kind], name)


def _an_image(value: object, path: str) -> None:
    a_string(_member(value, "url", path), f"{path}.url")


def _an_audio(value: object, path: str) -> None:
    a_string(_member(value, "data", path), f"{path}.data")
    a_string(_member(value, "format", path), f"{path}.format")


def _a_file(value: object, path: str) -> None:
    an_object(value, path)
    assert isinstance(value, dict)
    given = [name for name in ("file_data", "file_id") if value.get(name) is not None]
    if not given:
        raise wrong_value(path, "expected 'file_data' or 'file_id', but got neither.")
    for name in given:
        a_string(value[name], f"{path}.{name}")


def _member(value: object, name: str, path: str) -> object:
    an_object(value, path)
    assert isinstance(value, dict)
    members: Json = value
    if members.get(name) is None:
        raise missing(f"{path}.{name}")
    return members[name]


_PARTS: Final[dict[str, Check]] = {
    "text": a_string,
    "refusal": a_string,
    "image_url": _an_image,
    "input_audio": _an_audio,
    "file": _a_file,
}
"""By the kind of part, which is also the name of the member that holds it."""
