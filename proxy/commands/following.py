"""Takes the configuration anew when one of its files has changed: what `firstbyte serve --reload` adds to SIGHUP.

The files are those that loading looked at: the configuration, what `${file:…}` names in it, and the places where a
configuration could have been and was not. They are looked at by the clock, which works on every file system, also for
the links that Kubernetes swaps.

Invariant: a file that is still being written is left alone until it has been the same for one look.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, TypeAlias

from proxy.config.load import read_file
from proxy.core.clock import Clock, SystemClock

EVERY: Final = 0.5
"""Seconds between two looks."""
Stamp: TypeAlias = tuple[int, int, int] | None
"""When it was written, how long it is, which file it is; None where there is none."""


class Files:
    """Reads files, and knows which of them have changed since."""

    def __init__(self) -> None:
        self._stamps: dict[str, Stamp] = {}

    def read(self, path: str) -> bytes:
        """A file's bytes; raises `OSError`."""
        # Before it is read: what is written meanwhile must count as a change.
        self._stamps[path] = stamp(path)
        return read_file(path)

    def forget(self) -> None:
        """Begin anew: only what is read from now on counts."""
        self._stamps = {}

    def look(self) -> dict[str, Stamp]:
        """Those that are not as they were when they were read, as they are now."""
        now = {path: stamp(path) for path in self._stamps}
        return {path: found for path, found in now.items() if found != self._stamps.get(path)}


class Watch:
    """Looks at files, now and then.

    Args:
        files: What was read.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._before: dict[str, Stamp] = {}

    def look(self) -> bool:
        """Whether something has changed, and is still as it was at the last look."""
        changed = self._files.look()
        has_settled = bool(changed) and changed == self._before
        self._before = {} if has_settled else changed
        return has_settled


def stamp(path: str) -> Stamp:
    """By what a change is known."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


@asynccontextmanager
async def following(
    files: Files | None, reload: Callable[[], Awaitable[object]], clock: Clock | None = None
) -> AsyncIterator[None]:
    """While the block runs, reload whenever a file has changed.

    Args:
        files: What was read; None to follow nothing.
        reload: Reads them again, and raises nothing.
        clock: Time.
    """
    if files is None:
        yield
        return
    task = asyncio.ensure_future(follow(files, reload, clock or SystemClock()))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def follow(files: Files, reload: Callable[[], Awaitable[object]], clock: Clock) -> None:
    """Look, and reload, for ever."""
    watch = Watch(files)
    while True:
        await clock.sleep(EVERY)
        if watch.look():
            await reload()
