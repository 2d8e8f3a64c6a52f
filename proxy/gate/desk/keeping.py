"""The store itself, as operators ask for it: is it well, and what a crash left held."""

from __future__ import annotations

from proxy.core.shape import Json
from proxy.gate.desk.asked import Asked
from proxy.store.store import Store


class Keeping:
    """Verbs. Each answers with what is shown, and may raise `StoreError`.

    Args:
        store: The store.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def check(self, asked: Asked) -> Json:
        """What is wrong with it, as sentences; none where nothing is.

        Raises:
            ProxyError: INVALID_REQUEST for the query.
        """
        asked.only()
        problems = await self._store.check()
        return {"object": "store", "kind": self._store.name, "problems": problems}

    async def sweep(self, asked: Asked) -> Json:  # noqa: ARG002 (nothing may be said)
        """Release every hold whose time has passed."""
        released = 0
        while more := await self._store.sweep():
            released += more
        return {"object": "store.sweep", "released": released}
