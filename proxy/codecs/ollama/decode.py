"""A whole answer as a completion.

Some gateways call a stream of lines JSON: what has the form of one is read as one.

Source: https://docs.ollama.com/api/chat (read 2026-11-20).
"""

from __future__ import annotations

from proxy.codecs import faults as pages
from proxy.codecs.ollama import faults
from proxy.codecs.ollama.answer import Answer
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import Completion, Json


def decode(body: bytes, *, created: int) -> Completion:
    """Read a whole answer.

    Args:
        body: All of it.
        created: Seconds since 1970, where the provider gives none.

    Raises:
        ProxyError: an error inside a 200, EMPTY, MALFORMED, TRUNCATED.
    """
    if not body.strip():
        raise ProxyError(Kind.EMPTY, "the provider answered with an empty body")
    answer = Answer(created, "")
    values = _values(body)
    chunks = [chunk for value in values for chunk in answer.take(_sound(value))]
    if values[-1].get("done") is not True:
        raise ProxyError(Kind.TRUNCATED, "the provider's answer is not done")
    return fold(chunks)


def _values(body: bytes) -> list[Json]:
    """The objects of a body: one, or one a line."""
    try:
        return [jsons.decode_object(body)]
    except jsons.JsonError as error:
        lines = [line for line in body.split(b"\n") if line.strip()]
        said = pages.page(body) or f"the provider's answer is not JSON: {error}"
    try:
        return [jsons.decode_object(line) for line in lines]
    except jsons.JsonError:
        raise ProxyError(Kind.MALFORMED, said) from None


def _sound(value: Json) -> Json:
    """An object that is part of an answer."""
    if failure := faults.event_fault(value):
        raise failure
    if not isinstance(value.get("message"), dict) and "response" not in value:
        raise ProxyError(Kind.MALFORMED, "the provider's answer has no message")
    return value
