"""Text and reasoning of a message or a delta, brought into the two fields that the chat shape has for them.

Servers put reasoning under `reasoning`, into typed parts of a `content` list, or nowhere; some give `content` as an
object. Used alike for whole messages and for deltas.

Invariant: what needed no change is returned as the very object that came.
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core import jsons
from proxy.core.shape import Json

_TEXTS: Final = ("reasoning_content", "refusal")


def plain(said: Json) -> Json:
    """Bring `content`, `reasoning` and `refusal` into strings; a `function_call` that is no object is none."""
    content = said.get("content")
    if content is not None and not isinstance(content, str):
        said = _flat(said, content)
    if said.get("reasoning") and isinstance(said["reasoning"], str):
        said = _renamed(said)
    for key in _TEXTS:
        value = said.get(key)
        if value is not None and not isinstance(value, str):
            said = {**said, key: _text(value)}
    if not isinstance(said.get("function_call", {}), dict | None):
        said = {key: value for key, value in said.items() if key != "function_call"}
    return said


def _renamed(said: Json) -> Json:
    """`reasoning` becomes `reasoning_content`; a server that sends both says the same twice."""
    new = {key: value for key, value in said.items() if key != "reasoning"}
    if not new.get("reasoning_content"):
        new["reasoning_content"] = said["reasoning"]
    return new


def _flat(said: Json, content: object) -> Json:
    if not isinstance(content, list):
        return {**said, "content": _text(content)}
    texts: list[str] = []
    thoughts: list[str] = []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else "text"
        (thoughts if kind in {"thinking", "reasoning"} else texts).append(_text(part))
    new = {**said, "content": "".join(texts)}
    reasoning = "".join(thoughts)
    if reasoning:
        new["reasoning_content"] = (new.get("reasoning_content") or "") + reasoning
    return new


def _text(part: Any) -> str:
    """The text of a content part, of a list of them, or of a value that should have been text."""
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return "".join(map(_text, part))
    if not isinstance(part, dict) or "type" not in part:
        return jsons.encode(part).decode()
    for key in ("text", "thinking", "summary", "refusal"):
        if part.get(key):
            return _text(part[key])
    return ""
