"""The numbers of one process in a file that is mapped: another process reads them at any moment, and they outlive it.

Beside the file stands its list, a line of JSON for each series: family, labels, index. The process that writes holds a
lock on its file as long as it lives, so that the system itself tells everybody when it is gone.

Invariant: a series is on the list only once its numbers have room; what was counted before a `kill -9` is still there.
"""

from __future__ import annotations

import mmap
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from proxy.core import jsons
from proxy.watch.cells import Cells, Key, Reading
from proxy.watch.families import BY_NAME, Labels

if sys.platform != "win32":
    import fcntl

LIST: Final = ".series"
"""How the list of a file is called: the file's name and this."""
FIRST_SIZE: Final = 4096
"""Numbers in a fresh file; it doubles when it is full."""
_FLOAT: Final = 8


class SharedCells(Cells):
    """Numbers in a file.

    Args:
        path: A file that is not there yet. Where its folder is in memory (tmpfs) it costs no disk.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("x+b")
        # Whoever asks just now whether somebody holds it does so for a moment only.
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._map(FIRST_SIZE)
        # Last: who has a list is locked and has room.
        self._list = path.with_name(path.name + LIST).open("xb", buffering=0)

    def close(self) -> None:
        """Let go of the file, which stays; whoever looks at it sees that nobody writes it any more."""
        self.numbers = list(self.numbers)
        self._list.close()
        self._file.close()

    def _grow(self, size: int) -> None:
        if size > len(self.numbers):
            self._map(max(size, 2 * len(self.numbers)))

    def _map(self, size: int) -> None:
        self._file.truncate(size * _FLOAT)
        # What was mapped before shows the same pages until nobody holds it.
        self.numbers = memoryview(mmap.mmap(self._file.fileno(), size * _FLOAT)).cast("d")

    def _note(self, family: str, labels: Labels, at: int) -> None:
        if not self._list.closed:
            self._list.write(jsons.encode([family, labels, at]) + b"\n")


def is_abandoned(path: Path) -> bool:
    """Whether the process that wrote this file is gone.

    Raises:
        OSError: the file is not there.
    """
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def read(path: Path) -> Reading:
    """What the series of a file say now, whether or not its process lives.

    Raises:
        OSError: the file is not there.
    """
    listed = path.with_name(path.name + LIST).read_bytes()
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
    ):
        return dict(_series(listed, mapped))


def _series(listed: bytes, mapped: mmap.mmap) -> Iterator[tuple[Key, list[float]]]:
    # What follows the last line end is a line that is being written.
    for line in listed.split(b"\n")[:-1]:
        name, labels, at = jsons.decode(line)
        numbers = array("d", mapped[at * _FLOAT : (at + BY_NAME[name].width) * _FLOAT])
        yield (name, tuple(labels)), numbers.tolist()
