"""What a response says beside its output, where chat has a place for it: its tier, its moderation, its metadata.

Source: https://developers.openai.com/api/reference/resources/chat (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core.shape import Json

_SAME: Final = ("service_tier", "metadata")
_RESULT: Final = "moderation_result"
_RESULTS: Final = "moderation_results"


def besides_of(response: Json) -> Json:
    """The members of a completion, or of a stream's last choice, that a response fills beside the answer."""
    besides = {name: response[name] for name in _SAME if response.get(name)}
    moderation = response.get("moderation")
    if isinstance(moderation, dict) and moderation:
        besides["moderation"] = {side: _results(found) for side, found in moderation.items()}
    return besides


def _results(found: Any) -> Any:
    """One result as the list of results that chat has there; an error as it is."""
    if not isinstance(found, dict) or found.get("type") != _RESULT:
        return found
    return {"type": _RESULTS, "model": found.get("model"), "results": [found]}
