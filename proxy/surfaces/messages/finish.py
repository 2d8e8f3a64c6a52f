"""How an answer ended, in the words of the Messages API.

Source: https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from proxy.core.shape import Json

_CALLED: Final = "tool_use"
_REFUSED: Final = "refusal"
_REASONS: Final = {
    "length": "max_tokens",
    "tool_calls": _CALLED,
    "function_call": _CALLED,
    "content_filter": _REFUSED,
}
"""By finish reason; every other says only that the answer is whole."""


@dataclass(slots=True)
class Ending:
    """What is known of an answer's end so far."""

    reason: str | None = None
    """Chat's finish reason."""
    called: bool = False
    """Whether the answer holds calls."""
    refused: str = ""
    """The text of a refusal."""
    stopped_by: str | None = None
    """The stop sequence that was met, where the provider told."""

    def note_stop(self, told: Any, stops: Sequence[str]) -> None:
        """Take what some servers tell beside the finish reason: the stop sequence itself."""
        if isinstance(told, str) and told in stops:
            self.stopped_by = told

    def wire(self) -> Json:
        """`stop_reason`, `stop_sequence` and `stop_details`."""
        reason = self._reason()
        details = {"type": _REFUSED, "category": None, "explanation": self.refused or None}
        return {
            "stop_reason": reason,
            "stop_sequence": self.stopped_by if reason == "stop_sequence" else None,
            "stop_details": details if reason == _REFUSED else None,
        }

    def _reason(self) -> str:
        known = _REASONS.get(self.reason or "")
        if known is not None:
            return known
        if self.called:
            return _CALLED
        if self.refused:
            return _REFUSED
        return "stop_sequence" if self.stopped_by is not None else "end_turn"
