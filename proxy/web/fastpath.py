"""Plain calls, served in the turns of the loop that read them: no task, no wait, no room that has nothing to say.

A call is plain where nothing has to be decided for it: its head came before, its caller is known, it is made of texts, its
plan is settled, the first target is well and its credential is at hand. Such a call goes out in the turn that read it, or,
where no connection to its target is idle, or the store has to be waited for, in the turn in which there is what it needs. An
answer that comes whole in one piece goes to the caller in the turn that read it, and a stream is poured as it is read. Whatever else happens (another status, a part of an answer, silence, a
caller who leaves, a server that stops), the call is given to the endpoint as it stands, which goes on as if it had made
the try itself.

Invariant: what is done here is what the endpoint would have done; what is not plain has nothing done to it, or was charged and is
the endpoint's with what was taken.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from proxy.core.clock import Clock
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Headers
from proxy.core.trace import TRACING, Trace
from proxy.engine.dispatch import LEAST_TIME, Dispatcher
from proxy.engine.head_start import HeadStart
from proxy.engine.lane import Lane
from proxy.gate.admit import Visitor
from proxy.gate.caller import Caller
from proxy.gate.charge import Charge
from proxy.gate.load import Place
from proxy.route.plan import Plan
from proxy.route.planner import Planner
from proxy.surfaces.surface import Surface
from proxy.web.admission import Admission
from proxy.web.books import Accounts, Books
from proxy.web.call import Call
from proxy.web.cycle import Cycle
from proxy.web.fastcall import FastCall, Shared, UnderWay
from proxy.web.fastcharge import FastCharge
from proxy.web.faststream import FastStream
from proxy.web.known import Again, HeaderList, Known, Serve
from proxy.web.plain import Plain
from proxy.web.rated import rated_of
from proxy.web.request_id import HEADER, new_request_id, take_request_id

LOOK: Final = 0.25
"""Seconds between two looks for calls that have waited for long."""

_log: Final = logging.getLogger(__name__)


class FastHead:
    """The calls with one head, for which nothing is asked twice.

    Args:
        path: Serves them.
        known: The head.
        via: This instance's entry in the `via` header of every request to a provider.
    """

    __slots__ = (
        "_forward", "_forwarded", "_is_hurried", "_names", "_path", "_patience", "_traced", "_visitor",
    )  # fmt: skip

    def __init__(self, path: FastPath, known: Known, via: str) -> None:
        said = known.announced
        self._path = path
        self._visitor = Visitor(known.credentials)
        self._patience = said.patience
        self._is_hurried = (said.patience or LEAST_TIME) < LEAST_TIME
        self._names = [line for line in known.headers if line[0] == HEADER]
        self._traced = [line for line in known.headers if line[0] in TRACING]
        self._forwarded = said.forwarded
        self._forward = (("via", ", ".join((*said.passed, via))),)

    def take(self, again: Again, cycle: Cycle, serve: Serve) -> bool:
        """Take a call; False where it is not plain, and then nothing has been done.

        Args:
            again: The request.
            cycle: Its answer.
            serve: Serves a request at the endpoint.
        """
        path = self._path
        caller = path.caller(self._visitor)
        if caller is None or self._is_hurried:
            return False
        trace = path.traces.take(self._traced)
        forward = (*self._forwarded, *trace.headers(), *self._forward)
        try:
            fast = path.begin(again.body, caller, trace, forward, self._names, self._patience)
        except Exception:  # noqa: BLE001 (logged, and met again by the endpoint)
            _log.exception("unexpected failure")
            fast = None
        if fast is None:
            return False
        path.serve(fast, again, cycle, serve)
        return True


class FastPath:
    """Of one endpoint.

    Args:
        surface: The inbound API.
        plain: What it does with plain calls.
        admission: Who may come in.
        planner: Gives the planner in force.
        dispatcher: Asks targets.
        clock: Time.
        accounts: Take facts and price answers.
        via: This instance's entry in the `via` header of every request to a provider.
    """

    def __init__(
        self,
        surface: Surface,
        plain: Plain,
        admission: Admission,
        planner: Callable[[], Planner],
        dispatcher: Dispatcher,
        clock: Clock,
        accounts: Accounts,
        via: str,
    ) -> None:
        self._calls = calls = dict[UnderWay, None]()
        self._shared = Shared(
            surface, plain, dispatcher, clock, Books(accounts, clock), calls, self._close
        )
        self._name = surface.name
        self._read = plain.read
        self._admission = admission
        self._planner = planner
        self._dispatcher = dispatcher
        self._clock = clock
        self.traces = accounts.traces
        """Give each call its place in a trace."""
        self._via = via
        self._closing: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self.next_look = 0.0
        """Loop time of the next look for calls that have waited for long."""

    @property
    def in_flight(self) -> int:
        """Calls under way here."""
        return len(self._calls)

    def of(self, known: Known) -> FastHead:
        """The way for calls with a head that came to this endpoint."""
        return FastHead(self, known, self._via)

    def caller(self, visitor: Visitor) -> Caller | None:
        """Who calls, where a call of its may be plain, and be served now."""
        caller = self._admission.gate.at_hand(visitor)
        is_plain = caller is not None and caller.is_plain and not self._admission.presence.is_over
        return caller if is_plain else None

    def begin(
        self,
        body: bytes,
        caller: Caller,
        trace: Trace,
        forward: Headers,
        names: HeaderList,
        patience: float | None = None,
    ) -> FastCall | FastCharge | None:
        """Ask the first target, or the store; None, and nobody is asked, where the call is not plain.

        Args:
            body: Of the request.
            caller: Who calls.
            trace: The call's place in it.
            forward: Headers that providers may see.
            names: The caller's own names for the call.
            patience: Seconds that the caller says it waits.
        """
        now = self._clock.now()
        request = self._read(body, forward) if len(body) <= self._admission.max_body else None
        if request is None:
            return None
        plan = self._planner().plain(request, caller.may_use, caller.default_model)
        if plan is None:
            return None
        call = Call(take_request_id(names) if names else new_request_id(), now, self._name)
        call.charge, call.trace = self._admission.gate.open(caller), trace
        call.team, call.key_id = caller.team, caller.key
        call.stream, call.bytes_in = request.stream, len(body)
        call.alias, call.asked = plan.alias, plan.asked
        is_free = caller.is_unbound and not plan.is_rated
        if is_free or self._admission.gate.charges_at_once:
            return self._at_once(call, call.charge, request, plan, patience, is_free=is_free)
        # As at the endpoint, nobody has a place while the store is asked: those whom nothing binds may be served.
        waiting = FastCharge(call, call.charge, request, plan, None, patience, self)
        self._enter(waiting)
        return waiting

    def _at_once(
        self,
        call: Call,
        charge: Charge,
        request: ChatRequest,
        plan: Plan,
        patience: float | None,
        *,
        is_free: bool,
    ) -> FastCall | FastCharge | None:
        """Ask the first target of a plan for a call whose charge is at hand; None, and nobody is asked, where it is not plain."""
        place = self._admission.load.place_at_hand()
        if place is None:
            return None
        head_start = None
        try:
            head_start = self._ask(plan, request, charge, is_free=is_free)
            if head_start is not None:
                return self._begun(call, request, plan, place, head_start, patience)
            if not charge.has_taken:
                place.leave()
                return None
            charged = FastCharge(call, charge, request, plan, place, patience, self)
            self._enter(charged)
        except BaseException:
            # Nobody else knows of them yet.
            place.leave()
            charge.give_back()
            if head_start is not None:
                head_start.close(call.began)
            raise
        return charged

    def _ask(
        self, plan: Plan, request: ChatRequest, charge: Charge, *, is_free: bool
    ) -> HeadStart | None:
        """Ask the first target of a plan, if what the call takes is at hand; None, and nobody is asked, for any other."""
        if is_free:
            charge.free(request)
            return self._dispatcher.begin(plan, request)
        take = partial(charge.take_at_once, request, rated_of(plan), plan.total_timeout)
        return self._dispatcher.begin(plan, request, take)

    def charged(self, waiting: FastCharge) -> FastCall | None:
        """Ask the first target for a call that has what it takes; None, and nobody is asked, where it is not plain any more."""
        plan, request = waiting.plan, waiting.request
        place = self._admission.load.place_at_hand()
        if place is None:
            return None
        head_start = None
        try:
            head_start = self._dispatcher.begin(plan, request)
            if head_start is not None:
                return self._begun(waiting.call, request, plan, place, head_start, waiting.patience)
        except BaseException:
            place.leave()
            if head_start is not None:
                head_start.close(self._clock.now())
            raise
        place.leave()
        return None

    def _begun(
        self,
        call: Call,
        request: ChatRequest,
        plan: Plan,
        place: Place,
        head_start: HeadStart,
        patience: float | None,
    ) -> FastCall:
        """The call whose first target was asked."""
        make = FastStream if request.stream else FastCall
        fast = make(self._shared, call, request, plan, place, head_start, patience)
        self._enter(fast)
        return fast

    def _enter(self, call: UnderWay) -> None:
        self._calls[call] = None
        if self._timer is None:
            self._watch()

    def leave(self, waiting: FastCharge) -> None:
        """A call waits no more."""
        del self._calls[waiting]

    def serve(self, fast: FastCall | FastCharge, again: Again, cycle: Cycle, serve: Serve) -> None:
        """Let a call hear of whatever comes first; the arguments are those of `FastCall.wait`."""
        fast.wait(again, cycle, serve)
        if fast.due < self.next_look:
            fast.go_on()

    def end(self, reason: ProxyError) -> None:  # noqa: ARG002 (the endpoint hears it as well)
        """Everybody has to leave: the endpoint says so."""
        for fast in list(self._calls):
            fast.go_on()

    async def aclose(self) -> None:
        """Wait for the connections whose own end is still to come, which takes a moment at most."""
        if self._closing:
            await asyncio.wait(self._closing)

    def _close(self, lane: Lane) -> None:
        task = asyncio.ensure_future(lane.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _watch(self) -> None:
        """One timer looks after all: a call that has waited for long goes on at the endpoint, which has clocks."""
        self._admission.presence.enter(self)
        self._look_again()

    def _look(self) -> None:
        if not self._calls:
            self._timer = None
            self._admission.presence.leave(self)
            return
        self._look_again()
        for fast in [fast for fast in self._calls if fast.due < self.next_look]:
            fast.go_on()

    def _look_again(self) -> None:
        loop = asyncio.get_running_loop()
        self.next_look = loop.time() + LOOK
        self._timer = loop.call_at(self.next_look, self._look)
