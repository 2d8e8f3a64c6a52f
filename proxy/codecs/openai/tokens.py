"""Finds the usage of a frame or a body, wherever the server puts it."""

from __future__ import annotations

from proxy.core.shape import Json


def usage_of(answer: Json) -> Json | None:
    """The `usage` object: at the top, inside `x_groq`, or inside the first choice; None where there is none."""
    usage = answer.get("usage")
    if usage and isinstance(usage, dict):
        return usage
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    for place in (answer.get("x_groq"), first):
        inner = place.get("usage") if isinstance(place, dict) else None
        if inner and isinstance(inner, dict):
            return inner
    return None
