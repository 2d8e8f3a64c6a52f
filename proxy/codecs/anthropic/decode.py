"""A whole Messages answer as a completion: read through the very blocks that read a stream.

Its own bytes come with it as `native`, for callers of the same dialect.

Source: https://platform.claude.com/docs/en/api/messages (read 2026-11-20).
"""

from __future__ import annotations

from proxy.codecs.anthropic import faults
from proxy.codecs.anthropic.answer import Answer
from proxy.codecs.anthropic.draft import PROTOCOL
from proxy.codecs.anthropic.finish import PAUSE
from proxy.codecs.anthropic.pausing import to_go_on
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
    return read(parsed(body, jsons.decode_object), body, created=created)


def read(message: Json, body: bytes, *, created: int) -> Completion:
    """Read a whole answer out of what its body says.

    Raises:
        ProxyError: an error inside a 200, EMPTY, MALFORMED.
    """
    if message.get("type") != "message" and (failure := faults.event_fault(message)):
        raise failure
    if not isinstance(message.get("content"), list):
        raise ProxyError(Kind.MALFORMED, "the provider's answer has no content")
    # A whole answer holds no more than its body, which has its own limit.
    answer = Answer(created, "", len(body))
    completion = fold(answer.begin(message) + answer.end())
    completion["native"] = {"dialect": PROTOCOL, "payload": body}
    called = completion["choices"][0]["message"].get("tool_calls")
    if message.get("stop_reason") == PAUSE and not called:
        said = to_go_on(message["content"])
        completion |= {"paused": said} if said else {}
    return completion
