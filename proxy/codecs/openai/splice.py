"""Writes the body of a call of texts with another name of the model: by two cuts into what came.

Taking a long body apart costs more than the rest of writing it. Here the one place is found where the model's name
stands, and what is to be added goes before the last brace.

Invariant: what is written says the same as what `request.py` would have written, or nothing is written here.
"""

from __future__ import annotations

import re
from typing import Final

from proxy.core.shape import ChatRequest, Json

_KEY: Final = b'"model"'
_NEAR: Final = 256
"""Bytes of the beginning in which the name is looked for: where it is not there, it mostly stands behind the messages."""
_WORDS: Final = frozenset(
    {"model", "prompt_cache_key", "reasoning_effort", "safety_identifier", "service_tier", "stop"}
    | {"stream_options", "user", "verbosity"}
)
"""What of a call of texts is a text by itself, or has some in it, the messages aside; all else are numbers and switches."""
_CODE: Final = b"\\u0022"
"""A quote by its number."""
_NAME: Final = re.compile(rb'"model"[ \t\r\n]*:[ \t\r\n]*("[^"\\]*")')
_FAR: Final = 256
"""Bytes between two quotes from which jumping from one to the next is quicker than counting them all."""
_MARKED: Final = 0xEF
"""The first byte of a mark of the byte order, which nobody but us would skip."""
_WITH_USAGE: Final = b'"stream_options":{"include_usage":true}'


def splice(request: ChatRequest, name: bytes) -> bytes | None:
    """The body with this name of the model; None where its place is not sure.

    Args:
        request: A call of nothing but texts, with `stream_options` only where they ask for usage.
        name: The name as JSON.
    """
    body = request.raw
    # In texts alone `"model"` before a colon is the name of the one member: in a text its quotes would be escaped.
    at = body.find(_KEY, 0, _NEAR)
    if at < 0:
        at = body.rfind(_KEY)
    found = _NAME.match(body, at) if at >= 0 else None
    if found is None or body[0] == _MARKED or not _says_each_once(body, request.body):
        return None
    start, end = found.span(1)
    if not request.stream or "stream_options" in request.body:
        return b"".join((body[:start], name, memoryview(body)[end:]))
    last = body.rindex(b"}")
    return b"".join((body[:start], name, memoryview(body)[end:last], b",", _WITH_USAGE, b"}"))


def _says_each_once(body: bytes, said: Json) -> bool:
    """Whether a body of texts is no more than what was read of it: of two equal members the last counts here, and who
    knows which at the provider.

    It is told by the quotes, two for each name and text, and those inside texts: what was read over would have some of
    its own, whatever escapes its name hides behind.
    """
    messages = said["messages"]
    # Each message is a role and a content.
    strings, quotes = len(said) + 4 * len(messages), 0
    for message in messages:
        text = message["content"]
        if '"' in text:
            quotes += text.count('"')
    for name in _WORDS & said.keys():
        value = said[name]
        if isinstance(value, str):
            strings += 1
            if '"' in value:
                quotes += value.count('"')
        else:
            # Members, or texts.
            strings += len(value)
            quotes += sum([text.count('"') for text in value])
    count = 2 * strings + quotes
    is_long = len(body) >= _FAR * count
    if not (_has_quotes(body, count) if is_long else body.count(b'"') == count):
        return False
    # A quote inside a text may have been written without one; looked for from the end on, that is quicker.
    return not quotes or body.rfind(_CODE) < 0


def _has_quotes(body: bytes, count: int) -> bool:
    """Whether a body has so many quotes and no more, found one after the other."""
    at = -1
    for _ in range(count):
        at = body.find(b'"', at + 1)
        if at < 0:
            return False
    return body.find(b'"', at + 1) < 0
