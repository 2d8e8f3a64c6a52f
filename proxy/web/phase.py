"""What a client connection is receiving."""

from __future__ import annotations

from enum import Enum, auto


class Phase(Enum):
    """What is being received."""

    IDLE = auto()
    HEAD = auto()
    BODY = auto()
