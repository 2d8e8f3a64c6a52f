"""Writes whole answers of a surface: at once, or with turns of the loop between the steps where they may be long."""

from __future__ import annotations

from proxy.core.shape import ChatRequest, Completion, Json
from proxy.engine.turns import in_turns
from proxy.surfaces.surface import Stepwise, Surface


class Writer:
    """One surface's.

    Args:
        surface: The inbound API.
    """

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        # Asked once: to look for an object's methods takes long.
        self._stepwise = surface if isinstance(surface, Stepwise) else None

    async def whole(
        self, request: ChatRequest, completion: Completion, model: str | None, report: Json | None
    ) -> bytes:
        """A whole answer, as the surface's `whole` gives it."""
        if self._stepwise is None:
            return self._surface.whole(request, completion, model=model, report=report)
        return await in_turns(
            self._stepwise.written(request, completion, model=model, report=report)
        )
