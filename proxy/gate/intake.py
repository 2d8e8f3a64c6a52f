"""How many bytes of request bodies this process holds at once while they are received, over all callers together.

A body is read before its call has a place, so the places do not bound what arrives; this does. A budget that is used up
refuses whoever sends the next piece: to make callers wait with bodies half sent would hold what is short.

Invariant: what is held never exceeds `most`, and a share that has ended holds nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from proxy.core.errors import Kind, ProxyError
from proxy.gate.load import RETRY_AFTER

MOST: Final = 256 * 1024 * 1024
"""Bytes of bodies that one process receives at once."""


class Intake:
    """The bytes that are being received.

    Args:
        most: How many may be held at once.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.held = 0
        """Bytes that callers' bodies take up now."""

    @contextmanager
    def share(self) -> Iterator["Share"]:
        """One call's part, given back when the block ends, however it ends."""
        share = Share(self)
        try:
            yield share
        finally:
            self.held -= share.held

    def take(self, size: int) -> None:
        """Hold so many bytes more.

        Raises:
            ProxyError: SATURATED, and no more are held than before.
        """
        if self.held + size > self._most:
            message = "This server receives as much as it can hold. Try again in a moment."
            raise ProxyError(Kind.SATURATED, message, retry_after=RETRY_AFTER)
        self.held += size


class Share:
    """What one call holds of an intake."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self.held = 0
        """Bytes."""

    def take(self, size: int) -> None:
        """Hold so many bytes more.

        Raises:
            ProxyError: as `Intake.take`.
        """
        self._intake.take(size)
        self.held += size
