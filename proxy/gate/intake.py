"""How many bytes of request bodies this process holds at once while they are received, over all callers together.

A body is read before its call has a place, so the places do not bound what arrives; this does. A budget that is used up
refuses whoever sends the next piece: to make callers wait with bodies half sent would hold what is short.

Invariant: what is held never exceeds `most`, and a share that has ended holds nothing.
"""

from typing import Final, Self

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

    def share(self) -> "Share":
        """One call's part, given back when the block that it opens ends, however it ends."""
        return Share(self)

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

    __slots__ = ("_intake", "held")

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self.held = 0
        """Bytes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._intake.held -= self.held

    def take(self, size: int) -> None:
        """Hold so many bytes more.

        Raises:
            ProxyError: as `Intake.take`.
        """
        self._intake.take(size)
        self.held += size
