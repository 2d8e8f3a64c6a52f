"""The order of a conversation where a vendor is strict about it, and the ways to let it go on with a begun answer.

Source: https://docs.perplexity.ai/api-reference/chat-completions-post, https://platform.moonshot.ai/docs/guide/use-partial-mode-feature-of-kimi-api,
https://api-docs.deepseek.com/guides/chat_prefix_completion, https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
(all read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.vendors.draft import Draft
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json

_SYSTEM: Final = ("system", "developer")


def alternate(draft: Draft) -> None:
    """System messages only at the front, then user and assistant in turns, a user's the last.

    Raises:
        ProxyError: UNSUPPORTED, where the conversation ends with an answer that should go on.
    """
    turns: list[Any] = []
    for message in draft.messages:
        if isinstance(message, dict):
            _add(turns, message)
    if turns and turns[-1]["role"] == "assistant":
        last = len(draft.messages) - 1
        raise ProxyError(
            Kind.UNSUPPORTED,
            f"{draft.target.name} takes no conversation that ends with an assistant message",
            param=f"messages[{last}]",
        )
    if turns != draft.messages:
        draft.messages = turns


def joined(first: object, second: object) -> str | list[Any]:
    """The content of two messages as that of one."""
    if isinstance(first, str) and isinstance(second, str):
        return "\n\n".join(text for text in (first, second) if text)
    return [*_parts(first), *_parts(second)]


def prefill_partial(draft: Draft) -> None:
    """A begun answer at the end is marked `partial`."""
    _mark_last(draft, "partial")


def prefill_prefix(draft: Draft) -> None:
    """A begun answer at the end is marked `prefix`."""
    _mark_last(draft, "prefix")


def prefill_continue(draft: Draft) -> None:
    """A begun answer at the end is gone on with in place of a new one."""
    if begun(draft.messages) and draft.value("continue_final_message") is None:
        draft.default("add_generation_prompt", False)
        draft.put("continue_final_message", True)


def begun(messages: list[Any]) -> bool:
    """Whether a conversation ends with an answer that should go on."""
    last = messages[-1] if messages else None
    return isinstance(last, dict) and last.get("role") == "assistant" and not last.get("tool_calls")


def _mark_last(draft: Draft, mark: str) -> None:
    if begun(draft.messages):
        draft.messages = [*draft.messages[:-1], {**draft.messages[-1], mark: True}]


def _add(turns: list[Any], message: Json) -> None:
    role = message.get("role")
    if role in _SYSTEM and turns and turns[-1]["role"] not in _SYSTEM:
        role, message = "user", {**message, "role": "user"}
    before = turns[-1] if turns else None
    if before is None or before["role"] != role or message.get("tool_calls") or role == "tool":
        turns.append({**message, "role": role})
        return
    content = joined(before.get("content"), message.get("content"))
    turns[-1] = {**before, **message, "content": content}


def _parts(content: object) -> list[Any]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if isinstance(content, str) and content else []
