"""Log probabilities in the legacy form: four lists side by side, where chat has one list of objects.

Source: https://platform.openai.com/docs/api-reference/completions/object (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any

from proxy.core.shape import Json


def legacy(logprobs: Json | None, start: int) -> Json | None:
    """Chat's log probabilities in the legacy form; what is in that form already is given back as it is.

    Args:
        logprobs: Of one choice, or of a part of it.
        start: Where its first token begins in the whole text, the prompt included.
    """
    entries: Any = logprobs.get("content") if logprobs else None
    if not isinstance(entries, list):
        return None if logprobs and "content" in logprobs else logprobs
    written: Json = {"tokens": [], "token_logprobs": [], "top_logprobs": [], "text_offset": []}
    for entry in entries:
        token = entry.get("token", "")
        written["tokens"].append(token)
        written["token_logprobs"].append(entry.get("logprob"))
        tops = entry.get("top_logprobs") or ()
        written["top_logprobs"].append({top["token"]: top["logprob"] for top in tops})
        written["text_offset"].append(start)
        start += len(token)
    return written
