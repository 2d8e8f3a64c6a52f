"""Vectors into the body that an OpenAI client reads, in the form that it asked for.

Invariant: a body that a provider of the same dialect sent in that form and that needs no edit goes out byte for byte.
Source: https://platform.openai.com/docs/api-reference/embeddings/object (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from proxy.core import jsons, long_arrays, vectors
from proxy.core.shape import ChatRequest, Completion, Json
from proxy.core.steps import Steps
from proxy.core.vectors import Vector
from proxy.surfaces.embeddings.parse import DIALECT
from proxy.surfaces.native import additions, edited

_HEAD: Final = b'{"object":"list","data":['
STEP: Final = 256 * 1024
"""Bytes that are written in a step."""
_UNTOLD: Final = {"prompt_tokens": 0, "total_tokens": 0}
"""Where a provider does not count: OpenAI's clients take it for granted that `usage` is an object. Only the ledger knows."""


def whole_body(
    request: ChatRequest,
    completion: Completion,
    model: str | None = None,
    report: Json | None = None,
) -> Steps[bytes]:
    """The body of an answer, written in steps, since it may be long.

    Args:
        request: The call that is answered.
        completion: The answer, with `vectors`; not touched.
        model: In place of the provider's name of the model.
        report: Goes in as `firstbyte`.
    """
    edits = additions(completion, model, report)
    form = request.body.get("encoding_format") or "float"
    native = completion.get("native")
    if native is not None and native["dialect"] == f"{DIALECT}/{form}":
        if not edits:
            return native["payload"]
        return (yield from long_arrays.edited(native["payload"], lambda said: edited(said, edits)))
    items = yield from _items(completion["vectors"], form)
    rest = {"model": completion.get("model", ""), "usage": _usage(completion), **edits}
    # One copy, and a turn of its own: there may be tens of megabytes.
    body = b"".join((_HEAD, *items, b"],", jsons.encode(rest)[1:]))
    if len(body) > STEP:
        yield
    return body


def _items(given: Iterable[Vector], form: str) -> Steps[list[bytes]]:
    items: list[bytes] = []
    left = STEP
    for at, vector in enumerate(given):
        written: Any = vectors.to_base64(vector) if form == "base64" else vector.tolist()
        item = jsons.encode({"object": "embedding", "index": at, "embedding": written})
        items += (b",", item) if at else (item,)
        left -= len(item)
        if left < 0:
            yield
            left = STEP
    return items


def _usage(completion: Completion) -> Json:
    usage = completion.get("usage")
    return {name: usage[name] for name in _UNTOLD} if usage else dict(_UNTOLD)
