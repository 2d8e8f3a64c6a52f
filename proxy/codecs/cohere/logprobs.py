"""Log probabilities: the provider gives them for pieces of text that may be several tokens long.

A piece counts as one token of chat's, as probable as all of its tokens together.

Source: https://docs.cohere.com/v2/reference/chat, field `logprobs` (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any

from proxy.core.shape import Json


def logprobs_of(*pieces: Any) -> Json | None:
    """The `logprobs` of a choice; None where no piece has any."""
    content = [token for piece in pieces if (token := _token(piece))]
    return {"content": content} if content else None


def _token(piece: Any) -> Json | None:
    values = piece.get("logprobs") if isinstance(piece, dict) else None
    if not isinstance(values, list) or not all(isinstance(each, int | float) for each in values):
        return None
    text = piece.get("text")
    text = text if isinstance(text, str) else ""
    spelt = list(text.encode("utf-8", "replace"))
    return {"token": text, "logprob": float(sum(values)), "bytes": spelt, "top_logprobs": []}
