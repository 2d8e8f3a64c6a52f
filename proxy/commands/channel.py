"""What a supervisor and its workers say to each other: a word and what belongs to it, over a pair of sockets.

Invariant: what goes up to the supervisor, whose workers handle strangers' bytes, is a word and a number and nothing
that is ever unpickled.
"""

import pickle
import socket
import struct
from enum import IntEnum
from typing import Any, Final

PATIENCE: Final = 5.0
"""Seconds after which a worker that takes nothing from its line is stuck."""
_HEAD: Final = struct.Struct("!BI")
_MUCH: Final = 64 * 1024


class Word(IntEnum):
    """Up: READY, RELOAD, TAKEN, HERE. Down: the rest."""

    READY = 1
    """It takes calls."""
    RELOAD = 2
    """An operator asks for a reload."""
    TAKEN = 3
    """It goes by the configuration of this number."""
    STOP = 4
    """Let calls end, then end."""
    FORCE = 5
    """End now."""
    CONFIG = 6
    """A number and a configuration to go by."""
    RELOADED = 7
    """What became of the reload that it asked for."""
    ASK = 8
    """Whether its loop turns."""
    HERE = 9
    """It does."""
    REFUSED = 10
    """The configuration that was read last cannot be used."""


def pack(word: Word, data: bytes = b"") -> bytes:
    """A message."""
    return _HEAD.pack(word, len(data)) + data


def packed(word: Word, value: Any) -> bytes:
    """A message down, with any value."""
    return pack(word, pickle.dumps(value))


def unpacked(data: bytes) -> Any:
    """What a supervisor sent."""
    return pickle.loads(data)  # noqa: S301 (from the process that we were forked from, over a socket of nobody else)


class Messages:
    """Puts messages together from pieces."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[tuple[Word, bytes]]:
        """Those that are whole now."""
        self._held += data
        whole = []
        while len(self._held) >= _HEAD.size:
            word, size = _HEAD.unpack_from(self._held)
            end = _HEAD.size + size
            if len(self._held) < end:
                break
            whole.append((Word(word), bytes(self._held[_HEAD.size : end])))
            del self._held[:end]
        return whole


class Line:
    """The supervisor's end.

    Args:
        end: One of a pair of sockets.
    """

    def __init__(self, end: socket.socket) -> None:
        end.settimeout(PATIENCE)
        self._end = end
        self._messages = Messages()

    def fileno(self) -> int:
        """For a selector."""
        return self._end.fileno()

    def say(self, message: bytes) -> None:
        """Send a message.

        Raises:
            OSError: the worker is gone, or takes nothing.
        """
        self._end.sendall(message)

    def hear(self) -> list[tuple[Word, bytes]] | None:
        """What came, once a selector says that something did; None at the end."""
        try:
            data = self._end.recv(_MUCH)
        except OSError:
            return None
        return self._messages.feed(data) if data else None

    def close(self) -> None:
        """Hang up."""
        self._end.close()
