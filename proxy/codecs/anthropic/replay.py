"""What an earlier answer left for its own maker: signed reasoning, and ids that a Messages request may hold.

Signed blocks go back byte for byte. They come from tool call ids that carry them, from `thinking_blocks`, or from
`reasoning_details`; where the ids name another maker, all of them stay out, because a foreign signature is refused.

Invariant: the same history gives the same ids, whichever process writes it.
Source: https://platform.claude.com/docs/en/build-with-claude/extended-thinking (read 2026-11-20).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final

from proxy.core.shape import Json
from proxy.core.state import Packed, unpack

MAX_NATIVE_ID: Final = 128
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9_-]")
_KEEPERS: Final = frozenset({"thinking_blocks", "reasoning_details"})
"""Members of a message in which callers keep signed reasoning."""
SIGNED: Final = frozenset({"thinking", "redacted_thinking"})
"""The types of signed blocks."""
_DETAILS_FORMAT: Final = "anthropic-claude-v1"


@dataclass(frozen=True, slots=True)
class Reasoning:
    """The signed blocks of one assistant message."""

    leading: tuple[Json, ...]
    """Before everything else."""
    before: tuple[tuple[Json, ...], ...]
    """For each tool call, what stands right before it."""


_NOTHING: Final = Reasoning((), ())


def reasoning_of(message: Json, packed: list[Packed], maker: str) -> Reasoning:
    """Find the signed blocks of an assistant message.

    Args:
        message: The chat message.
        packed: The ids of its tool calls, in order.
        maker: Whose blocks the target takes back.
    """
    if not packed and _KEEPERS.isdisjoint(message):
        return _NOTHING
    none = tuple(() for _ in packed)
    if any(each.maker and each.maker != maker for each in packed):
        return Reasoning((), none)
    carried = [tuple(filter(None, map(_signed, each.blocks))) for each in packed]
    known = [block for blocks in carried for block in blocks]
    kept = [block for block in _kept(message) if block not in known]
    if not carried:
        return Reasoning(tuple(kept), none)
    return Reasoning((*kept, *carried[0]), ((), *carried[1:]))


class Ids:
    """Native ids for the tool calls of one conversation: clean, and never the same one twice."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def native(self, original: str) -> str:
        """An id for a new call. Asked in the order of the history."""
        clean = cleaned(original, MAX_NATIVE_ID)
        native, turn = clean, 2
        while native in self._used:
            native, turn = f"{clean}-{turn}", turn + 1
        self._used.add(native)
        return native


def cleaned(text: str, limit: int) -> str:
    """The text, where it has only characters that ids and names may have; else a name of its own made from it."""
    if text and len(text) <= limit and not _FOREIGN.search(text):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{_FOREIGN.sub('_', text)[: limit - 9]}_{digest}"


def packed_id(call: Any) -> Packed:
    """The id of a chat tool call, with what it carries; an empty one where there is none."""
    given = call.get("id") if isinstance(call, dict) else None
    return unpack(given) if isinstance(given, str) else Packed("")


def _kept(message: Json) -> list[Json]:
    """What the caller kept in extension fields of the message."""
    blocks = message.get("thinking_blocks")
    if isinstance(blocks, list) and blocks:
        return [block for block in map(_signed, blocks) if block]
    details = message.get("reasoning_details")
    if isinstance(details, list):
        return [block for block in map(_from_detail, details) if block]
    return []


def _signed(block: object) -> Json | None:
    """A block in exactly the native form; None for one that no signature vouches for."""
    if not isinstance(block, dict):
        return None
    if block.get("type") == "redacted_thinking":
        data = block.get("data")
        return {"type": "redacted_thinking", "data": data} if isinstance(data, str) else None
    signature, text = block.get("signature"), block.get("thinking")
    if block.get("type") != "thinking" or not isinstance(text, str) or not signature:
        return None
    return {"type": "thinking", "thinking": text, "signature": signature}


def _from_detail(detail: object) -> Json | None:
    """A block out of an entry of `reasoning_details`, as OpenRouter's clients keep them."""
    if not isinstance(detail, dict) or detail.get("format", _DETAILS_FORMAT) != _DETAILS_FORMAT:
        return None
    if detail.get("type") == "reasoning.encrypted":
        return _signed({"type": "redacted_thinking", "data": detail.get("data")})
    text = detail.get("text")
    signature = detail.get("signature")
    return _signed({"type": "thinking", "thinking": text or "", "signature": signature})
