"""What an earlier answer left for its own maker: signed reasoning, and ids that a Converse request may hold.

Signed blocks go back byte for byte, from tool call ids that carry them or from `thinking_blocks`; where the ids name
another maker, all of them stay out, because a foreign signature is refused. Content that the provider encrypted is kept
in a form of our own: how it is written differs from platform to platform.

Invariant: the same history gives the same ids, whichever process writes it.
Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ReasoningContentBlock.html (read 2026-11-21).
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

from proxy.codecs.anthropic.draft import maker_of
from proxy.codecs.bedrock.draft import Draft
from proxy.core.shape import Json
from proxy.core.state import Packed

MAX_ID: Final = 64
REDACTED: Final = "redacted_content"
"""The type of our block for content that the provider encrypted."""
UNNAMED: Final = maker_of("")
"""The maker of an answer that did not name its model."""
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9_.:-]")


def reasoning_of(
    message: Json, packed: list[Packed], draft: Draft
) -> tuple[list[Json], list[list[Json]]]:
    """Find the signed blocks of an assistant message.

    Args:
        message: The chat message.
        packed: The ids of its tool calls, in order.
        draft: Says whose blocks the target takes back. Blocks that do not say who made them can only be Claude's.

    Returns:
        The blocks that stand before everything else, and for each tool call those right before it.
    """
    if not packed and "thinking_blocks" not in message:
        return [], []
    before: list[list[Json]] = [[] for _ in packed]
    claude = draft.family.claude is not None
    makers = {"", draft.maker, UNNAMED} if claude else {"", draft.maker}
    if any(each.maker not in makers for each in packed):
        return [], before
    carried = [[block for block in map(_native, each.blocks) if block] for each in packed]
    known = [block for blocks in carried for block in blocks]
    kept = message.get("thinking_blocks") if claude else None
    leading = [_native(block) for block in (kept if isinstance(kept, list) else ())]
    first = [block for block in leading if block and block not in known]
    if not carried:
        return first, before
    return [*first, *carried[0]], [[], *carried[1:]]


class Ids:
    """Native ids for the tool calls of one conversation: clean, short, and never the same one twice."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def native(self, original: str) -> str:
        """An id for a new call. Asked in the order of the history."""
        native, turn = cleaned(original, _FOREIGN), 2
        while native in self._used:
            native, turn = cleaned(f"{original}#{turn}", _FOREIGN), turn + 1
        self._used.add(native)
        return native


def cleaned(text: str, foreign: re.Pattern[str]) -> str:
    """The text, where it is short enough and has no foreign character; else a name of its own made from it."""
    if text and len(text) <= MAX_ID and not foreign.search(text):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{foreign.sub('_', text)[: MAX_ID - 9]}_{digest}"


def _native(block: Any) -> Json | None:
    """A block in the native form; None for one that no signature vouches for."""
    if not isinstance(block, dict):
        return None
    if block.get("type") == REDACTED:
        data = block.get("data")
        return {"reasoningContent": {"redactedContent": data}} if isinstance(data, str) else None
    text, signature = block.get("thinking"), block.get("signature")
    if block.get("type") != "thinking" or not isinstance(text, str) or not signature:
        return None
    return {"reasoningContent": {"reasoningText": {"text": text, "signature": signature}}}
