"""What the server itself has to say, to standard error, where nobody waits for who reads it.

Python's own handler waits: with a reader that is stuck, as a log collector that hangs is, the first warning would stop
the event loop, and with it every call.

Invariant: saying something neither waits nor raises; what nobody takes is lost and counted, and the next that is taken
says how much it was.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from typing import Final

from proxy.watch.lines import PIECE, descriptor_of, takes

LOST: Final = "%d messages before this one were lost: nobody read them\n"


class Stderr(logging.Handler):
    """Says what is at least a warning."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lost = 0
        self._is_torn = False
        """Whether the last that was taken was the beginning of a message."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it, if it is taken."""
        try:
            text = self.format(record) + "\n"
        except Exception:  # noqa: BLE001 (a message that cannot be put together costs no call)
            self.handleError(record)
            return
        end = "\n" if self._is_torn else ""
        said = end + LOST % self._lost + text if self._lost else text
        taken, length = _taken(said)
        if taken == length:
            self._lost, self._is_torn = 0, False
        else:
            self._lost += 1
            self._is_torn = self._is_torn or taken > 0


def say(text: str) -> bool:
    """Say it; whether it was taken. Of a long one the beginning may be.

    Args:
        text: Lines, with their ends.
    """
    taken, length = _taken(text)
    return taken == length


def _taken(text: str) -> tuple[int, int]:
    """How many bytes of it were taken, and how many there are."""
    stream = sys.stderr
    data, at = text.encode(getattr(stream, "encoding", None) or "utf-8", "backslashreplace"), 0
    with suppress(OSError, ValueError):
        descriptor, is_patient = descriptor_of(stream)
        if descriptor is None:
            stream.write(text)
            return len(data), len(data)
        while at < len(data) and (is_patient or takes(descriptor, 0.0)):
            at += os.write(descriptor, data[at : at + PIECE])
    return at, len(data)


def speak() -> None:
    """Say by it what no other handler says."""
    logging.lastResort = Stderr()
