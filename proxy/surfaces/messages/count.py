"""`POST /v1/messages/count_tokens`: an estimate made here, because most providers count for nobody.

Clients ask it to decide whether a conversation still fits, so the estimate errs upwards: text counts more than the usual
tokenizers make of it, an image as the largest that one can cost, a document by its size.

Invariant: pure; the same body always counts the same.
Source: https://platform.claude.com/docs/en/build-with-claude/token-counting and .../vision (read 2026-11-20).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from proxy.core import jsons
from proxy.core.shape import ChatRequest, Headers, Json
from proxy.core.texts import objects_of, texts_of
from proxy.surfaces.body import object_of
from proxy.surfaces.messages.parse import request_of

ASCII_PER_TOKEN: Final = 3.5
"""Characters of ASCII in one token: fewer than English has (4 to 5), about what programs have."""
OTHER_PER_TOKEN: Final = 1.0
"""Characters beyond ASCII in one token: what ideographs have; other scripts have more."""
PER_MESSAGE: Final = 5
"""Tokens around each message."""
TOOLS: Final = 350
"""Tokens of what the provider tells a model about tools, where there are any."""
_TOOLS: Final = ("tools", "web_search_options")
_WISHES: Final = (*_TOOLS, "response_format")
IMAGE: Final = 1_600
"""Tokens of an image, whatever its size: larger ones are scaled down."""
FILE: Final = 2_000
"""Tokens of a document at the least, and where nothing of it is here: one page."""
FILE_PER_TOKEN: Final = 16
"""Base64 characters of a document in one token: a page has some 2,000 tokens and rarely less than 32 KB."""
TEXT_FILE_PER_TOKEN: Final = ASCII_PER_TOKEN * 4 / 3
"""Base64 characters of a text in one token."""


def parse_count(body: bytes, forward: Headers = ()) -> ChatRequest:
    """Read a call: a Messages request that need not say how long an answer may be.

    Raises:
        ProxyError: INVALID_REQUEST, in Anthropic's words.
    """
    return request_of(object_of(body), body, forward)


def count_tokens(request: ChatRequest) -> int:
    """Tokens that the prompt of a request has, estimated upwards."""
    body = request.body
    messages = list(objects_of(body.get("messages")))
    tokens = sum(map(_of_text, texts_of(body))) + PER_MESSAGE * len(messages)
    for message in messages:
        tokens += _of_text(str(message.get("reasoning_content") or ""))
        tokens += sum(map(_of_part, objects_of(message.get("content"))))
    wishes = [body[name] for name in _WISHES if body.get(name)]
    tokens += sum(_of_text(jsons.encode(wish).decode()) for wish in wishes)
    return math.ceil(tokens) + (TOOLS if any(body.get(name) is not None for name in _TOOLS) else 0)


def _of_text(text: str) -> float:
    ascii_ = len(text.encode("ascii", "ignore"))
    return ascii_ / ASCII_PER_TOKEN + (len(text) - ascii_) / OTHER_PER_TOKEN


def _of_part(part: Json) -> float:
    of = _PARTS.get(str(part.get("type")), _of_block)
    return of(part)


def _nothing(_part: Json) -> float:
    """Counted with the texts."""
    return 0


def _of_image(_part: Json) -> float:
    return IMAGE


def _of_file(part: Json) -> float:
    data = str(part["file"].get("file_data") or "")
    if data.startswith("data:text/"):
        return len(data) / TEXT_FILE_PER_TOKEN
    return max(FILE, len(data) / FILE_PER_TOKEN)


def _of_block(part: Json) -> float:
    """A block that chat has no part for."""
    source = part.get("source")
    if isinstance(source, dict) and source.get("type") in ("base64", "url", "file"):
        return max(FILE, _size(part) / FILE_PER_TOKEN)
    return _size(part) / ASCII_PER_TOKEN


def _size(value: Any) -> int:
    """Characters of all strings in a part."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_size, value.values()))
    return sum(map(_size, value)) if isinstance(value, list) else 0


_PARTS: Final[dict[str, Callable[[Json], float]]] = {
    "text": _nothing,
    "image_url": _of_image,
    "image": _of_image,
    "file": _of_file,
}
