"""What was said in a call, in the log: a line of its own as JSON, two as text."""

from __future__ import annotations

from typing import Any, Final

from proxy.core import jsons
from proxy.core.content import Content
from proxy.core.rounding import thousandths
from proxy.core.shape import Json

MAX_SHOWN: Final = 500
"""Characters of each of the two at a terminal."""

_ROLES: Final = ("messages", "input", "prompt")
"""Where the inbound APIs have what was said last."""


def line(content: Content) -> bytes:
    """One line of JSON, without its end; `docs/log-content.schema.json` says what is in it."""
    told: Json = {
        "at": thousandths(content.at),
        "level": "info",
        "event": "content",
        "request_id": content.call,
        "surface": content.surface,
        "request": content.request,
        "answer": content.answer,
    }
    if content.is_cut:
        told["is_cut"] = True
    return jsons.encode(told)


def sentences(content: Content) -> list[str]:
    """What was said last, and what was answered; each on a line, in which nothing can act on a terminal."""
    return [f"  asked: {_shown(_asked(content.request))}", f"  said:  {_shown(content.answer)}"]


def _asked(request: Json | str) -> Any:
    if isinstance(request, str):
        return request
    said = next((request[name] for name in _ROLES if request.get(name)), request)
    return said[-1:] if isinstance(said, list) else said


def _shown(said: Any) -> str:
    text = " ".join(_texts(said)) or "(nothing)"
    short = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
    return "".join(c if c.isprintable() else " " for c in short)


def _texts(said: Any) -> list[str]:
    """The words in something, and of tool calls names and arguments."""
    if isinstance(said, str):
        return [said]
    if isinstance(said, list):
        return [text for each in said for text in _texts(each)]
    if not isinstance(said, dict):
        return []
    texts: list[str] = []
    for name in (
        "message",
        "text",
        "reasoning_content",
        "content",
        "output",
        "refusal",
        "tool_calls",
        "function",
    ):
        texts += _texts(said.get(name))
    if "arguments" in said:
        texts.append(f"{said.get('name')}({said['arguments']})")
    return texts
