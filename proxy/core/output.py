"""The one predicate that says whether a reader would notice an event.

It decides the commit, every clock and hedge races: roles, pings, comments, usage, metadata and empty deltas are
not output; text, reasoning, a refusal, a tool call, audio, an image and a proper finish are.
"""

from __future__ import annotations

from proxy.core.shape import Chunk, Delta, FunctionDelta


def is_output(chunk: Chunk) -> bool:
    """Whether any choice of the chunk says something or finishes, or its native event is noticed by itself."""
    for choice in chunk.get("choices") or ():
        if choice.get("finish_reason") or speaks(choice.get("delta") or {}):
            return True
    native = chunk.get("native")
    return native is not None and native.get("speaks", False)


def speaks(delta: Delta) -> bool:
    """Whether a delta holds something that a reader would notice."""
    if (
        delta.get("content")
        or delta.get("reasoning_content")
        or delta.get("refusal")
        or delta.get("audio")
        or delta.get("images")
    ):
        return True
    if _calls(delta.get("function_call")):
        return True
    return any(
        call.get("id") or _calls(call.get("function")) or call.get("custom")
        for call in delta.get("tool_calls") or ()
    )


def _calls(function: FunctionDelta | None) -> bool:
    return bool(function and (function.get("name") or function.get("arguments")))
