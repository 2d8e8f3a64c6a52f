"""Prompt-cache marks: from the two ways a chat request writes them, and within the four that a request may have.

Marks are read in the order in which the provider reads the prompt: tools, system, messages. Where there are too many,
the last four stay, because each covers all that stands before it. A mark may not live longer than one before it.

Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching (read 2026-11-20).
"""

from __future__ import annotations

from typing import Final

from proxy.codecs.anthropic.draft import Draft
from proxy.core.shape import Json

MAX_MARKS: Final = 4
MARKS: Final = frozenset({"cache_control", "prompt_cache_breakpoint"})
"""The members that hold a mark in a chat request."""

_HOUR: Final = "1h"
_TTLS: Final = {"5m": "5m", "30m": _HOUR, "1h": _HOUR, "12h": _HOUR, "24h": _HOUR}
_UNCACHEABLE: Final = frozenset({"thinking", "redacted_thinking"})


def mark_of(marked: Json) -> Json | None:
    """The mark that a content part, a message or a tool carries, in native form; None for none."""
    if MARKS.isdisjoint(marked):
        return None
    mark = marked.get("cache_control")
    if isinstance(mark, dict):
        return _mark(mark.get("ttl"))
    breakpoint_ = marked.get("prompt_cache_breakpoint")
    return _mark(breakpoint_.get("ttl")) if isinstance(breakpoint_, dict) else None


def marked(block: Json, source: Json) -> Json:
    """The block with the mark of what it was written from."""
    mark = mark_of(source)
    return {**block, "cache_control": mark} if mark else block


def mark_last(blocks: list[Json], source: Json) -> list[Json]:
    """The blocks of a message, the last of them that can be cached with the mark of the message."""
    mark = mark_of(source)
    if mark is None:
        return blocks
    for at in range(len(blocks) - 1, -1, -1):
        if blocks[at].get("type") not in _UNCACHEABLE:
            return [*blocks[:at], {**blocks[at], "cache_control": mark}, *blocks[at + 1 :]]
    return blocks


def options(draft: Draft, value: object) -> None:
    """`prompt_cache_options`: the implicit mode is the provider's automatic mark on the last block."""
    mode = value.get("mode") if isinstance(value, dict) else None
    if isinstance(value, dict) and mode == "implicit":
        draft.body.setdefault("cache_control", _mark(value.get("ttl")))
    elif mode != "explicit":
        draft.drop("prompt_cache_options")


def settle(draft: Draft) -> None:
    """Keep the marks of a finished draft within the provider's rules."""
    holders = _holders(draft)
    if not holders:
        return
    room = MAX_MARKS - ("cache_control" in draft.body)
    for holder in holders[: max(0, len(holders) - room)]:
        del holder["cache_control"]
    shortened = False
    for holder in holders[max(0, len(holders) - room) :]:
        mark = holder["cache_control"]
        if mark.get("ttl") != _HOUR:
            shortened = True
        elif shortened:
            holder["cache_control"] = {"type": "ephemeral"}


def _mark(ttl: object) -> Json:
    native = _TTLS.get(ttl) if isinstance(ttl, str) else None
    return {"type": "ephemeral", "ttl": native} if native else {"type": "ephemeral"}


def _holders(draft: Draft) -> list[Json]:
    """Everything that has a mark, in the order of the prompt. All of these dicts are the draft's own."""
    found: list[Json] = []
    for blocks in (draft.tools, draft.system, *[turn["content"] for turn in draft.messages]):
        _gather(blocks, found)
    return found


def _gather(blocks: list[Json], found: list[Json]) -> None:
    for block in blocks:
        if block.get("type") == "tool_result" and isinstance(inner := block.get("content"), list):
            _gather(inner, found)
        if "cache_control" in block:
            found.append(block)
