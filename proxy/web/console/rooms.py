"""What the console looks into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.types import ASGIApp

from proxy.config.schema import Config
from proxy.core.shape import Json
from proxy.web.feed import Feed


@dataclass(frozen=True, slots=True)
class Listener:
    """Where calls are taken. Which name of it reaches it, the page knows best."""

    host: str
    port: int
    tls: bool


class Memory(Protocol):
    """Remembers the last calls."""

    def calls(self) -> Sequence[Json]:
        """The newest first."""
        ...

    def tries(self) -> dict[str, list[Json]]:
        """Of each target, the oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the console looks into."""

    memory: Memory
    """Remembers the last calls."""
    feed: Feed
    """Tells what happens just now."""
    config: Callable[[], Config]
    """What is in force."""
    listener: Callable[[], Listener]
    """Where calls are taken."""
    chat: ASGIApp
    """Serves chat, and admits who brings no key."""
    models: ASGIApp
    """Lists models, and admits who brings no key."""
    version: str
    """Of Firstbyte."""
