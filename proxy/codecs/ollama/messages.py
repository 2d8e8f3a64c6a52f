"""The conversation of a chat request as Ollama's messages.

Content is one string, pictures and sound are bare base64 beside it, arguments are objects, and a tool's result names
its tool. Thinking goes back only within the tool loop that it belongs to, as the models' templates expect.

Source: https://docs.ollama.com/api/chat, https://docs.ollama.com/capabilities/tool-calling (both read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from proxy.codecs.plain.complaint import a_string, an_object, unsupported
from proxy.codecs.plain.draft import Draft
from proxy.codecs.plain.parts import (
    data_url,
    image_url,
    is_web,
    parts_of,
    text,
    text_file,
    text_of,
)
from proxy.codecs.plain.thread import Thread, answered, arguments_of, calls_of
from proxy.core.shape import Json

_IMAGES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})


def write(draft: Draft, value: Any) -> None:
    """Put the conversation into the draft.

    Raises:
        ProxyError: INVALID_REQUEST or UNSUPPORTED, with the path of the place at fault.
    """
    thread = _Thread(draft)
    thread.take(value)
    thread.forget_old_thinking()


class _Thread(Thread):
    """The messages so far, and the tools that their calls named."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self._names: dict[str, str] = {}

    def user(self, message: Json, path: str) -> None:
        """A user's message."""
        self._said("user", message, path)

    def tool(self, message: Json, path: str) -> None:
        """The result of a call."""
        native = self._said("tool", message, path)
        mark = answered(message)
        name = self._names.get(mark) or message.get("name")
        if name and isinstance(name, str):
            native["tool_name"] = name
        if mark:
            native["tool_call_id"] = mark

    def assistant(self, message: Json, path: str) -> None:
        """The model's own message; a refusal is text that it said."""
        said = text_of(message.get("content"), f"{path}.content") or message.get("refusal") or ""
        native: Json = {"role": "assistant", "content": a_string(said, f"{path}.refusal")}
        reasoning = message.get("reasoning_content")
        if isinstance(reasoning, str) and reasoning:
            native["thinking"] = reasoning
        calls = [self._call(*call) for call in calls_of(message, path)]
        if calls:
            native["tool_calls"] = calls
        self.draft.messages.append(native)

    def forget_old_thinking(self) -> None:
        """Take the thinking out of every turn before the user's last."""
        messages = self.draft.messages
        last = max((at for at, each in enumerate(messages) if each["role"] == "user"), default=0)
        for message in messages[:last]:
            message.pop("thinking", None)

    def _said(self, role: str, message: Json, path: str) -> Json:
        parts = parts_of(message.get("content"), f"{path}.content", _KINDS)
        native: Json = {
            "role": role,
            "content": "\n".join(part for kind, part in parts if kind == "text" and part),
        }
        if images := [part for kind, part in parts if kind == "image"]:
            native["images"] = images
        self.draft.messages.append(native)
        return native

    def _call(self, mark: str, function: Json, path: str) -> Json:
        name = function["name"]
        called: Json = {"function": {"name": name, "arguments": arguments_of(function, path)}}
        if not mark:
            return called
        self._names[mark] = name
        return {"id": mark, **called}

    roles: ClassVar = {
        "system": Thread.system,
        "developer": Thread.system,
        "user": user,
        "assistant": assistant,
        "tool": tool,
    }


def _text(part: Json, path: str) -> tuple[str, str]:
    return "text", text(part, path)


def _image(part: Json, path: str) -> tuple[str, str]:
    url, where = image_url(part, path), f"{path}.image_url.url"
    if is_web(url):
        raise unsupported(
            "This model takes images only as data URLs: it fetches nothing, and neither do we.",
            where,
        )
    media, data = data_url(url, where)
    if media not in _IMAGES:
        raise unsupported("This model takes images as JPEG, PNG or WebP.", where)
    return "image", data


def _audio(part: Json, path: str) -> tuple[str, str]:
    """Sound travels beside the pictures; the server tells them apart by their first bytes."""
    where = f"{path}.input_audio"
    return "image", a_string(an_object(part.get("input_audio"), where).get("data"), f"{where}.data")


def _file(part: Json, path: str) -> tuple[str, str]:
    name, said = text_file(part, path)
    return "text", f"{name}:\n{said}" if name else said


_KINDS: Final[dict[str, Callable[[Json, str], tuple[str, str]]]] = {
    "text": _text,
    "image_url": _image,
    "input_audio": _audio,
    "file": _file,
}
"""By the kind of part: what it becomes (`text` or `image`), and its text or base64."""
