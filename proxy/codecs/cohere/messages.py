"""The conversation of a chat request as Cohere's messages.

No message may be empty, a turn that calls tools says what it plans in `tool_plan` instead of in its content, and the
last word is the user's or a tool's. A tool's result that is an object goes as a document, so that it can be cited.

Source: https://docs.cohere.com/v2/reference/chat, https://docs.cohere.com/v2/docs/tool-use-overview (both read
2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from proxy.codecs.cohere.models import reasons
from proxy.codecs.cohere.names import escaped
from proxy.codecs.plain.complaint import invalid, unsupported
from proxy.codecs.plain.draft import Draft
from proxy.codecs.plain.parts import (
    image_url,
    in_known_detail,
    is_web,
    parts_of,
    text,
    text_file,
    text_of,
)
from proxy.codecs.plain.thread import Thread, answered, arguments_of, calls_of
from proxy.core import jsons
from proxy.core.shape import Json

PLACEHOLDER: Final = "."
"""What a user says who says nothing, or only gives a file without a name."""
_ANSWERED: Final = frozenset({"user", "tool"})
"""Whose message the model answers."""
NO_RESULT: Final = "No result"
"""The result of a tool that gave none, which the provider refuses to be told as nothing."""


def write(draft: Draft, value: Any) -> None:
    """Put the conversation into the draft.

    Raises:
        ProxyError: INVALID_REQUEST or UNSUPPORTED, with the path of the place at fault.
    """
    thread = _Thread(draft)
    thread.take(value)
    last = draft.messages[-1]["role"] if draft.messages else ""
    if last in _ANSWERED:
        return
    if last == "assistant" == value[-1]["role"]:
        raise unsupported(
            "This model does not go on with an assistant's message: the last message must be the user's or a tool's.",
            f"messages[{len(value) - 1}]",
        )
    # The last message says nothing, or is the system's: the provider waits for a word of the user's all the same.
    draft.messages.append({"role": "user", "content": PLACEHOLDER})


class _Thread(Thread):
    """The messages so far, and the ids of the calls that may be answered."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self._ids: set[str] = set()

    def user(self, message: Json, path: str) -> None:
        """A user's message; files of text become documents, which the model may cite."""
        parts = parts_of(message.get("content"), f"{path}.content", _KINDS)
        documents = [part for part in parts if "data" in part]
        self.draft.body.setdefault("documents", []).extend(documents)
        said = [part for part in parts if part.get("type") and part.get("text") != ""]
        if documents and not said:
            # Whoever only hands over files has had a turn, and no message may be empty.
            said = [{"type": "text", "text": _titles(documents)}]
        if len(said) == 1 and said[0]["type"] == "text":
            self.draft.messages.append({"role": "user", "content": said[0]["text"]})
        elif said:
            self.draft.messages.append({"role": "user", "content": said})

    def tool(self, message: Json, path: str) -> None:
        """The result of a call."""
        mark = answered(message)
        if mark not in self._ids:
            where = f"{path}.tool_call_id"
            raise invalid(
                f"Invalid '{where}': expected the id of a tool call in an earlier message.", where
            )
        said = text_of(message.get("content"), f"{path}.content")
        self.draft.messages.append(
            {"role": "tool", "tool_call_id": mark, "content": _result(said) or NO_RESULT}
        )

    def assistant(self, message: Json, path: str) -> None:
        """The model's own message; a refusal is text that it said."""
        said = text_of(message.get("content"), f"{path}.content") or message.get("refusal")
        native: Json = {"role": "assistant"}
        calls = [self._call(*call) for call in calls_of(message, path)]
        if calls:
            native |= self._plan(said, message.get("reasoning_content"))
            native["tool_calls"] = calls
        elif said and isinstance(said, str):
            native["content"] = said
        if len(native) > 1:
            self.draft.messages.append(native)

    def _plan(self, said: Any, reasoning: Any) -> Json:
        """What goes before the calls: thoughts where the model has them, and a plan, which older models have instead."""
        thought = reasoning if isinstance(reasoning, str) and reasoning else ""
        if thought and reasons(self.draft.model):
            return {
                "content": [{"type": "thinking", "thinking": thought}],
                **({"tool_plan": said} if said else {}),
            }
        plan = said or thought
        return {"tool_plan": plan} if plan else {}

    def _call(self, mark: str, function: Json, path: str) -> Json:
        self._ids.add(mark)
        arguments = jsons.encode(arguments_of(function, path)).decode()
        called: Json = {"name": escaped(function["name"]), "arguments": arguments}
        return {"id": mark, "type": "function", "function": called}

    roles: ClassVar = {
        "system": Thread.system,
        "developer": Thread.system,
        "user": user,
        "assistant": assistant,
        "tool": tool,
    }


def _result(said: str) -> str | list[Json]:
    """A tool's result: an object as a document, anything else as text."""
    if not said.lstrip().startswith("{"):
        return said
    try:
        data = jsons.decode_object(said.encode("utf-8", "surrogatepass"))
    except jsons.JsonError:
        return said
    return [{"type": "document", "document": {"data": data}}]


def _titles(documents: list[Json]) -> str:
    titles = [document["data"].get("title") for document in documents]
    return ", ".join(filter(None, titles)) or PLACEHOLDER


def _text(part: Json, path: str) -> Json:
    return {"type": "text", "text": text(part, path)}


def _image(part: Json, path: str) -> Json:
    url = image_url(part, path)
    if not is_web(url) and url[:5].lower() != "data:":
        where = f"{path}.image_url.url"
        raise invalid(f"Invalid '{where}': expected an http(s) URL or a data URL.", where)
    image: Json = {"url": url}
    given = in_known_detail(part)["image_url"]
    if isinstance(given, dict) and given.get("detail") is not None:
        image["detail"] = given["detail"]
    return {"type": "image_url", "image_url": image}


def _file(part: Json, path: str) -> Json:
    name, said = text_file(part, path)
    return {"data": {**({"title": name} if name else {}), "text": said}}


_KINDS: Final[dict[str, Callable[[Json, str], Json]]] = {
    "text": _text,
    "image_url": _image,
    "file": _file,
}
"""By the kind of part: a native part, or a document, which alone has `data`."""
