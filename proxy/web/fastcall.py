"""A plain call under way on the fast path, whose answer comes whole: its caller gets it in the turn of the loop that read it.

Whatever else comes than a whole and plain answer is for the endpoint, which goes on with the call as it stands.

Invariant: nothing is told of a call, and its caller hears nothing, before it is sure that the endpoint is not needed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from proxy.core.clock import Clock
from proxy.core.errors import Kind
from proxy.core.facts import SERVED
from proxy.core.shape import ChatRequest, Completion
from proxy.core.state import is_packed
from proxy.engine.dispatch import Dispatcher
from proxy.engine.head_start import HeadStart
from proxy.engine.lane import Lane
from proxy.gate.load import Place
from proxy.route.plan import Plan, model_of
from proxy.surfaces.surface import Surface
from proxy.web.books import Books
from proxy.web.call import Call
from proxy.web.cycle import Cycle
from proxy.web.known import Again, Serve
from proxy.web.lines import lines_of_whole
from proxy.web.plain import Plain
from proxy.web.request_id import NAME
from proxy.web.stream import pace

BEGUN: Final = "firstbyte.begun"
"""Where a scope has the `FastCall` that goes on there."""

_log: Final = logging.getLogger(__name__)


class UnderWay(Protocol):
    """A call under way on the fast path."""

    due: float
    """Loop time at which the endpoint's first clock may run out."""

    def go_on(self) -> None:
        """Give the call to the endpoint."""
        ...


@dataclass(frozen=True, slots=True)
class Shared:
    """What the calls of one fast path share."""

    surface: Surface
    plain: Plain
    dispatcher: Dispatcher
    clock: Clock
    books: Books
    calls: dict[UnderWay, None]
    """Those under way: each leaves when it is over, or goes on elsewhere."""
    close: Callable[[Lane], None]
    """Closes a lane whose answer is told, and whose connection's own end is still to come."""


class FastCall:
    """A call that was begun here; in a scope, one that goes on at the endpoint.

    Args:
        shared: What it shares with others.
        call: What is known of it.
        request: What is asked.
        plan: What it may do.
        place: Its place among the calls under way.
        head_start: The try that was made.
        patience: Seconds that the caller says it waits.
    """

    __slots__ = (
        "_again",
        "_cycle",
        "_serve",
        "_shared",
        "call",
        "due",
        "head_start",
        "is_taken",
        "patience",
        "place",
        "plan",
        "request",
    )  # fmt: skip

    def __init__(
        self,
        shared: Shared,
        call: Call,
        request: ChatRequest,
        plan: Plan,
        place: Place,
        head_start: HeadStart,
        patience: float | None = None,
    ) -> None:
        self._shared = shared
        self.call = call
        self.request = request
        self.plan = plan
        self.place = place
        self.head_start = head_start
        self.patience = patience
        self.is_taken = False
        """Whether a cascade goes on with the head start."""
        limits = head_start.candidate.limits
        wait = min(limits.first_byte_timeout, limits.total_timeout, plan.total_timeout)
        if request.stream:
            wait = min(wait, pace(plan.live, patience)[0])
        elif patience is not None:
            wait = min(wait, patience)
        self.due = head_start.began + wait
        """Loop time at which the endpoint's first clock may run out."""

    def wait(self, again: Again, cycle: Cycle, serve: Serve) -> None:
        """Hear of whatever comes first.

        Args:
            again: The request.
            cycle: Its answer.
            serve: Serves a request at the endpoint.
        """
        self._again = again
        self._cycle = cycle
        self._serve = serve
        self.head_start.sent.exchange.listen(self._heard)
        cycle.left = self.go_on

    def go_on(self) -> None:
        """Give the call to the endpoint."""
        self.head_start.sent.listen(None)
        self._rest()
        self._serve(self._again, self._cycle, {BEGUN: self, NAME: self.call.id})

    def take(self) -> HeadStart:
        """The try, which is the caller's from now on."""
        self.is_taken = True
        return self.head_start

    async def aclose(self, now: float) -> None:
        """Let go of what nobody took.

        Args:
            now: Loop time.
        """
        if not self.is_taken:
            head_start = self.take()
            head_start.close(now)
            self.call.progress.tried = (head_start.tried(now, Kind.CANCELLED),)
        self.place.leave()

    def _heard(self) -> None:
        """Something of an answer is here, or the word that none will come."""
        try:
            answer = self._answer()
            is_out = answer is not None and self._cycle.answer_at_once(*answer)
        except Exception:  # noqa: BLE001 (logged, and met again by the endpoint)
            _log.exception("%s: unexpected failure", self.call.id)
            is_out = self._cycle.response_complete
        if is_out:
            self._served(self.call.began + (self.call.ttft_ms or 0.0) / 1000)
        else:
            self.go_on()

    def _answer(self) -> tuple[bytes, bytes] | None:
        """The answer that has come, as the lines of its head and its body; None where it is not plain."""
        shared, call, head_start = self._shared, self.call, self.head_start
        created, may_pass = int(shared.clock.wall()), model_of(self.plan) is None
        won = head_start.look(self.request, created, may_pass=may_pass)
        if won is None:
            return None
        whole, said = won.whole, won.completion
        body = self._written(said) if whole is None else shared.plain.body(whole)
        if body is None:
            return None
        now = shared.clock.now()
        self._commit(now)
        if whole is None:
            call.note(said)
        else:
            call.served, call.tier = whole.model, whole.tier or ""
        call.usage = won.usage
        shared.books.account_for(call, head_start.name, won.usage)
        call.status, call.bytes_out = 200, len(body)
        return lines_of_whole(call, now, won.head, len(body)), body

    def _written(self, said: Completion) -> bytes | None:
        """What the caller gets of an answer that does not go on as it came; None where others know how to give it."""
        body = self._shared.surface.whole(self.request, said, model=model_of(self.plan))
        return None if is_packed(body) else body

    def _commit(self, now: float) -> None:
        """The target has spoken.

        Args:
            now: Loop time.
        """
        call, head_start = self.call, self.head_start
        call.tried = (head_start.tried(now),)
        call.upstream_ms = (now - head_start.began) * 1000
        call.dropped = head_start.sent.call.dropped
        call.committed(head_start.name, now)

    def _served(self, at: float, *, is_stream: bool = False) -> None:
        """The whole answer is out: whatever fails now, its call has ended.

        Args:
            at: Loop time at which it came.
            is_stream: Whether it is a stream.
        """
        call, books = self.call, self._shared.books
        try:
            self._rest()
            self.take().won(at)
            books.began(call, self.plan.alias, is_out=is_stream)
        except Exception:  # noqa: BLE001 (logged: nobody else would hear of it)
            _log.exception("%s: unexpected failure", call.id)
        self.place.leave()
        call.outcome = SERVED
        books.close(call)

    def _rest(self) -> None:
        self._cycle.left = None
        del self._shared.calls[self]
