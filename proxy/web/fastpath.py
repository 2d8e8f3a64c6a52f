"""Plain calls, served in the turns of the loop that read them: no task, no wait, no room that has nothing to say.

A call is plain where nothing has to be decided for it: its head came before, its caller is known and bound by nothing, it
is made of texts and wants its answer whole, its plan is settled, the first target is well and a connection to it is open.
Such a call goes out in the turn that read it. If the whole answer comes in one piece and is one, it goes to the caller in
the turn that read that. Whatever else happens (another status, a part of an answer, silence, a caller who leaves, a
server that stops), the call is given to the endpoint as it stands, which goes on as if it had made the try itself.

Invariant: what is done here is what the endpoint would have done; what is not plain has nothing done to it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from proxy.core.clock import Clock
from proxy.core.errors import ProxyError
from proxy.core.facts import Outcome
from proxy.core.shape import ChatRequest, Headers
from proxy.core.state import is_packed
from proxy.core.trace import Traces
from proxy.engine.cascade import Cascade
from proxy.engine.head_start import HeadStart
from proxy.gate.caller import Caller
from proxy.gate.load import Place
from proxy.route.plan import Plan, Planner
from proxy.surfaces.surface import Surface
from proxy.web.books import Accounts, Books
from proxy.web.call import Call, model_of
from proxy.web.cycle import Cycle
from proxy.web.doors import Doors
from proxy.web.known import Again, Serve
from proxy.web.request_id import HEADER, NAME, take_request_id

BEGUN: Final = "firstbyte.begun"
"""Where a scope has its `Begun`."""
LOOK: Final = 0.25
"""Seconds between two looks for calls that have waited for long."""
Read: TypeAlias = Callable[[bytes, Headers], ChatRequest | None]
"""Reads the body of a plain call; None for any other."""

_log: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class Begun:
    """A call that was begun here."""

    call: Call
    request: ChatRequest
    plan: Plan
    place: Place
    head_start: HeadStart | None
    """None once a cascade goes on with it."""

    def take(self) -> HeadStart | None:
        """The try, which is the caller's from now on."""
        head_start, self.head_start = self.head_start, None
        return head_start

    def close(self, now: float) -> None:
        """Let go of what nobody took.

        Args:
            now: Loop time.
        """
        head_start = self.take()
        if head_start is not None:
            head_start.close(now)
        self.place.leave()


class FastCall:
    """A call under way.

    Args:
        path: What serves it.
        begun: The call.
        cycle: Its answer.
        serve: Gives it to the endpoint.
    """

    __slots__ = ("_begun", "_cycle", "_head_start", "_path", "_serve", "due")

    def __init__(
        self, path: FastPath, begun: Begun, head_start: HeadStart, cycle: Cycle, serve: Serve
    ) -> None:
        self._path = path
        self._begun = begun
        self._head_start = head_start
        self._cycle = cycle
        self._serve = serve
        limits = head_start.candidate.limits
        self.due = head_start.began + min(limits.first_byte_timeout, begun.plan.total_timeout)
        """Loop time by which it goes on at the endpoint, whose clock is about to run out."""
        head_start.sent.listen(self._heard)
        cycle.gone.watch(self.go_on)

    def go_on(self) -> None:
        """Give the call to the endpoint."""
        self._rest()
        self._serve({BEGUN: self._begun, NAME: self._begun.call.id})

    def _heard(self) -> None:
        """Something of an answer is here, or the word that none will come."""
        try:
            is_served = self._path.answered(self._begun, self._head_start, self._cycle)
        except Exception:  # noqa: BLE001 (logged, and met again by the endpoint)
            # The endpoint meets the same failure, and knows what to say of it.
            _log.exception("%s: unexpected failure", self._begun.call.id)
            is_served = False
        if is_served:
            self._rest()
        else:
            self.go_on()

    def _rest(self) -> None:
        self._head_start.sent.listen(None)
        self._cycle.gone.watch(None)
        self._path.leave(self)


class FastPath:
    """Of one endpoint.

    Args:
        surface: The inbound API.
        read: Reads plain calls of it.
        doors: Who may come in.
        planner: Gives the planner in force.
        cascade: Asks targets.
        clock: Time.
        accounts: Take facts and price answers.
        via: This instance's entry in the `via` header of every request to a provider.
    """

    def __init__(
        self,
        surface: Surface,
        read: Read,
        doors: Doors,
        planner: Callable[[], Planner],
        cascade: Cascade,
        clock: Clock,
        accounts: Accounts,
        via: str,
    ) -> None:
        self._surface = surface
        self._read = read
        self._doors = doors
        self._planner = planner
        self._cascade = cascade
        self._clock = clock
        self._traces: Traces = accounts.traces
        self._books = Books(accounts, clock)
        self._via = via
        self._calls: dict[FastCall, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def in_flight(self) -> int:
        """Calls under way here."""
        return len(self._calls)

    def take(self, again: Again, cycle: Cycle, serve: Serve) -> bool:
        """Take a call; False where it is not plain, and then nothing has been done.

        Args:
            again: The request.
            cycle: Its answer.
            serve: Serves the call as any other, with these members added to its scope.
        """
        doors, known = self._doors, again.known
        caller, said = doors.gate.at_hand(known.credentials), known.announced
        is_free = caller is not None and caller.is_free and not doors.presence.is_over
        if caller is None or not is_free or said.patience is not None:
            return False
        if len(again.body) > doors.max_body:
            return False
        call = Call(take_request_id(again.headers), self._clock.now(), self._surface.name)
        call.trace = trace = self._traces.take(again.headers)
        via = ("via", ", ".join((*said.passed, self._via)))
        request = self._read(again.body, (*said.forwarded, *trace.headers(), via))
        plan = self._plan(request, caller) if request is not None else None
        if request is None or plan is None:
            return False
        begun = self._begin(call, request, plan, caller)
        if begun is None or begun.head_start is None:
            return False
        self._keep(FastCall(self, begun, begun.head_start, cycle, serve))
        return True

    def answered(self, begun: Begun, head_start: HeadStart, cycle: Cycle) -> bool:
        """Give the answer that has come; False, and nothing given, where there is none that is whole and plain."""
        won = head_start.look(int(self._clock.wall()))
        if won is None:
            return False
        call, plan, now = begun.call, begun.plan, self._clock.now()
        body = self._surface.whole(begun.request, won.completion, model=model_of(plan))
        if is_packed(body):
            return False
        call.tried = (head_start.tried(now),)
        call.upstream_ms = (now - head_start.began) * 1000
        call.dropped = head_start.sent.call.dropped
        call.committed(head_start.name, now)
        call.note(won.completion)
        call.usage = won.usage
        self._books.account(call, [(head_start.name, won.usage)])
        call.status, call.bytes_out = 200, len(body)
        head = call.whole_head(now, won.headers, len(body))
        head.append((HEADER, call.id.encode()))
        if not cycle.answer(200, head, body):
            return False
        head_start.won(now)
        begun.place.leave()
        call.outcome = Outcome.SERVED
        self._books.began(call, plan.alias)
        self._books.close(call)
        return True

    def leave(self, fast: FastCall) -> None:
        """A call is over, or goes on elsewhere."""
        del self._calls[fast]

    def end(self, reason: ProxyError) -> None:  # noqa: ARG002 (the endpoint hears it as well)
        """Everybody has to leave: the endpoint says so."""
        for fast in list(self._calls):
            fast.go_on()

    def _plan(self, request: ChatRequest, caller: Caller) -> Plan | None:
        """What a plain call may do; None where that hangs on more than its texts."""
        if request.stream:
            return None
        try:
            plan = self._planner().plan(
                request, may_use=caller.may_use, default_model=caller.default_model
            )
        except ProxyError:
            return None
        return plan if plan.is_settled and not plan.cache and not plan.is_rated else None

    def _begin(self, call: Call, request: ChatRequest, plan: Plan, caller: Caller) -> Begun | None:
        """Ask the first target, and write down who asks."""
        place = self._doors.load.place_at_hand()
        if place is None:
            return None
        head_start = self._cascade.begin(plan, request)
        if head_start is None:
            place.leave()
            return None
        call.charge = charge = self._doors.gate.open(caller)
        charge.free(request)
        call.team, call.key_id = caller.team, caller.key
        call.alias, call.asked, call.bytes_in = plan.alias, plan.asked, len(request.raw)
        return Begun(call, request, plan, place, head_start)

    def _keep(self, fast: FastCall) -> None:
        """One timer looks after all: a call that has waited for long goes on at the endpoint, which has clocks."""
        self._calls[fast] = None
        if self._timer is None:
            self._doors.presence.enter(self)
            self._timer = asyncio.get_running_loop().call_later(LOOK, self._look)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        next_look = loop.time() + LOOK
        for fast in [fast for fast in self._calls if fast.due < next_look]:
            fast.go_on()
        if self._calls:
            self._timer = loop.call_at(next_look, self._look)
        else:
            self._timer = None
            self._doors.presence.leave(self)
