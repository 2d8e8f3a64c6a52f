"""Ids too long for callers to hold: what is packed in them stands in a note, and a short name for it in the id.

Both ways are edits of JSON text by the members that hold ids, so that every surface has them, streamed and whole. A string
within a string is never touched: its quotes are escaped.

Invariant: pure; text without a marker is handed on as the very bytes that came; the same state has the same name; an id
whose note is gone becomes the provider's own.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from proxy.core.state import MARK, MAX_ID

SHORT: Final = "--fb2-"
"""Between the provider's id and the name of the note."""
MAX_BACK: Final = 4 * 1024 * 1024
"""Bytes by which a body may grow."""

_SHORT: Final = SHORT.encode()
_MARK: Final = MARK.encode()
_NAME: Final = 22
_GIVEN: Final = re.compile(
    rb'("(?:id|call_id)"\s*:\s*")((?:[^"\\]|\\.)+?)--fb1-([A-Za-z0-9_-]+)(?=")'
)
_COME: Final = re.compile(
    rb'("(?:id|call_id|tool_call_id|tool_use_id)"\s*:\s*"(?:[^"\\]|\\.)+?)--fb2-([A-Za-z0-9_-]{%d})(?=")'
    % _NAME
)


def shortened(data: bytes) -> tuple[bytes, dict[str, bytes]]:
    """What goes to a caller, with short names in the place of what is too long.

    Args:
        data: JSON, or frames of it; no id is cut in two.

    Returns:
        The data, and what must be kept by its names.
    """
    if _MARK not in data:
        return data, {}
    taken: dict[str, bytes] = {}

    def short(match: re.Match[bytes]) -> bytes:
        before, bare, state = match.groups()
        if len(bare) + len(MARK) + len(state) <= MAX_ID:
            return match[0]
        name = base64.urlsafe_b64encode(sha256(state).digest())[:_NAME]
        taken[name.decode()] = state
        return before + bare + _SHORT + name

    return _GIVEN.sub(short, data), taken


def is_shortened(body: bytes) -> bool:
    """Whether a body may hold short names; cheap enough to ask of every one."""
    # From the end on it takes a third of the time where there is none.
    return body.rfind(_SHORT) >= 0


def named_in(body: bytes) -> tuple[str, ...]:
    """The names in a body, each once, those that come last at the end."""
    if not is_shortened(body):
        return ()
    names = [match[2].decode() for match in _COME.finditer(body)]
    return tuple(reversed(dict.fromkeys(reversed(names))))


def lengthened(body: bytes, found: Mapping[str, bytes]) -> bytes:
    """A body as its caller would have sent it with long ids; bare ids where nothing was found, or it would grow too much."""
    room = MAX_BACK

    def long(match: re.Match[bytes]) -> bytes:
        nonlocal room
        before, state = match[1], found.get(match[2].decode(), b"")
        room -= len(state)
        return before + _MARK + state if state and room >= 0 else before

    return _COME.sub(long, body) if is_shortened(body) else body
