"""Prompt-cache points: from the marks of a chat request, and within the four that a request may have.

A point is a block of its own behind what is to be cached. Where there are too many, the last four stay, because each
covers all that stands before it. A point may not live longer than one before it.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html (read 2026-11-21).
"""

from __future__ import annotations

from typing import Final

from proxy.codecs.anthropic.caching import mark_of
from proxy.codecs.bedrock.draft import Draft
from proxy.codecs.bedrock.models import Place
from proxy.core.shape import Json

MAX_POINTS: Final = 4
_POINT: Final = "cachePoint"
_HOUR: Final = "1h"
_UNMARKABLE: Final = frozenset({"document", "video"})
"""Blocks behind which the provider takes no point."""


def marked(draft: Draft, blocks: list[Json], source: Json, place: Place) -> list[Json]:
    """The blocks, with a point behind them where their source asks for one and the model takes it there."""
    mark = mark_of(source)
    if mark is None or not blocks:
        return blocks
    if place not in draft.family.caches or blocks[-1].keys() & _UNMARKABLE:
        draft.drop("cache_control")
        return blocks
    if _POINT in blocks[-1]:
        return blocks
    point: Json = {"type": "default"}
    if mark.get("ttl") and draft.family.claude:
        point["ttl"] = mark["ttl"]
    return [*blocks, {_POINT: point}]


def settle(draft: Draft) -> None:
    """Keep the points of a finished draft within the provider's rules."""
    lists = [draft.tools, draft.system, *(turn["content"] for turn in draft.messages)]
    spare = sum(_POINT in block for blocks in lists for block in blocks) - MAX_POINTS
    if spare > 0:
        _keep_last(lists, spare)
    _shorten(lists)


def _keep_last(lists: list[list[Json]], spare: int) -> None:
    for blocks in lists:
        kept: list[Json] = []
        for block in blocks:
            if _POINT in block and spare > 0:
                spare -= 1
            else:
                kept.append(block)
        blocks[:] = kept


def _shorten(lists: list[list[Json]]) -> None:
    """Behind a point that lives for minutes, all do."""
    is_short = False
    for blocks in lists:
        for at, block in enumerate(blocks):
            if _POINT not in block:
                continue
            if block[_POINT].get("ttl") != _HOUR:
                is_short = True
            elif is_short:
                blocks[at] = {_POINT: {"type": "default"}}
