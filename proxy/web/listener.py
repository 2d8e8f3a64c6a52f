"""What the connections of one listener share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.types import Scope
from uvicorn.server import ServerState

from proxy.core.outbox import Outbox
from proxy.web.cycle import Defaults
from proxy.web.known import KnownHeads
from proxy.web.pacer import Pacer
from proxy.web.refusal import Refusal


def unheard(_: Scope, __: Refusal) -> None:
    """Nobody hears of what could not be read."""


class Listener(ServerState):
    """uvicorn's state of a server, and ours.

    Args:
        turned_away: Hears of each request that is refused unread, and that nobody serves.
    """

    def __init__(self, turned_away: Callable[[Scope, Refusal], None] = unheard) -> None:
        super().__init__()
        self.turned_away = turned_away
        self.parting = False
        """New calls are still taken, and each answer says that its connection ends with it."""
        self.heads = KnownHeads()
        """That came in before."""
        self.defaults = Defaults()
        """What every head says."""
        self.pacer = Pacer(self.connections)
        """Through which goes what callers say."""
        self.outbox = Outbox()
        """What a turn of the loop has to say to callers."""

    def keep(self, connections: set[Any]) -> None:
        """Keep the connections in this set from now on; there are none yet."""
        self.connections = connections
        self.pacer = Pacer(connections)
