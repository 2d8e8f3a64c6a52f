"""What Mistral's answers need beyond what every compatible server's do: real ids, and no begun answer said again.

Source: https://docs.mistral.ai/capabilities/completion/prefix (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.vendors.content import over_messages
from proxy.codecs.vendors.said import over_choices
from proxy.core.shape import Json

_NO_ID: Final = "null"


def minted(frame: Json) -> Json:
    """The frame without ids of tool calls that are none, so that they get one."""
    return over_choices(frame, _minted)


class Continuation:
    """Takes the begun answer, which the request ends with, off the beginning of each choice of a stream.

    Args:
        prefix: The begun answer.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._held: dict[int, str] = {}
        self._settled: set[int] = set()

    def __call__(self, frame: Json) -> Json:
        """The frame without what repeats the begun answer."""
        choices = frame.get("choices")
        if not isinstance(choices, list):
            return frame
        return {**frame, "choices": [self._choice(choice) for choice in choices]}

    def _choice(self, choice: Any) -> Any:
        delta = choice.get("delta") if isinstance(choice, dict) else None
        index = choice.get("index", 0) if isinstance(choice, dict) else None
        if not isinstance(delta, dict) or not isinstance(index, int) or index in self._settled:
            return choice
        content = delta.get("content") or ""
        if not isinstance(content, str):
            self._settled.add(index)
            return choice
        said = self._held.pop(index, "") + content
        over = bool(choice.get("finish_reason")) or bool(delta.get("tool_calls"))
        if not over and len(said) < len(self._prefix) and self._prefix.startswith(said):
            self._held[index] = said
            return {**choice, "delta": {**delta, "content": ""}}
        self._settled.add(index)
        return {**choice, "delta": {**delta, "content": said.removeprefix(self._prefix)}}


def _minted(index: int, said: Json) -> Json:
    del index
    calls = said.get("tool_calls")
    if not isinstance(calls, list):
        return said
    new = over_messages(calls, _without_null_id)
    return said if new is calls else {**said, "tool_calls": new}


def _without_null_id(call: Json) -> Json:
    return {**call, "id": None} if call.get("id") == _NO_ID else call
