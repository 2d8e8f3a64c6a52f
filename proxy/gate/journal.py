"""A file for what the store could not be told: lines are only added, and gone when the store has been told them.

Several processes may share one. Whoever takes it over renames it first, so that nobody adds to what is being read; a
name that somebody took and did not finish is taken over at the next start, and told again at worst.

A write may come to an end in the middle: the disk is full, or the machine stops. What was torn costs no other line, neither
those before it nor those that are added behind it.

Invariant: a line is on disk when `add` returns, and is in a file of ours until `done` has been said of it.
"""

from __future__ import annotations

import logging
import os
import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from proxy.gate.ending import Ending, read, write

if sys.platform != "win32":
    import fcntl

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """A part that somebody took over."""

    path: Path
    endings: tuple[Ending, ...]


class Journal:
    """One file. Every verb waits for the disk, and may raise `OSError`.

    Args:
        path: Of the file, which need not be there; files that were taken over stand beside it, with longer names.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, endings: Iterable[Ending]) -> None:
        """Keep these."""
        lines = b"".join(write(ending) + b"\n" for ending in endings)
        while True:
            # What a buffer keeps of a write that failed would be written again as the file is closed.
            with self._path.open("a+b", buffering=0) as file, _alone(file):
                if not self._is_still(file):
                    # Somebody took it over while we waited for it.
                    continue
                _append(file, lines)
                return

    def take(self, *, orphans: bool = False) -> list[Taken]:
        """Take over what is there.

        Args:
            orphans: Also what others took over and may not have finished: at a start.
        """
        found = sorted(self._path.parent.glob(f"{self._path.name}.*")) if orphans else []
        mine = self._renamed()
        return [_taken(path) for path in (*found, *([mine] if mine else ()))]

    def done(self, taken: Taken) -> None:
        """The store was told all of it."""
        taken.path.unlink(missing_ok=True)

    def _renamed(self) -> Path | None:
        try:
            with self._path.open("rb") as file, _alone(file):
                if not self._is_still(file):
                    return None
                path = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
                self._path.rename(path)
                return path
        except FileNotFoundError:
            return None

    def _is_still(self, file: BinaryIO) -> bool:
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False


def _append(file: BinaryIO, lines: bytes) -> None:
    """Write all of it behind what is whole, or, as far as the disk lets us, nothing."""
    size = file.seek(0, os.SEEK_END)
    try:
        if size and not _ends_whole(file):
            # Somebody's write was torn, and ours may not be taken for the rest of it.
            lines = b"\n" + lines
        while lines:
            lines = lines[file.write(lines) :]
        os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            os.ftruncate(file.fileno(), size)
        raise


def _ends_whole(file: BinaryIO) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def _taken(path: Path) -> Taken:
    endings = []
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        # Somebody else has told it meanwhile.
        lines = []
    for line in lines:
        ending = read(line)
        if ending is None:
            _log.warning("a line of %s was torn and is left out", path)
        else:
            endings.append(ending)
    return Taken(path, tuple(endings))


@contextmanager
def _alone(file: BinaryIO) -> Iterator[None]:
    """Hold a file alone until it is closed."""
    if sys.platform != "win32":
        fcntl.flock(file, fcntl.LOCK_EX)
    yield


def journal_for(store: str, folder: Path, state: str = "") -> Journal | None:
    """Where is kept what a store cannot be told.

    Args:
        store: The store's address.
        folder: Of the configuration.
        state: What stands in `$STATE_DIRECTORY`: folders that this process may write to, as systemd lists them.

    Returns:
        Beside the store's own file, where it has one; None where there is nothing to keep it for.
    """
    kind, _, path = store.partition(":")
    if kind == "memory":
        return None
    if kind == "sqlite":
        beside = Path(path)
    else:
        beside = Path(state.partition(":")[0] or folder) / "firstbyte"
        if not os.access(beside.parent, os.W_OK):
            # A configuration is often mounted to be read, and an outage is no time to find that out.
            _log.warning(
                "while the store is away, how calls ended is kept in memory alone and lost at a stop: "
                "%s cannot be written to; name a folder that can in STATE_DIRECTORY",
                beside.parent.absolute(),
            )
    return Journal(beside.with_name(f"{beside.name}.untold"))
