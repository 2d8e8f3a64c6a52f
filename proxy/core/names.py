"""Random names for calls and for what is written of them, cut from a block of the system's randomness.

The system is asked once for some three hundred names instead of once for each. What must stay secret (keys, tokens) is
not drawn here: those that are yet to be given out lie in memory.

Invariant: no name is given out twice, not by two threads, and not by a process and what is forked from it.
"""

from __future__ import annotations

import os
from collections import deque
from typing import Final

DIGITS: Final = 24
"""Hexadecimal digits of a name, 96 bits: nobody has had it, and nobody guesses it."""
BLOCK: Final = 4096
"""Bytes that are drawn at once."""

_drawn: Final[deque[str]] = deque()


def new_name() -> str:
    """24 random hexadecimal digits."""
    try:
        # Atomic, unlike a place in a text that is moved on.
        return _drawn.popleft()
    except IndexError:
        text = os.urandom(BLOCK).hex()
        names = [text[at : at + DIGITS] for at in range(0, len(text) - DIGITS + 1, DIGITS)]
        _drawn.extend(names[1:])
        return names[0]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_drawn.clear)
