"""Log probabilities of tokens, which have chat's form but for its `bytes`.

Source: https://docs.ollama.com/api/chat (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any

from proxy.core.shape import Json


def logprobs_of(value: Any) -> Json | None:
    """The `logprobs` of a choice; None where there are none."""
    if not isinstance(value, list) or not value:
        return None
    return {"content": [_token(token) for token in value if isinstance(token, dict)]}


def _token(token: Json) -> Json:
    others = token.get("top_logprobs")
    listed = others if isinstance(others, list) else []
    return {
        **_one(token),
        "top_logprobs": [_one(each) for each in listed if isinstance(each, dict)],
    }


def _one(token: Json) -> Json:
    text = token.get("token")
    text = text if isinstance(text, str) else ""
    given = token.get("bytes")
    spelt = given if isinstance(given, list) else list(text.encode("utf-8", "replace"))
    return {"token": text, "logprob": token.get("logprob"), "bytes": spelt}
