"""Writes the body of a call of texts for a target that wants nothing but its own model's name: by two cuts into what came.

Taking a long body apart costs more than the rest of writing it. Here the one place is found where the model's name
stands, and what is to be added goes before the last brace.

Invariant: what is written says the same as what `request.py` would have written, or nothing is written here.
"""

from __future__ import annotations

import re
from typing import Final

from proxy.core import jsons
from proxy.core.shape import ChatRequest, Target

_KEY: Final = b'"model"'
_MOST: Final = 6
"""Members of a body for each of which it is looked through."""
_NAME: Final = re.compile(rb'"model"[ \t\r\n]*:[ \t\r\n]*("[^"\\]*")')
_ESCAPE: Final = b"\\u00"
_ESCAPED: Final = re.compile(rb"\\u00[5-7]")
"""A letter or an underscore as an escape: a member's name may be hidden by it from who looks at the bytes."""
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
    # In texts alone every `"model"` before a colon is the name of the one member, wherever it stands: in a text the quotes
    # would be escaped. Where a text ends so as to look like it, or a member is there twice, this is not for us: of two
    # the last counts here, and who knows which at the provider.
    body = request.raw
    if not _is_literal(body) or any(
        body.count(b'"%b"' % name.encode()) != 1 for name in request.body
    ):
        return None
    found = _NAME.match(body, body.find(_KEY))
    if found is None:
        return None
    name = jsons.encode(target.model)
    start, end = found.span(1)
    if not request.stream:
        return b"%b%b%b" % (body[:start], name, body[end:])
    last = body.rindex(b"}")
    return b"%b%b%b,%b}" % (body[:start], name, body[end:last], _WITH_USAGE)


def _is_literal(body: bytes) -> bool:
    """Whether every member's name stands in a body letter by letter, and nothing stands before its brace but space."""
    return body.lstrip().startswith(b"{") and not (_ESCAPE in body and _ESCAPED.search(body))


def _is_easy(request: ChatRequest, target: Target) -> bool:
    """Whether neither the target's parameters and quirks nor OpenAI's own rules have a word on what was asked."""
    asked, quirks = request.body.keys(), target.quirks
    return (
        len(asked) <= _MOST
        and _EDITED.isdisjoint(asked)
        and not target.params
        and not (quirks.request or quirks.clamp or quirks.reasoning_replay)
        and quirks.drop.isdisjoint(asked)
        and (not request.stream or quirks.stream_options)
        and not (quirks.rename and any(name in quirks.rename for name in asked))
    )
