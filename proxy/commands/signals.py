"""Signals as something that a selector can wait for, for a program without an event loop."""

import signal
import socket
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import Any, Final, Self

_MANY: Final = 4096


class Signals:
    """While the block runs, signals wait to be asked for. On the main thread alone.

    Args:
        heard: Which.
    """

    def __init__(self, heard: Sequence[signal.Signals]) -> None:
        self._heard = heard
        self._before: dict[signal.Signals, Any] = {}
        self._wakeup = -1

    def __enter__(self) -> Self:
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._theirs.setblocking(False)
        self._wakeup = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, _noted) for number in self._heard}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self.close()

    def fileno(self) -> int:
        """For a selector."""
        return self._ours.fileno()

    def came(self) -> list[int]:
        """Those that came since, in their order."""
        try:
            return list(self._ours.recv(_MANY))
        except BlockingIOError:
            return []

    def close(self) -> None:
        """Let go of the sockets; a fork does, which has no use for them."""
        self._ours.close()
        self._theirs.close()


def _noted(number: int, frame: FrameType | None) -> None:
    """The interpreter has written its number to the socket."""
