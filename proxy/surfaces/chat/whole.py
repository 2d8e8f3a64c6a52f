"""A whole answer into the body that an OpenAI client reads.

The edits are those of the stream: signed reasoning only where it was asked for, deprecated functions for who sent them;
and the members that an SDK takes for granted are there: `content: null` beside tool calls, `refusal`, `logprobs`.

Invariant: a body that a provider of the same dialect sent and that needs no edit goes out byte for byte.
Source: https://platform.openai.com/docs/api-reference/chat/object (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final, cast

from proxy.core import jsons
from proxy.core.fold import CUT_SHORT, NO_ARGUMENTS
from proxy.core.shape import ChatRequest, Choice, Completion, Json, Message
from proxy.surfaces.chat.choice import SEARCHES
from proxy.surfaces.chat.encoder import DIALECT
from proxy.surfaces.chat.functions import FINISH, message_with_function_call
from proxy.surfaces.native import additions, edited

_OBJECT: Final = "chat.completion"
_NONE: Final[Json] = {}


def whole_body(
    request: ChatRequest,
    completion: Completion,
    model: str | None = None,
    report: Json | None = None,
) -> bytes:
    """The body of a whole answer.

    Args:
        request: The call that is answered.
        completion: The answer; not touched.
        model: In place of the provider's name of the model.
        report: Goes in as `firstbyte`.
    """
    native = completion.get("native")
    edits = _NONE if model is None and report is None else additions(completion, model, report)
    if native is not None and native["dialect"] == DIALECT:
        if not native.get("is_settled"):
            edits = {**_edits(request, completion), **edits}
        return edited(native["payload"], edits) if edits else native["payload"]
    edits = {**_edits(request, completion), **edits}
    whole = {**completion, **edits}
    return jsons.encode({name: value for name, value in whole.items() if name != "native"})


def _edits(request: ChatRequest, completion: Completion) -> dict[str, Any]:
    edits: dict[str, Any] = {}
    if completion.get("object") != _OBJECT:
        edits["object"] = _OBJECT
    came = completion.get("choices") or []
    choices = [_choice(request, choice) for choice in came]
    if any(a is not b for a, b in zip(choices, came, strict=True)):
        edits["choices"] = choices
    return edits


def _choice(request: ChatRequest, choice: Choice) -> Choice:
    came = choice.get("message") or {}
    reason = choice.get("finish_reason")
    message = _message(request, came, cut_short=reason in CUT_SHORT)
    if request.legacy_functions and reason in FINISH:
        return {**choice, "message": message, "finish_reason": FINISH[reason]}
    if message is came and "logprobs" in choice:
        return choice
    return {"logprobs": None, **choice, "message": message}


def _message(request: ChatRequest, message: Message, *, cut_short: bool) -> Message:
    """The message as this caller gets it; the very object where that is what came."""
    edited: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None, **message}
    calls = edited.get("tool_calls")
    if calls:
        edited["content"] = edited["content"] or None
        edited["tool_calls"] = calls if cut_short else [_call(call) for call in calls]
    else:
        edited.pop("tool_calls", None)
    if not request.wants_thinking_blocks:
        edited.pop("thinking_blocks", None)
    edited.pop(SEARCHES, None)
    out = cast(Message, edited)
    if request.legacy_functions and calls:
        return message_with_function_call(out)
    return message if edited == message else out


def _call(call: Json) -> Json:
    """A call whose arguments an SDK can parse: none are an empty object."""
    function = call.get("function")
    if not isinstance(function, dict) or function.get("arguments"):
        return call
    return {**call, "function": {**function, "arguments": NO_ARGUMENTS}}
