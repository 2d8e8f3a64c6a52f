"""The numbers of several worker processes, in one folder: each writes a file of its own, and whoever is asked reads all.

What a process that is gone has counted stays counted. Its file is taken over into one that holds what all of them left;
that file names the files that it took over, so that an end between its being written and their being removed counts
nothing twice.

Invariant: no sum of counters ever becomes smaller while the folder lives.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from proxy.core import jsons
from proxy.watch.cells import Reading
from proxy.watch.shared_cells import LIST, SharedCells, is_abandoned, read
from proxy.watch.together import lasting, together

_NUMBERS: Final = ".numbers"
_LEFT: Final = "left.json"


class Fleet:
    """The folder. One process calls `prepare` before any other begins; one at a time may call `reading`.

    Args:
        folder: Shared by all processes of one server, and by nobody else.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder anew: what an earlier server counted is not ours."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)

    def join(self, name: str) -> SharedCells:
        """The numbers of a process that begins.

        Args:
            name: Its own, never used before in this folder: its number and a count will do.
        """
        return SharedCells(self.folder / f"{name}{_NUMBERS}")

    def reading(self) -> Reading:
        """What all processes say together, and what those that are gone have left."""
        taken, left = self._left()
        alive: list[Reading] = []
        gone: list[tuple[Path, Reading]] = []
        for path in self.folder.glob(f"*{_NUMBERS}"):
            if path.name in taken:
                self._remove(path.name)
                continue
            # Asked first: who is gone says no more than what is read next.
            is_gone = is_abandoned(path)
            with suppress(FileNotFoundError):
                # A process that has only just begun may have no list yet.
                said = read(path)
                if is_gone:
                    gone.append((path, lasting(said)))
                else:
                    alive.append(said)
        if gone:
            left = together([left, *(said for _, said in gone)])
            self._keep({path.name for path, _ in gone}, left)
        return together([left, *alive])

    def _left(self) -> tuple[set[str], Reading]:
        """The names of the files that were taken over, and what they held."""
        try:
            kept: dict[str, Any] = jsons.decode_object((self.folder / _LEFT).read_bytes())
        except FileNotFoundError:
            return set(), {}
        series = {(name, tuple(labels)): numbers for name, labels, numbers in kept["series"]}
        return set(kept["taken"]), series

    def _keep(self, taken: set[str], left: Reading) -> None:
        series = [[name, labels, numbers] for (name, labels), numbers in left.items()]
        fresh = self.folder / f"{_LEFT}.new"
        fresh.write_bytes(jsons.encode({"taken": sorted(taken), "series": series}))
        fresh.replace(self.folder / _LEFT)
        for name in taken:
            self._remove(name)

    def _remove(self, name: str) -> None:
        for each in (name, name + LIST):
            (self.folder / each).unlink(missing_ok=True)
