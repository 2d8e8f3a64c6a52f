"""A whole generateContent answer as a completion: read through the very candidates that read a stream.

Source: https://ai.google.dev/api/generate-content (read 2026-11-20).
"""

from __future__ import annotations

from proxy.codecs.faults import parsed
from proxy.codecs.gemini.answer import Answer, is_answer
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import Completion


def decode(body: bytes, protocol: str, *, created: int) -> Completion:
    """Read a whole answer: one object, or the array of a stream that came as one body.

    Args:
        body: All of it.
        protocol: Which of Google's two services it comes from.
        created: Seconds since 1970; the provider gives none.

    Raises:
        ProxyError: an error inside a 200, EMPTY, MALFORMED, TRUNCATED.
    """
    value = parsed(body, jsons.decode)
    responses = value if isinstance(value, list) else [value]
    answer = Answer(created, "", protocol)
    chunks = [chunk for response in responses for chunk in answer.take(response)]
    if isinstance(value, list) and answer.begun and not answer.ended:
        raise ProxyError(Kind.TRUNCATED, "the answer was cut: no finish reason")
    if not answer.begun and not any(map(is_answer, responses)):
        raise ProxyError(Kind.MALFORMED, "the provider sent JSON that is no answer of a model")
    return fold(chunks + answer.end())
