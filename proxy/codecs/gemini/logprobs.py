"""Log probabilities of a candidate as chat has them.

Source: https://ai.google.dev/api/generate-content#LogprobsResult (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any

from proxy.core.shape import Json


def logprobs_of(result: Any) -> Json | None:
    """A `logprobsResult` as the `logprobs` of a choice; None where it has none."""
    chosen = _objects(result, "chosenCandidates")
    tops = _objects(result, "topCandidates")
    if not chosen:
        return None
    content = []
    for at, token in enumerate(chosen):
        others = _objects(tops[at], "candidates") if at < len(tops) else []
        content.append({**_entry(token), "top_logprobs": [_entry(each) for each in others]})
    return {"content": content, "refusal": None}


def _entry(given: Json) -> Json:
    token, value = given.get("token"), given.get("logProbability")
    text = token if isinstance(token, str) else ""
    return {
        "token": text,
        "logprob": value if isinstance(value, int | float) else 0.0,
        "bytes": list(text.encode("utf-8", "replace")),
    }


def _objects(holder: Any, name: str) -> list[Json]:
    given = holder.get(name) if isinstance(holder, dict) else None
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
