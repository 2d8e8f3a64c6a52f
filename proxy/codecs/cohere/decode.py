"""A whole answer as a completion, read through the very verbs that read a stream.

Source: https://docs.cohere.com/v2/reference/chat (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any

from proxy.codecs.cohere import faults
from proxy.codecs.cohere.answer import Answer
from proxy.codecs.cohere.logprobs import logprobs_of
from proxy.codecs.faults import parsed
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import Completion, Json


def decode(body: bytes, *, created: int) -> Completion:
    """Read a whole answer.

    Args:
        body: All of it.
        created: Seconds since 1970; the provider gives none.

    Raises:
        ProxyError: an error inside a 200, EMPTY, MALFORMED.
    """
    value = parsed(body, jsons.decode_object)
    if failure := faults.event_fault(value):
        raise failure
    message = value.get("message")
    if not isinstance(message, dict):
        raise ProxyError(Kind.MALFORMED, "the provider's answer has no message")
    # A whole answer holds no more than its body, which has its own limit.
    return _told(Answer(created, "", len(body)), value, message)


def _told(answer: Answer, value: Json, message: Json) -> Completion:
    content = message.get("content")
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    chunks = answer.begin(value)
    for index, block in enumerate(_list(content)):
        chunks += answer.block(index, block)
    chunks += answer.plan(message.get("tool_plan"))
    for index, call in enumerate(_list(message.get("tool_calls"))):
        chunks += answer.calls.start(index, call)
    for citation in _list(message.get("citations")):
        chunks += answer.cite(citation)
    completion = fold(chunks + answer.end(value))
    completion["choices"][0]["logprobs"] = logprobs_of(*_list(value.get("logprobs")))
    return completion


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
