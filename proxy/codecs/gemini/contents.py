"""The conversation of a chat request as system instruction and contents.

Google is stricter than chat: turns alternate between `user` and `model` and begin with the user, the answers to all
calls of one turn stand together and in the order of the calls, and each is an object under the name of its function.
What a chat client may leave out is put in here; what it may not say to this model is refused with its path.

Source: https://ai.google.dev/gemini-api/docs/function-calling and .../thought-signatures (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from proxy.codecs.gemini import replay
from proxy.codecs.gemini.draft import Draft
from proxy.codecs.gemini.parts import ASSISTANT, IMAGES, SYSTEM, USER, parts_of
from proxy.codecs.gemini.tools import known_name
from proxy.codecs.plain.arguments import INPUTS, called_of
from proxy.codecs.plain.complaint import an_array, an_object, invalid, unsupported
from proxy.codecs.plain.thread import walk
from proxy.core import jsons
from proxy.core.shape import Json

PLACEHOLDER: Final = "."
"""A user's turn that the protocol needs and the caller did not write."""
NO_RESULT: Final = "No result"
"""The answer to a function call that the caller left unanswered."""


def write(draft: Draft, messages: Any) -> None:
    """Put the conversation into the draft.

    Raises:
        ProxyError: INVALID_REQUEST or UNSUPPORTED with the path of the message at fault.
    """
    thread = _Thread(draft)
    thread.end(walk(messages, _ROLES, thread))


@dataclass(slots=True)
class _Call:
    """A call of the last model's turn."""

    id: str
    """As the chat has it, without what it carries."""
    name: str
    result: list[Json] | None = None
    """The part that answers it, and parts that had no room in there."""


class _Thread:
    """The turns so far, and the user's turn that is being gathered."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._open: list[_Call] = []
        self._said: list[Json] = []

    def system(self, message: Json, path: str) -> None:
        parts = parts_of(message.get("content"), f"{path}.content", SYSTEM)
        begun = self._draft.contents or self._said or self._open
        if begun:
            self._said += [_reminder(part["text"]) for part in parts]
        else:
            self._draft.system += parts

    def user(self, message: Json, path: str) -> None:
        self._said += parts_of(
            message.get("content"), f"{path}.content", USER, media=self._draft.able.media
        )

    def tool(self, message: Json, path: str) -> None:
        call = self._answered(message, f"{path}.tool_call_id")
        parts = parts_of(
            message.get("content"), f"{path}.content", USER, media=self._draft.able.media
        )
        text = "".join(part["text"] for part in parts if "text" in part)
        response = {"error": text} if message.get("is_error") is True else _object_of(text)
        native: Json = {"name": call.name, "response": response}
        if mark := replay.native_id(call.id):
            native["id"] = mark
        others = [part for part in parts if "text" not in part]
        inside = [part for part in others if self._draft.able.result_media and "inlineData" in part]
        if inside:
            native["parts"] = inside
        call.result = [
            {"functionResponse": native},
            *(part for part in others if part not in inside),
        ]

    def assistant(self, message: Json, path: str) -> None:
        self._flush()
        parts = parts_of(message.get("content"), f"{path}.content", ASSISTANT)
        refusal = message.get("refusal")
        if isinstance(refusal, str) and refusal:
            parts.append({"text": refusal})
        signature = replay.text_signature_of(message, self._draft.maker)
        if signature and parts:
            parts[-1] = {**parts[-1], "thoughtSignature": signature}
        parts += self._images(message, path)
        calls = an_array(message.get("tool_calls") or [], f"{path}.tool_calls")
        for at, call in enumerate(calls):
            where = f"{path}.tool_calls[{at}]"
            parts.append(self._call(an_object(call, where), where, first=not at))
        self._turn("model", parts)

    def end(self, path: str) -> None:
        """Close the conversation, whose last message stands at `path`."""
        self._flush()
        draft = self._draft
        if not draft.contents:
            # Nothing but system text: it is all there is to answer to.
            self._turn("user", draft.system or [{"text": PLACEHOLDER}])
            draft.system = []
        elif draft.contents[-1]["role"] == "model" and not draft.able.prefill:
            raise unsupported(
                "This model does not go on with an assistant's message: the last message must be the user's.",
                path,
            )
        if draft.system and not draft.able.system:
            draft.contents[0]["parts"][:0] = draft.system
            draft.system = []

    def _images(self, message: Json, path: str) -> list[Json]:
        """The images that an earlier answer gave, which the user may now want changed."""
        where = f"{path}.images"
        given = an_array(message.get("images") or [], where)
        parts = parts_of(given, where, IMAGES)
        for image, part in zip(given, parts, strict=True):
            signature = replay.image_signature_of(image, self._draft.maker)
            if signature is None and self._draft.able.signatures:
                signature = replay.NO_SIGNATURE
            if signature:
                part["thoughtSignature"] = signature
        return parts

    def _call(self, call: Json, path: str, *, first: bool) -> Json:
        kind, called = called_of(call, path)
        packed = replay.packed_id(call, "id")
        name = known_name(called.get("name"))
        self._open.append(_Call(packed.id, name))
        native: Json = {"name": name, "args": INPUTS[kind](called, f"{path}.{kind}")}
        if mark := replay.native_id(packed.id):
            native["id"] = mark
        part: Json = {"functionCall": native}
        signature = replay.signature_of(call, packed, self._draft.maker)
        if signature is None and first and self._draft.able.signatures:
            signature = replay.NO_SIGNATURE
        if signature:
            part["thoughtSignature"] = signature
        return part

    def _answered(self, message: Json, path: str) -> _Call:
        mark = replay.packed_id(message, "tool_call_id").id
        waiting = (call for call in self._open if call.id == mark and call.result is None)
        call = next(waiting, None)
        if call is None:
            raise invalid(
                f"Invalid '{path}': expected the id of a tool call in the assistant's message before it "
                "that has no result yet.",
                path,
            )
        return call

    def _flush(self) -> None:
        """Write the gathered turn: first the answers to all calls, in their order, then what else was said."""
        said = self._said
        if self._open:
            results = [call.result or [_unanswered(call)] for call in self._open]
            answers = [result[0] for result in results]
            extras = [part for result in results for part in result[1:]]
            said = [*answers, *extras, *said]
        self._turn("user", said)
        self._open, self._said = [], []

    def _turn(self, role: str, parts: list[Json]) -> None:
        contents = self._draft.contents
        if not parts:
            return
        if role == "model" and not contents:
            contents.append({"role": "user", "parts": [{"text": PLACEHOLDER}]})
        if contents and contents[-1]["role"] == role:
            contents[-1]["parts"] += parts
        else:
            contents.append({"role": role, "parts": list(parts)})


def _reminder(text: str) -> Json:
    return {"text": f"<system-reminder>\n{text}\n</system-reminder>"}


def _unanswered(call: _Call) -> Json:
    native: Json = {"name": call.name, "response": {"error": NO_RESULT}}
    if mark := replay.native_id(call.id):
        native["id"] = mark
    return {"functionResponse": native}


def _object_of(text: str) -> Json:
    """A function's result as the object that it must be."""
    try:
        value = jsons.decode(text.encode("utf-8", "surrogatepass"))
    except jsons.JsonError:
        value = text
    if isinstance(value, dict):
        return value
    return {"output": value if isinstance(value, list) else text}


_ROLES: Final[dict[str, Callable[[_Thread, Json, str], None]]] = {
    "system": _Thread.system,
    "developer": _Thread.system,
    "user": _Thread.user,
    "tool": _Thread.tool,
    "assistant": _Thread.assistant,
}
