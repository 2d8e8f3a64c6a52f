"""A caller's conversation on its way to Anthropic, where earlier turns of it came from elsewhere or through us.

Signed reasoning that an id carries is given back to its maker and kept from all others. What only stands in for a
signature or an index, because another provider had none, is taken out: Anthropic would refuse it. So would it an id
with other characters than its own have.

Invariant: a conversation that holds none of these stays byte for byte; what is not taken out is not changed.
Source: https://platform.claude.com/docs/en/build-with-claude/extended-thinking (read 2026-11-20).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.anthropic.replay import MAX_NATIVE_ID, cleaned
from proxy.core import jsons
from proxy.core.shape import Json
from proxy.core.state import MARK, Packed, is_packed, unpack

_SIGNED: Final = frozenset({"thinking", "redacted_thinking"})
_ID_PLACES: Final = {"tool_use": "id", "tool_result": "tool_use_id"}
_ODD_ID: Final = re.compile(rb'"(?:tool_use_)?id"\s*:\s*"[^"]*[^"A-Za-z0-9_-]')
"""Asked of the bytes, so that most conversations are never read."""


def restored(messages: bytes, maker: str) -> list[Any] | None:
    """The conversation as its maker may see it; None where that is how it came.

    Args:
        messages: `messages` of the caller's body.
        maker: Whose signed reasoning the target takes back.
    """
    if not (is_packed(messages) or _ODD_ID.search(messages)):
        return None
    came = jsons.decode(messages)
    turns = [_turn(message, maker) for message in came] if isinstance(came, list) else came
    if turns == came:
        return None
    # A turn that held nothing but what was taken out is none: an empty one would be refused.
    return [new for new, old in zip(turns, came, strict=True) if new is old or new["content"]]


def _turn(message: Any, maker: str) -> Any:
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list) or not content:
        return message
    packed = [_packed(block) for block in content]
    # A foreign signature is refused: where a call says that others made it, its message loses all that is signed.
    foreign = any(each.maker not in ("", maker) for each in packed if each)
    known = [block for block in content if _kind(block) in _SIGNED]
    blocks: list[Any] = []
    for block, carried in zip(content, packed, strict=True):
        if carried is not None:
            blocks += [each for each in carried.blocks if not foreign and each not in known]
            blocks.append({**block, _ID_PLACES[block["type"]]: cleaned(carried.id, MAX_NATIVE_ID)})
        elif not (foreign and _kind(block) in _SIGNED):
            clean = _CLEANERS.get(_kind(block))
            blocks += clean(block) if clean else [block]
    return {**message, "content": blocks}


def _packed(block: Any) -> Packed | None:
    """The id of a call or of a result, with what it carries; None for any other block."""
    place = _ID_PLACES.get(_kind(block))
    given = block.get(place) if place else None
    if not isinstance(given, str):
        return None
    # A result only repeats what its call has carried.
    return unpack(given) if place == "id" else Packed(unpack(given).id)


def _thinking(block: Json) -> list[Any]:
    """Reasoning, unless its signature is none."""
    return [] if _is_ours(block.get("signature")) else [block]


def _search(block: Json) -> list[Any]:
    """A search, or what it found, unless others made it: what its pages said is not there."""
    return [] if _is_ours(block.get("id")) or _is_ours(block.get("tool_use_id")) else [block]


def _text(block: Json) -> list[Any]:
    """Text without citations whose index is none."""
    citations = block.get("citations")
    if not isinstance(citations, list):
        return [block]
    kept = [each for each in citations if not _is_made_up(each)]
    if kept or not citations:
        return [{**block, "citations": kept}]
    return [{name: value for name, value in block.items() if name != "citations"}]


def _is_made_up(citation: Any) -> bool:
    return isinstance(citation, dict) and _is_ours(citation.get("encrypted_index"))


def _is_ours(value: Any) -> bool:
    return isinstance(value, str) and MARK in value


def _kind(block: Any) -> str:
    kind: Any = block.get("type") if isinstance(block, dict) else None
    return kind if isinstance(kind, str) else ""


_CLEANERS: Final[dict[str, Callable[[Json], list[Any]]]] = {
    "thinking": _thinking,
    "text": _text,
    "server_tool_use": _search,
    "web_search_tool_result": _search,
}
