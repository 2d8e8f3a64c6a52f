"""Vectors into the body that an OpenAI client reads, in the form that it asked for.

Invariant: a body that a provider of the same dialect sent in that form and that needs no edit goes out byte for byte.
Source: https://platform.openai.com/docs/api-reference/embeddings/object (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core import jsons, vectors
from proxy.core.shape import ChatRequest, Completion, Json
from proxy.core.vectors import Vector
from proxy.surfaces.embeddings.parse import DIALECT
from proxy.surfaces.native import additions, edited

_UNTOLD: Final = {"prompt_tokens": 0, "total_tokens": 0}
"""Where a provider does not count: OpenAI's clients take it for granted that `usage` is an object. Only the ledger knows."""


def whole_body(
    request: ChatRequest,
    completion: Completion,
    model: str | None = None,
    report: Json | None = None,
) -> bytes:
    """The body of an answer.

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
        return edited(native["payload"], edits)
    answer = {
        "object": "list",
        "data": [_item(each, at, form) for at, each in enumerate(completion["vectors"])],
        "model": completion.get("model", ""),
        "usage": _usage(completion),
    }
    return jsons.encode({**answer, **edits})


def _item(vector: Vector, at: int, form: str) -> Json:
    written: Any = vectors.to_base64(vector) if form == "base64" else vector
    return {"object": "embedding", "index": at, "embedding": written}


def _usage(completion: Completion) -> Json:
    usage = completion.get("usage")
    return {name: usage[name] for name in _UNTOLD} if usage else dict(_UNTOLD)
