"""Reads a whole chat answer, with the same care for what compatible servers do differently as for a stream.

Invariant: what needed no change carries its own bytes as `native`.
Source: https://platform.openai.com/docs/api-reference/chat/object (read 2026-11-20).
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

from proxy.codecs import faults
from proxy.codecs.openai.calls import argument_text, opening
from proxy.codecs.openai.finish import finish_of, made_up
from proxy.codecs.openai.speech import plain
from proxy.codecs.openai.texts import read_texts
from proxy.codecs.openai.think import split_whole
from proxy.codecs.openai.tokens import usage_of
from proxy.codecs.vendors.corrections import NONE, Corrections
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.output import speaks
from proxy.core.shape import Completion, Json

_OBJECT: Final = "chat.completion"


def read_whole(
    body: bytes, created: int, *, think_tags: bool = False, corrections: Corrections = NONE
) -> Completion:
    """Read a body.

    Args:
        body: All of it.
        created: Seconds since 1970, where the provider gives none.
        think_tags: Whether reasoning comes inside `<think>` tags.
        corrections: What the answer's target needs of them.

    Raises:
        ProxyError: an error inside a 200, EMPTY, MALFORMED.
    """
    text = body.strip()
    try:
        parsed, texts = read_texts(text)
    except jsons.JsonError as error:
        raise _unreadable(text, error) from None
    if texts is not None and texts.is_settled and corrections is NONE and not think_tags:
        parsed["native"] = {"dialect": "openai", "payload": text, "is_settled": True}
        return parsed  # type: ignore[no-any-return]
    _check(parsed)
    answer = corrections.frame(parsed)
    came: list[Any] = answer["choices"]
    choices = [_choice(choice, at, answer, think_tags=think_tags) for at, choice in enumerate(came)]
    fixed = _head(answer, text, created)
    usage = corrections.usage(usage_of(answer))
    if usage is not answer.get("usage"):
        fixed["usage"] = usage
    if any(new is not old for new, old in zip(choices, came, strict=True)):
        fixed["choices"] = choices
    whole: Any = answer
    if not fixed and answer is parsed and "native" not in answer:
        whole["native"] = {"dialect": "openai", "payload": text}
        return whole  # type: ignore[no-any-return]
    whole = {**answer, **fixed}
    whole.pop("native", None)
    return whole  # type: ignore[no-any-return]


def _unreadable(text: bytes, error: jsons.JsonError) -> ProxyError:
    if not text:
        return ProxyError(Kind.EMPTY, "the provider sent an empty body")
    what = faults.page(text) or f"a body that is not JSON: {error}"
    return ProxyError(Kind.MALFORMED, f"the provider sent {what}")


def _check(answer: object) -> None:
    """Hold a body to being an object with at least one choice."""
    failure = faults.event_fault(answer)
    if failure is not None:
        raise failure
    if not isinstance(answer, dict) or "choices" not in answer:
        raise ProxyError(Kind.MALFORMED, "the provider sent JSON that is no chat completion")
    choices = answer["choices"]
    if not choices:
        raise ProxyError(Kind.EMPTY, "the provider sent an answer without choices")
    if not isinstance(choices, list):
        raise _malformed("choices", choices)


def _head(answer: Json, text: bytes, created: int) -> Json:
    """The members beside the choices that need another value."""
    fixed: Json = {}
    mark, made = answer.get("id"), answer.get("created")
    if not isinstance(mark, str) or not mark:
        fixed["id"] = f"chatcmpl-{sha256(b'%d/%b' % (created, text)).hexdigest()[:24]}"
    if not isinstance(made, int) or made <= 0:
        fixed["created"] = created
    if answer.get("object") != _OBJECT:
        fixed["object"] = _OBJECT
    if not isinstance(answer.get("model", ""), str):
        fixed["model"] = ""
    return fixed


def _choice(choice: object, at: int, answer: Json, *, think_tags: bool) -> Json:
    if not isinstance(choice, dict):
        raise _malformed("a choice", choice)
    faults.check_choice(choice)
    came = choice.get("message")
    if came is None:
        # A choice that a filter took away has a finish reason and nothing else.
        choice, came = {**choice, "message": None}, {"content": None}
    if not isinstance(came, dict):
        raise _malformed("a message", came)
    message = _message(came, f"{answer.get('id')}/{at}", think_tags=think_tags)
    fixed: Json = {}
    if message is not choice["message"]:
        fixed["message"] = message
    if not isinstance(choice.get("index"), int):
        fixed["index"] = at
    reason = _finish(message, choice.get("finish_reason"))
    if reason != choice.get("finish_reason"):
        fixed["finish_reason"] = reason
    return {**choice, **fixed} if fixed else choice


def _finish(message: Json, native: object) -> str:
    said: Any = message
    function = message.get("function_call")
    legacy = isinstance(function, dict) and bool(function.get("name"))
    called = bool(message.get("tool_calls"))
    reason = finish_of(native, called=called, legacy=legacy, spoke=speaks(said))
    return made_up(called=called, legacy=legacy) if reason is None else reason


def _message(message: Json, seed: str, *, think_tags: bool) -> Json:
    new = plain(message)
    if new.get("role") != "assistant":
        new = {**new, "role": "assistant"}
    if think_tags and new.get("content"):
        new = _thought(new)
    calls = new.get("tool_calls")
    if calls is None:
        return new
    if not isinstance(calls, list):
        raise _malformed("tool_calls", calls)
    if not calls:
        return {key: value for key, value in new.items() if key != "tool_calls"}
    read = [_call(call, f"{seed}/{at}") for at, call in enumerate(calls)]
    clean = all(one is other for one, other in zip(read, calls, strict=True))
    return new if clean else {**new, "tool_calls": read}


def _thought(message: Json) -> Json:
    split = split_whole(message["content"])
    if not split.reasoning and split.text == message["content"]:
        return message
    reasoning = (message.get("reasoning_content") or "") + split.reasoning
    return {**message, "content": split.text, "reasoning_content": reasoning}


def _call(call: object, seed: str) -> Json:
    if not isinstance(call, dict):
        raise _malformed("a tool call", call)
    new = opening(call, seed)
    function = new.get("function")
    if isinstance(function, dict) and not argument_text(function.get("arguments")):
        new = {**new, "function": {**function, "arguments": "{}"}}
    return new


def _malformed(what: str, value: object) -> ProxyError:
    return ProxyError(
        Kind.MALFORMED, f"the provider sent {what} of the wrong type: {jsons.name_of(value)}"
    )
