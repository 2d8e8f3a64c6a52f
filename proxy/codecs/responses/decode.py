"""Reads a whole response: its output goes through the same items as a stream's.

Its own bytes come with it as `native`, for callers of the same dialect.

Source: https://developers.openai.com/api/reference/resources/responses (read 2026-11-20).
"""

from __future__ import annotations

from proxy.codecs import faults as pages
from proxy.codecs.responses import faults
from proxy.codecs.responses.answer import Answer
from proxy.codecs.responses.need import PROTOCOL
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import DEFAULT_MAX_ANSWER, Completion, Target


def decode(body: bytes, *, created: int, target: Target | None = None) -> Completion:
    """Read a body.

    Args:
        body: All of it.
        created: Seconds since 1970, where the provider gives none.
        target: Whose answer it is, where that is known.

    Raises:
        ProxyError: an error inside a 200, EMPTY, MALFORMED, TRUNCATED.
    """
    text = body.strip()
    if not text:
        raise ProxyError(Kind.EMPTY, "the provider sent an empty body")
    try:
        response = jsons.decode(text)
    except jsons.JsonError as error:
        what = pages.page(text) or f"a body that is not JSON: {error}"
        raise ProxyError(Kind.MALFORMED, f"the provider sent {what}") from None
    if failure := faults.event_fault(response):
        raise failure
    if not isinstance(response, dict) or not ("output" in response or "status" in response):
        raise ProxyError(Kind.MALFORMED, "the provider sent JSON that is no response")
    room = target.max_answer if target else DEFAULT_MAX_ANSWER
    completion = fold(Answer(created, room, target).end(response))
    return {**completion, "native": {"dialect": PROTOCOL, "payload": text}}
