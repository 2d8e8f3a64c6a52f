"""Encrypted reasoning on its way through a chat client and back: inside tool call ids, and as `thinking_blocks`.

The reasoning of an answer is one or more items, each of which goes back right before what it led to. Its text does
not go back with it: the provider refuses it, and reads the encrypted form alone.

Invariant: an item goes back only to the provider and the model family that made it; an id is at most `MAX_CALL_ID`
characters long and the same for the same history, whichever process writes it.
Source: https://developers.openai.com/api/docs/guides/reasoning (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from proxy.codecs.responses.models import base_model, family
from proxy.core.shape import Json, Target
from proxy.core.state import Packed, unpack

MAX_CALL_ID: Final = 64
LATE: Final = "late"
"""Marks an item that came after the message's text."""

_TYPE: Final = "reasoning"
_PREFIX: Final = "call_"


@dataclass(frozen=True, slots=True)
class Reasoning:
    """The reasoning items of one assistant message."""

    leading: tuple[Json, ...]
    """Before everything else."""
    before: tuple[tuple[Json, ...], ...]
    """For each tool call, what stands right before it."""


def maker_of(provider: str, model: str) -> str:
    """The name under which reasoning is packed.

    Args:
        provider: Whose keys can decrypt it; empty where it is not known.
        model: By any of its names.
    """
    return f"responses/{provider}/{family(model)}"


def makers(target: Target) -> frozenset[str]:
    """Whose reasoning a target takes back."""
    return frozenset(
        {maker_of(target.provider, target.model), maker_of("", base_model(target))},
    )


def block_of(item: Json, *, late: bool) -> Json | None:
    """The block that stands for a reasoning item; None for one that nobody could take back.

    Args:
        item: A `reasoning` item, whole.
        late: Whether text was said before it.
    """
    mark, secret = item.get("id"), item.get("encrypted_content")
    if not isinstance(mark, str) or not mark or not isinstance(secret, str) or not secret:
        return None
    block: Json = {"type": _TYPE, "id": mark, "encrypted_content": secret}
    return {**block, LATE: True} if late else block


def reasoning_of(message: Json, packed: list[Packed], allowed: frozenset[str]) -> Reasoning:
    """Find the reasoning items of an assistant message.

    Args:
        message: The chat message.
        packed: The ids of its tool calls, in order.
        allowed: Whose reasoning the target takes back.
    """
    none = tuple(() for _ in packed)
    if any(each.maker and each.maker not in allowed for each in packed):
        return Reasoning((), none)
    carried = [_items(each.blocks) for each in packed]
    known = {item["id"] for items in carried for item, _ in items}
    kept = [(item, late) for item, late in _kept(message, allowed) if item["id"] not in known]
    first = [*kept, *carried[0]] if carried else kept
    leading = tuple(item for item, late in first if not late or not packed)
    if not packed:
        return Reasoning(leading, ())
    rest = (tuple(item for item, _ in items) for items in carried[1:])
    return Reasoning(leading, (tuple(item for item, late in first if late), *rest))


def items_of(blocks: Iterable[Json], allowed: frozenset[str]) -> tuple[Json, ...]:
    """The native items of blocks that a caller kept.

    Args:
        blocks: Each with its maker.
        allowed: Whose reasoning the target takes back.
    """
    return tuple(item for item, _ in _items(b for b in blocks if b.get("maker") in allowed))


def call_id(original: str) -> str:
    """An id that the provider takes, for a call that anybody may have made."""
    if original and len(original) <= MAX_CALL_ID:
        return original
    digest = sha256(original.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_PREFIX}{digest[:40]}"


def packed_id(call: Any) -> Packed:
    """The id of a chat tool call, with what it carries; an empty one where there is none."""
    given = call.get("id") if isinstance(call, dict) else None
    return unpack(given) if isinstance(given, str) else Packed("")


def _kept(message: Json, allowed: frozenset[str]) -> list[tuple[Json, bool]]:
    """What the caller kept in `thinking_blocks`."""
    blocks = message.get("thinking_blocks")
    if not isinstance(blocks, list):
        return []
    return _items(b for b in blocks if isinstance(b, dict) and b.get("maker") in allowed)


def _items(blocks: Any) -> list[tuple[Json, bool]]:
    """The native items of blocks, each with whether it came after text."""
    read = ((block_of(block, late=False), block) for block in blocks if block.get("type") == _TYPE)
    return [({**item, "summary": []}, block.get(LATE) is True) for item, block in read if item]
