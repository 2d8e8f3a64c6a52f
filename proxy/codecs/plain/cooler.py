"""A call whose answer the provider threw away, because the model had written a tool call or JSON that is none: once more,
cooler, which is what the provider advises.

Source: https://console.groq.com/docs/tool-use and https://console.groq.com/docs/structured-outputs, on errors.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Target

TEMPERATURE: Final = "temperature"
_SPOILT: Final = frozenset({"tool_use_failed", "json_validate_failed"})
_USUAL: Final = 1.0
"""Where nobody says one."""
_REFUSED: Final = 400


def cooler(failure: ProxyError, request: ChatRequest, target: Target) -> Target | None:
    """The target as one that is asked with half the temperature, of 1 at the most.

    Args:
        failure: What came of the call.
        request: What was asked.
        target: Who was asked.

    Returns:
        None where the failure is another one, or where it cannot be cooler.
    """
    if not is_spoilt(failure):
        return None
    said = target.params.get(TEMPERATURE, request.body.get(TEMPERATURE))
    warm = said if isinstance(said, int | float) else _USUAL
    if warm <= 0:
        return None
    return replace(target, params={**target.params, TEMPERATURE: min(warm, _USUAL) / 2})


def is_spoilt(failure: ProxyError) -> bool:
    """Whether it was the model that failed, and not its caller, whatever the status says: another may do better."""
    return failure.status == _REFUSED and failure.code in _SPOILT
