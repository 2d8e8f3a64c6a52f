"""Lines to a stream, a few at a time and soon: whoever writes one neither waits nor makes a system call.

A pipe whose reader is stuck holds nobody up: only what fits is written to it, and what is too much is lost and counted.
So is a disk that is full: what fits in memory waits until there is room.

Invariant: lines keep their order; one of up to 4096 bytes is never torn, not by another process either; what was written
is out within `SOON`, if it fits; a disk that is full costs no line but those that are too much.
"""

from __future__ import annotations

import asyncio
import atexit
import errno
import logging
import os
import select
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, TextIO

SOON: Final = 0.05
"""Seconds until what was written goes out."""
MUCH: Final = 64 * 1024
"""Bytes that go out at once."""
MOST: Final = 1024 * 1024
"""Bytes that are held for a reader who is stuck."""
PATIENCE: Final = 1.0
"""Seconds that such a reader is waited for at the end."""
ROOM: Final = 1.0
"""Seconds after which a disk that was full is tried again."""
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
PIECE: Final = 4096
"""Bytes that a pipe takes without waiting if it takes any, and in one piece whoever else writes to it."""
_log: Final = logging.getLogger("firstbyte.log")


class Lines:
    """The writer.

    Args:
        stream: Where lines go. Without a descriptor of its own, it gets text.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream
        self._encoding = stream.encoding or "utf-8"
        self._held: list[bytes] = []
        self._size = 0
        self._lost = 0
        self._full = False
        self._timer: asyncio.TimerHandle | None = None
        self._descriptor, self._patient = descriptor_of(stream)
        if self._descriptor is not None:
            # An end that nobody planned still has its last lines.
            atexit.register(self.close)

    def write(self, line: bytes) -> None:
        """Add a line.

        Args:
            line: UTF-8, without its end.
        """
        self.write_all((line,))

    def write_all(self, lines: Sequence[bytes]) -> None:
        """Add lines, in this order.

        Args:
            lines: As `write`; not too many together, for they are held together.
        """
        if self._stream is None or not lines:
            return
        before = self._size
        if before > MOST:
            self._lost += len(lines)
            return
        self._held += lines
        self._size = after = before + sum(map(len, lines)) + len(lines)
        if after >= MUCH > before:
            self.flush()
        elif self._timer is None and not self._flush_soon():
            self._out(0.0)

    def flush(self) -> None:
        """Write what fits now."""
        self._out(0.0)

    def close(self) -> None:
        """Write all of it, and wait a moment for a reader who is stuck."""
        self._out(PATIENCE)
        self._stop()
        atexit.unregister(self.close)

    def _flush_soon(self) -> bool:
        """Whether there is a loop that will see to it."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        self._timer = loop.call_later(ROOM if self._full else SOON, self._out, 0.0)
        return True

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _out(self, patience: float) -> None:
        self._stop()
        stream = self._stream
        if stream is None or not self._held:
            return
        data = b"\n".join(self._held) + b"\n"
        try:
            if stream.closed:
                raise BrokenPipeError
            rest = self._written(stream, data, patience)
        except (OSError, ValueError):
            # Nobody reads any more (a closed pipe): calls go on.
            self._stream, rest = None, b""
        if rest and not patience:
            # What is left ends in a line end, which joining adds again.
            self._held, self._size = [rest[:-1]], len(rest)
            self._flush_soon()
            return
        self._held, self._size = [], 0
        self._lost += rest.count(b"\n")
        if self._lost:
            why = "there was no room for them" if self._full else "nobody read them"
            _log.warning("%d log lines were lost: %s", self._lost, why)
        self._lost, self._full = 0, False

    def _written(self, stream: TextIO, data: bytes, patience: float) -> bytes:
        """Write, and give back what did not fit."""
        if self._descriptor is None:
            stream.write(data.decode())
            stream.flush()
            return b""
        if self._encoding.lower() in ("utf-8", "utf8"):
            return self._pushed(self._descriptor, data, patience)
        data = data.decode().encode(self._encoding, "replace")
        rest = self._pushed(self._descriptor, data, patience)
        return rest.decode(self._encoding, "replace").encode()

    def _pushed(self, descriptor: int, data: bytes, patience: float) -> bytes:
        """As `_written`, for bytes as they go out."""
        at = 0
        while at < len(data) and (self._patient or takes(descriptor, patience)):
            # Whole lines, if they are not too long: several processes may write to one pipe.
            end = len(data) if self._patient else data.rfind(b"\n", at, at + PIECE) + 1
            try:
                at += os.write(descriptor, data[at : end or at + PIECE])
            except BlockingIOError:
                # Another process that writes there was quicker, and somebody has set that nobody waits there.
                break
            except OSError as error:
                if error.errno not in _FULL:
                    raise
                self._wait_for_room(error)
                break
        return data[at:]

    def _wait_for_room(self, error: OSError) -> None:
        if not self._full:
            _log.warning("the log cannot be written (%s); its lines wait", error.strerror)
        self._full = True


def descriptor_of(stream: TextIO) -> tuple[int | None, bool]:
    """A stream's descriptor, if it has one, and whether writing to it never waits for anybody."""
    descriptor = None
    with suppress(OSError, ValueError):
        descriptor = stream.fileno()
        stream.flush()
        mode = os.fstat(descriptor).st_mode
        return descriptor, stat.S_ISREG(mode) or sys.platform == "win32"
    return None, True


def takes(descriptor: int, patience: float) -> bool:
    """Whether a descriptor takes a piece now, or within so many seconds."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(patience * 1000))
