"""A request without what earlier answers left signed for their makers.

A signature may be refused though it came back as it was: another key's project gave it, the model was replaced behind its
name, or what stands before it was changed. The conversation is worth more than it.

Invariant: the request is not touched.
Source: https://ai.google.dev/gemini-api/docs/thought-signatures and
https://platform.claude.com/docs/en/build-with-claude/extended-thinking (read 2026-11-22).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest
from proxy.core.state import strip_messages

_REFUSED: Final = 400
_DETAILS: Final = "reasoning_details"
_EXTRA: Final = "extra_content"
_HOLDERS: Final = ("tool_calls", "images")


def is_refused(failure: ProxyError, *words: str) -> bool:
    """Whether a provider refused a request, and said so in these words."""
    if failure.status != _REFUSED:
        return False
    said = failure.message.lower()
    return all(word in said for word in words)


def unsigned(request: ChatRequest) -> ChatRequest | None:
    """The request without signatures; None where it has none."""
    messages = request.body.get("messages")
    if not isinstance(messages, list):
        return None
    bare = [_bare(message) for message in strip_messages(messages)]
    if bare == messages:
        return None
    return replace(request, body={**request.body, "messages": bare}, raw=b"")


def _bare(message: Any) -> Any:
    if not isinstance(message, dict):
        return message
    kept = {name: value for name, value in message.items() if name != _DETAILS}
    for name in _HOLDERS:
        if isinstance(held := kept.get(name), list):
            kept[name] = [_without_extra(each) for each in held]
    return kept


def _without_extra(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    return {name: value for name, value in item.items() if name != _EXTRA}
