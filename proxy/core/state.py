"""Opaque state inside tool call ids, so that a client that only echoes ids keeps a provider's signed reasoning.

Where a client keeps a field for such state, as the Responses API has one, it is sealed there instead: marked, because
providers use that field too, and not squeezed, because nothing bounds it but the body's own size.

A packed id is the provider's own id, a marker, and url-safe base64 of deflated JSON that names the maker of the
state. It may be long: what is longer than callers should hold (`MAX_ID`) stands in a note on its way to and from them,
see `long_ids.py`. What is beyond all bounds stays out: the bare id is always right, only poorer.

Invariant: what is packed has characters of `[A-Za-z0-9_-]` beyond the provider's own id; `unpack` never raises, and never
inflates more than a bounded multiple of what it is given, nor more than `MAX_STATE` bytes.
Source: RFC 1951 (deflate), RFC 4648 section 5 (base64url).
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import Any, Final, cast

from proxy.core import jsons
from proxy.core.shape import Json

MARK: Final = "--fb1-"
"""Between the provider's id and the state. The digit is the version of what follows."""

MADE_UP: Final = f"firstbyte{MARK}"
"""In the place of a signature or of an index that its maker would have given, where clients keep nothing without one."""

MAX_ID: Final = 4 * 1024
"""Characters of an id that a caller is asked to hold."""
MAX_STATE: Final = 256 * 1024
"""Bytes of state, before it is squeezed."""

_SMALL: Final = 64 * 1024
"""Bytes that any id may inflate to."""
_SWELL: Final = 16
"""Bytes that each character of a longer one may inflate to."""

_MARK_BYTES: Final = MARK.encode()


@dataclass(frozen=True, slots=True)
class Packed:
    """What an id holds. An id that holds nothing has no maker and no blocks."""

    id: str
    """The provider's own id."""
    maker: str = ""
    """The protocol and model family that the blocks may go back to."""
    blocks: tuple[Json, ...] = ()


def pack(id: str, maker: str, blocks: list[Json]) -> str:  # noqa: A002 (the wire's own word)
    """Put the blocks into the id; the bare id where there are none, or where they do not fit.

    Args:
        id: The provider's own id.
        maker: Who made the blocks; they are given back to nobody else.
        blocks: JSON objects.
    """
    bare = unpack(id).id
    if not blocks or (bare + MARK).find(MARK) != len(bare):
        return bare
    text = jsons.encode({"m": maker, "b": blocks})
    if len(text) > MAX_STATE:
        return bare
    # What is too large for an id anyway need not be small, only soon done.
    level = 9 if len(text) <= _SMALL else 1
    squeeze = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = squeeze.compress(text) + squeeze.flush()
    payload = base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
    return bare + MARK + payload if len(text) <= _room(payload) else bare


def unpack(id: str) -> Packed:  # noqa: A002
    """Read an id; garbage after the marker is dropped with it, because the id before it is still the provider's."""
    bare, mark, payload = id.partition(MARK)
    if not mark or not bare:
        return Packed(id)
    state = _inflate(payload)
    if state is None:
        return Packed(bare)
    maker, blocks = state.get("m"), state.get("b")
    if not isinstance(maker, str) or not isinstance(blocks, list):
        return Packed(bare)
    return Packed(bare, maker, tuple(block for block in blocks if isinstance(block, dict)))


def is_packed(data: bytes) -> bool:
    """Whether bytes of a request may hold packed or sealed state anywhere; cheap enough to ask of every body."""
    # What is mostly not there is looked for from the end on: that takes a third of the time.
    return data.rfind(_MARK_BYTES) >= 0


def seal(blocks: list[Json]) -> str:
    """Write blocks, each of which names its maker where it has one, as an opaque text."""
    return MARK + base64.urlsafe_b64encode(jsons.encode(blocks)).rstrip(b"=").decode("ascii")


def unseal(text: str) -> tuple[Json, ...] | None:
    """Read a sealed text: None where somebody else wrote it, no blocks where it is ours and broken."""
    if not text.startswith(MARK):
        return None
    payload = text.removeprefix(MARK)
    try:
        padded = payload + "=" * (-len(payload) % 4)
        blocks = jsons.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError:
        return ()
    return tuple(b for b in blocks if isinstance(b, dict)) if isinstance(blocks, list) else ()


def strip_messages(messages: list[Any]) -> list[Any]:
    """The messages with bare ids and without signed reasoning, for a codec that can use neither.

    Returns:
        The same list where there was nothing to take away; else a new one that shares what did not change.
    """
    stripped = [_strip(message) for message in messages]
    changed = any(new is not old for new, old in zip(stripped, messages, strict=True))
    return stripped if changed else messages


def _room(payload: str) -> int:
    """Bytes that a payload may inflate to: a body full of ids must not cost more than its size."""
    return min(MAX_STATE, max(_SMALL, _SWELL * len(payload)))


def _inflate(payload: str) -> Json | None:
    try:
        data = base64.b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_", validate=True)
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        text = inflater.decompress(data, _room(payload))
        return jsons.decode_object(text) if inflater.eof else None
    except (ValueError, zlib.error):
        return None


def _strip(message: Any) -> Any:
    if not isinstance(message, dict):
        return message
    changes: dict[str, Any] = {}
    calls = message.get("tool_calls")
    if isinstance(calls, list) and any(_holds(call, "id") for call in calls):
        changes["tool_calls"] = [_bare(call, "id") for call in calls]
    if _holds(message, "tool_call_id"):
        changes["tool_call_id"] = unpack(message["tool_call_id"]).id
    if not changes and "thinking_blocks" not in message:
        return message
    return {key: value for key, value in (message | changes).items() if key != "thinking_blocks"}


def _holds(item: object, key: str) -> bool:
    value = item.get(key) if isinstance(item, dict) else None
    return isinstance(value, str) and MARK in value


def _bare(item: object, key: str) -> object:
    if not _holds(item, key):
        return item
    call = cast("Json", item)
    return {**call, key: unpack(call[key]).id}
