"""What a simulator remembers of a call, so that a test can prove who left when and that nobody called twice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique

from proxy.core.shape import Json
from proxy.sim.dialect import Ask


@unique
class Ending(StrEnum):
    """How a call ended."""

    ANSWERED = "answered"
    """The whole answer was written."""
    FAILED = "failed"
    """The model's fault struck."""
    LEFT = "left"
    """The peer closed before the end."""
    STOPPED = "stopped"
    """The simulator was stopped before the end."""


@dataclass(slots=True, eq=False)
class Call:
    """One request that a simulated model accepted. Times are seconds on the simulator's clock."""

    path: str
    body: Json = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case; of a doubled header the last."""
    ask: Ask = field(repr=False)
    number: int
    """Number of the call at its model, from 1."""
    began: float
    age: float = 0.0
    """Seconds since the first call of its model."""
    connection: int = 0
    """Number of the connection that it came on, from 1."""
    said: int = 0
    """Outputs written so far."""
    ending: Ending | None = None
    closed_by_peer: float | None = None
    """When the peer was seen to have left before the end."""
    ended: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def model(self) -> str:
        """The model that was called."""
        return self.ask.model


class Hold:
    """A place where calls to a model wait until a test lets them go on."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.reached = asyncio.Event()
        """Set once a call waits here."""
        self._released = asyncio.Event()

    async def wait(self) -> None:
        """Wait here."""
        self.reached.set()
        await self._released.wait()

    def release(self) -> None:
        """Let all go on, now and later."""
        self._released.set()
