"""Writes the body of a call of texts for a target that wants nothing but its own model's name: by two cuts into what came.

Taking a long body apart costs more than the rest of writing it. Here the one place is found where the model's name
stands, and what is to be added goes before the last brace.

Invariant: what is written says the same as what `request.py` would have written, or nothing is written here.
"""

from __future__ import annotations

import re
from typing import Final

from proxy.core import jsons
from proxy.core.shape import ChatRequest, Json, Target

_KEY: Final = b'"model"'
_CODE: Final = b"\\u0022"
"""A quote by its number."""
_NAME: Final = re.compile(rb'"model"[ \t\r\n]*:[ \t\r\n]*("[^"\\]*")')
_EDITED: Final = frozenset({"max_tokens", "stream_options"})
"""Members that are looked at more closely."""
_WITH_USAGE: Final = b'"stream_options":{"include_usage":true}'


def splice(request: ChatRequest, target: Target) -> bytes | None:
    """The body for this target; None where more than its model's name would have to be another.

    Args:
        request: What was asked.
        target: Who is asked.
    """
    if not request.only_texts or not _is_easy(request, target):
        return None
    body = request.raw
    if not body.lstrip().startswith(b"{"):
        return None
    # In texts alone `"model"` before a colon is the name of the one member: in a text its quotes would be escaped.
    at = body.find(_KEY) if _is_first(request.body) else body.rfind(_KEY)
    found = _NAME.match(body, at) if at >= 0 else None
    if found is None or not _says_each_once(body, request.body):
        return None
    name = jsons.encode(target.model)
    start, end = found.span(1)
    if not request.stream:
        return b"%b%b%b" % (body[:start], name, body[end:])
    last = body.rindex(b"}")
    return b"%b%b%b,%b}" % (body[:start], name, body[end:last], _WITH_USAGE)


def _is_easy(request: ChatRequest, target: Target) -> bool:
    """Whether neither the target's parameters and quirks nor OpenAI's own rules have a word on what was asked."""
    asked, quirks = request.body.keys(), target.quirks
    return (
        _EDITED.isdisjoint(asked)
        and not target.params
        and not (quirks.request or quirks.clamp or quirks.reasoning_replay)
        and quirks.drop.isdisjoint(asked)
        and (not request.stream or quirks.stream_options)
        and not (quirks.rename and any(name in quirks.rename for name in asked))
    )


def _is_first(said: Json) -> bool:
    """Whether the model's name stands before the messages, which are long."""
    return next((name == "model" for name in said if name in ("model", "messages")), True)


def _says_each_once(body: bytes, said: Json) -> bool:
    """Whether a body of texts is no more than what was read of it: of two equal members the last counts here, and who
    knows which at the provider.

    It is told by the quotes, two for each name and text, and those inside texts: what was read over would have some of
    its own, whatever escapes its name hides behind.
    """
    words = quotes = 0
    for value in said.values():
        texts = value if isinstance(value, list) else (value,)
        for text in texts:
            if isinstance(text, str):
                words += 1
                quotes += text.count('"')
            elif isinstance(text, dict):
                words += 2 * len(text)
                quotes += sum([each.count('"') for each in text.values()])
    # A quote inside a text may have been written without one.
    return body.count(b'"') == 2 * (words + len(said)) + quotes and not (quotes and _CODE in body)
