"""A plain call that is charged and not begun yet.

Where the store has to be waited for, it is begun in the turn in which that has answered; the task that asks is all that
such a call has. Where it may not be served, or nobody can be asked at once, the endpoint goes on with it: what was taken is
the call's, whoever serves it.

Invariant: the store is asked once for each call.
"""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import replace
from typing import Final, Protocol

from proxy.core.shape import ChatRequest
from proxy.engine.head_start import HeadStart
from proxy.gate.charge import Charge
from proxy.gate.load import Place
from proxy.route.plan import Plan
from proxy.web.call import Call
from proxy.web.cycle import Cycle
from proxy.web.fastcall import BEGUN, FastCall
from proxy.web.known import Again, Serve
from proxy.web.rated import rated_of
from proxy.web.request_id import NAME

_log: Final = logging.getLogger(__name__)


class Path(Protocol):
    """The fast path that it is on."""

    def charged(self, waiting: FastCharge) -> FastCall | None:
        """Ask the first target for a call that has what it takes; None, and nobody is asked, where it is not plain any more."""
        ...

    def leave(self, waiting: FastCharge) -> None:
        """A call waits no more."""
        ...

    def serve(self, fast: FastCall, again: Again, cycle: Cycle, serve: Serve) -> None:
        """Let a call hear of whatever comes first; the arguments are those of `FastCall.wait`."""
        ...


class FastCharge:
    """The call; in a scope, one that goes on at the endpoint.

    Args:
        call: What is known of it.
        charge: Its own.
        request: What is asked.
        plan: What it may do.
        place: Its place among the calls under way; None while it has none.
        patience: Seconds that the caller says it waits.
        path: Where it goes on.
    """

    __slots__ = (
        "_again", "_charge", "_cycle", "_path", "_serve", "_task",
        "call", "due", "is_over", "patience", "place", "plan", "request",
    )  # fmt: skip

    def __init__(
        self,
        call: Call,
        charge: Charge,
        request: ChatRequest,
        plan: Plan,
        place: Place | None,
        patience: float | None,
        path: Path,
    ) -> None:
        self.call = call
        self._charge = charge
        self.request = request
        self.plan = plan
        self.place = place
        self.patience = patience
        self._path = path
        self._task: asyncio.Task[None] | None = None
        """Asks the store."""
        self.due = math.inf
        """Loop time: no clock of the endpoint's runs before the store has answered, which has one of its own."""
        self.is_over = False
        """Whether it is begun, or the endpoint's."""

    def wait(self, again: Again, cycle: Cycle, serve: Serve) -> None:
        """Ask the store; the arguments are those of `FastCall.wait`."""
        self._again = again
        self._cycle = cycle
        self._serve = serve
        if self._charge.has_taken:
            # Nobody could be asked after all.
            self.go_on()
            return
        take = self._charge.take(self.request, rated_of(self.plan), self.plan.total_timeout)
        self._task = asyncio.get_running_loop().create_task(take)
        self._task.add_done_callback(self._taken)
        cycle.left = self.go_on

    def go_on(self) -> None:
        """Give the call to the endpoint."""
        self._rest()
        self._serve(self._again, self._cycle, {BEGUN: self, NAME: self.call.id})

    async def charged(self) -> Plan:
        """Wait until it has what it takes; the plan without the targets that have no more.

        Raises:
            ProxyError: as `Charge.take`.
        """
        task, self._task = self._task, None
        if task is not None:
            try:
                await task
            finally:
                # A failure's traceback has this frame, which would have the failure: the call would outlive its end.
                del task
        over = self._charge.over
        return replace(self.plan, over=over) if over else self.plan

    def take(self) -> HeadStart | None:
        """The try that was made: none."""
        return None

    async def aclose(self, now: float) -> None:  # noqa: ARG002 (as of every call that was begun)
        """Let go of its place, if it has one."""
        if self.place is not None:
            self.place.leave()

    def _taken(self, task: asyncio.Task[None]) -> None:
        """The store has answered."""
        may_begin = not task.cancelled() and task.exception() is None and not self._charge.over
        if self.is_over:
            return
        try:
            fast = self._path.charged(self) if may_begin else None
        except Exception:  # noqa: BLE001 (logged, and met again by the endpoint)
            _log.exception("%s: unexpected failure", self.call.id)
            fast = None
        if fast is None:
            self.go_on()
            return
        self._rest()
        self._path.serve(fast, self._again, self._cycle, self._serve)

    def _rest(self) -> None:
        self.is_over = True
        self._cycle.left = None
        self._path.leave(self)
