"""The head of an answer on the fast path, as the lines that go out: most have nothing in them that is seldom.

Invariant: they are those that `headers.py` has, in its order; what stands for names and values holds no line break.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from proxy.upstream.answer_head import AnswerHead
from proxy.web.call import Call
from proxy.web.cycle import rendered
from proxy.web.headers import MAX_HEADER, ascii_of, head_of, head_of_whole, served_at_once
from proxy.web.request_id import HEADER
from proxy.web.stream import HEAD

_JSON: Final = ((b"content-type", b"application/json"),)
_WHOLE: Final = (
    b"%bserver-timing: proxy;dur=%.1f, upstream;dur=%.1f\r\n%b%bcontent-length: %d\r\n"
    b"x-request-id: %b\r\n"
)
_STREAM: Final = b"%bserver-timing: proxy;dur=%.1f, upstream;dur=%.1f\r\n%bx-request-id: %b\r\n"


def lines_of_whole(call: Call, now: float, head: AnswerHead, size: int) -> bytes:
    """Those of a whole answer.

    Args:
        call: Whose answer it is; who gives it is known.
        now: Loop time at which that was.
        head: The provider's.
        size: Bytes of the body.
    """
    if call.dropped or call.target is None or call.limits():
        own = (HEADER, call.id.encode())
        return rendered([*head_of_whole(call, now, head.fields, size), own])
    cost = b"" if call.cost is None else f"x-firstbyte-cost-usd: {call.cost:f}\r\n".encode()
    return _WHOLE % (
        _opening(_JSON, call.target[:MAX_HEADER]),
        call.overhead_ms,
        call.upstream_ms,
        head.passed,
        cost,
        size,
        call.id.encode(),
    )


def lines_of_stream(call: Call, now: float, head: AnswerHead) -> bytes:
    """Those of a streamed answer.

    Args:
        call: Whose answer it is; who gives it is known.
        now: Loop time at which that was.
        head: The provider's.
    """
    if call.dropped or call.target is None or call.limits():
        own = (HEADER, call.id.encode())
        return rendered([*HEAD, *head_of(call, "", now, head.fields)[1:], own])
    return _STREAM % (
        _opening(HEAD, call.target[:MAX_HEADER]),
        call.overhead_ms,
        call.upstream_ms,
        head.passed,
        call.id.encode(),
    )


@lru_cache(maxsize=256)
def _opening(head: tuple[tuple[bytes, bytes], ...], target: str) -> bytes:
    """How the head of an answer begins that a target gave at once."""
    return rendered([*head, (b"x-firstbyte-target", ascii_of(target)), *served_at_once(target)])
