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
from functools import lru_cache
from typing import Final, TypeAlias

from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.core.facts import Outcome
from proxy.core.shape import ChatRequest, Headers
from proxy.core.state import is_packed
from proxy.core.trace import TRACING, Trace
from proxy.engine.cascade import Cascade
from proxy.engine.head_start import HeadStart
from proxy.gate.admit import Visitor
from proxy.gate.caller import Caller
from proxy.gate.load import Place
from proxy.route.plan import Plan, Planner
from proxy.surfaces.surface import Surface
from proxy.web.books import Accounts, Books
from proxy.web.call import MAX_HEADER, PASSED, Call, ascii_of, model_of, served_at_once
from proxy.web.cycle import Cycle, rendered
from proxy.web.doors import Doors
from proxy.web.known import Again, HeaderList, Known, Serve
from proxy.web.request_id import HEADER, NAME, take_request_id

BEGUN: Final = "firstbyte.begun"
"""Where a scope has the `FastCall` that goes on there."""
LOOK: Final = 0.25
"""Seconds between two looks for calls that have waited for long."""
Read: TypeAlias = Callable[[bytes, Headers], ChatRequest | None]
"""Reads the body of a plain call; None for any other."""

_HEAD: Final = (
    b"%bserver-timing: proxy;dur=%.1f, upstream;dur=%.1f\r\n%bcontent-length: %d\r\n"
    b"x-request-id: %b\r\n"
)
"""The lines of a head; what stands for names and values holds no line break."""

_log: Final = logging.getLogger(__name__)


class FastCall:
    """A call that was begun here; in a scope, one that goes on at the endpoint.

    Args:
        path: What serves it.
        call: What is known of it.
        request: What is asked.
        plan: What it may do.
        place: Its place among the calls under way.
        head_start: The try that was made.
    """

    __slots__ = (
        "_again", "_cycle", "_path", "_serve", "call", "due", "head_start", "is_taken", "place", "plan", "request",
    )  # fmt: skip

    def __init__(
        self,
        path: FastPath,
        call: Call,
        request: ChatRequest,
        plan: Plan,
        place: Place,
        head_start: HeadStart,
    ) -> None:
        self._path = path
        self.call = call
        self.request = request
        self.plan = plan
        self.place = place
        self.head_start = head_start
        self.is_taken = False
        """Whether a cascade goes on with the head start."""
        limits = head_start.candidate.limits
        patience = min(limits.first_byte_timeout, limits.total_timeout, plan.total_timeout)
        self.due = head_start.began + patience
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
        self.head_start.sent.listen(self._heard)
        cycle.gone.watch(self.go_on)

    def go_on(self) -> None:
        """Give the call to the endpoint."""
        self._rest()
        self._serve(self._again, self._cycle, {BEGUN: self, NAME: self.call.id})

    def take(self) -> HeadStart:
        """The try, which is the caller's from now on."""
        self.is_taken = True
        return self.head_start

    def close(self, now: float) -> None:
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
            answer = self._path.answer(self)
        except Exception:  # noqa: BLE001 (logged, and met again by the endpoint)
            _log.exception("%s: unexpected failure", self.call.id)
            answer = None
        if answer is None or not self._cycle.answer_at_once(*answer):
            self.go_on()
            return
        self._rest()
        self._path.served(self)

    def _rest(self) -> None:
        self.head_start.sent.listen(None)
        self._cycle.gone.watch(None)
        self._path.leave(self)


class FastHead:
    """The calls with one head, for which nothing is asked twice.

    Args:
        path: Serves them.
        known: The head.
        via: This instance's entry in the `via` header of every request to a provider.
    """

    __slots__ = ("_forward", "_forwarded", "_is_hurried", "_names", "_path", "_traced", "_visitor")

    def __init__(self, path: FastPath, known: Known, via: str) -> None:
        said = known.announced
        self._path = path
        self._visitor = Visitor(known.credentials)
        self._is_hurried = said.patience is not None
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
            fast = path.begin(again.body, caller, trace, forward, self._names)
        except Exception:  # noqa: BLE001 (logged, and met again by the endpoint)
            _log.exception("unexpected failure")
            fast = None
        if fast is None:
            return False
        fast.wait(again, cycle, serve)
        if fast.due < path.next_look:
            fast.go_on()
        return True


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
        self.traces = accounts.traces
        """Give each call its place in a trace."""
        self._books = Books(accounts, clock)
        self._via = via
        self._calls: dict[FastCall, None] = {}
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
        """Who calls, where a call of its is free and may be served now."""
        caller = self._doors.gate.at_hand(visitor)
        is_free = caller is not None and caller.is_free and not self._doors.presence.is_over
        return caller if is_free else None

    def begin(
        self, body: bytes, caller: Caller, trace: Trace, forward: Headers, names: HeaderList
    ) -> FastCall | None:
        """Ask the first target; None, and nobody is asked, where the call is not plain.

        Args:
            body: Of the request.
            caller: Who calls.
            trace: The call's place in it.
            forward: Headers that providers may see.
            names: The caller's own names for the call.
        """
        now = self._clock.now()
        request = self._read(body, forward) if len(body) <= self._doors.max_body else None
        plan = self._plan(request, caller) if request is not None else None
        place = self._doors.load.place_at_hand() if plan is not None else None
        if request is None or plan is None or place is None:
            return None
        head_start = self._cascade.begin(plan, request)
        if head_start is None:
            place.leave()
            return None
        call = Call(take_request_id(names), now, self._surface.name)
        call.charge = charge = self._doors.gate.open(caller)
        charge.free(request)
        call.trace, call.team, call.key_id = trace, caller.team, caller.key
        call.alias, call.asked, call.bytes_in = plan.alias, plan.asked, len(body)
        fast = FastCall(self, call, request, plan, place, head_start)
        self._keep(fast)
        return fast

    def answer(self, fast: FastCall) -> tuple[bytes, bytes] | None:
        """The answer that has come, as the lines of its head and its body; None where it is not plain."""
        call, plan, head_start = fast.call, fast.plan, fast.head_start
        won = head_start.look(int(self._clock.wall()))
        if won is None:
            return None
        body = self._surface.whole(fast.request, won.completion, model=model_of(plan))
        if is_packed(body):
            return None
        now, name = self._clock.now(), head_start.name
        call.tried = (head_start.tried(now),)
        call.upstream_ms = (now - head_start.began) * 1000
        call.dropped = head_start.sent.call.dropped
        call.committed(name, now)
        call.note(won.completion)
        call.usage = won.usage
        self._books.account(call, [(name, won.usage)])
        call.status, call.bytes_out = 200, len(body)
        return _lines(call, now, won.headers, len(body)), body

    def served(self, fast: FastCall) -> None:
        """The answer is out."""
        call = fast.call
        fast.take().won(call.began + (call.ttft_ms or 0.0) / 1000)
        fast.place.leave()
        call.outcome = Outcome.SERVED
        self._books.began(call, fast.plan.alias)
        self._books.close(call)

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

    def _keep(self, fast: FastCall) -> None:
        """One timer looks after all: a call that has waited for long goes on at the endpoint, which has clocks."""
        self._calls[fast] = None
        if self._timer is None:
            self._doors.presence.enter(self)
            self._look_again()

    def _look(self) -> None:
        if not self._calls:
            self._timer = None
            self._doors.presence.leave(self)
            return
        self._look_again()
        for fast in [fast for fast in self._calls if fast.due < self.next_look]:
            fast.go_on()

    def _look_again(self) -> None:
        loop = asyncio.get_running_loop()
        self.next_look = loop.time() + LOOK
        self._timer = loop.call_at(self.next_look, self._look)


def _lines(call: Call, now: float, passed: dict[str, str], size: int) -> bytes:
    """The lines of a head, as `Call.whole_head` has them; most have nothing in them that is seldom."""
    if call.dropped or call.target is None or any(name.startswith(PASSED) for name in passed):
        return rendered([*call.whole_head(now, passed, size), (HEADER, call.id.encode())])
    upstream_ms = call.upstream_ms
    cost = b"" if call.cost is None else f"x-firstbyte-cost-usd: {call.cost:f}\r\n".encode()
    return _HEAD % (
        _opening(call.target[:MAX_HEADER]),
        max(0.0, call.since(now) - upstream_ms),
        upstream_ms,
        cost,
        size,
        call.id.encode(),
    )


@lru_cache(maxsize=256)
def _opening(target: str) -> bytes:
    """How the head of an answer begins that a target gave at once."""
    return rendered(
        [
            (b"content-type", b"application/json"),
            (b"x-firstbyte-target", ascii_of(target)),
            *served_at_once(target),
        ]
    )
