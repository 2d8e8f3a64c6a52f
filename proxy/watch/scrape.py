"""What a scraper is told: the numbers of this process, or of all workers where there are several.

With several, each writes what it counts as it counts it, and how it is doing once a second; whoever is asked reads all.

What writes for scrapers is as large as all that counts, and many a server has none: it is loaded with the first scrape.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final, Protocol

from proxy.core.lazy import imported, imported_aside
from proxy.watch.cells import Cells, Reading
from proxy.watch.metrics import Metrics

STEP: Final = 1.0
"""Seconds between two looks at how this process is doing, where others tell of it."""
EXPOSITION: Final = "proxy.watch.exposition:Exposition"


class Together(Protocol):
    """Where several processes count; a `Fleet` is one."""

    def join(self, name: str) -> Cells:
        """The numbers of a process that begins."""
        ...

    def reading(self) -> Reading:
        """What all say."""
        ...


class Scrape:
    """The numbers of one server. `start` once the loop runs, `stop` at the end.

    Args:
        fleet: Where all workers write; None where this process is the only one.
        name: This process's name among them.
    """

    def __init__(self, fleet: Together | None = None, name: str = "") -> None:
        self._fleet = fleet
        self._timer: asyncio.TimerHandle | None = None
        cells = None if fleet is None else fleet.join(name)
        self.metrics = Metrics(cells, exemplars=fleet is None)
        """Hears this process's facts."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes read what this one counts."""
        return self._fleet is not None

    def start(self) -> None:
        """Tell the others how this process is doing, from now on."""
        if self._fleet is not None:
            self._look(asyncio.get_running_loop())

    def stop(self) -> None:
        """Tell nobody any more; what was counted stays."""
        if self._timer is not None:
            self._timer.cancel()
        self.metrics.close()

    async def prepare(self) -> None:
        """Load what `expose` writes with, if it is not there yet, without holding up the loop."""
        await imported_aside(EXPOSITION)

    def expose(self, accept: str) -> tuple[str, Iterator[bytes]]:
        """All numbers as of now.

        Args:
            accept: The scraper's `Accept` header.

        Returns:
            The content type, and the text in pieces of a millisecond or two.
        """
        exposition: Any = imported(EXPOSITION)(accept)
        if self._fleet is None:
            reading = self.metrics.reading()
        else:
            self.metrics.refresh()
            reading = self._fleet.reading()
        return exposition.content_type, exposition.parts(reading, self.metrics.exemplars)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self.metrics.refresh()
        self._timer = loop.call_later(STEP, self._look, loop)
