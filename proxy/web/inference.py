"""The one handler behind every inference surface: lets a call in, plans and charges it, and says how it ended.

Its body is read in `request_reader.py`; it is answered in one piece in `unary.py`, as a stream in `streaming.py`. The
caller's leaving is watched for from the first byte read to the last byte written; a caller who left cancels whatever is
under way, and the upstream connection with it.

Invariant: every call ends in exactly one `CallEnded`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from starlette.types import Receive, Scope, Send

from proxy.core import jsons
from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.core.facts import Outcome
from proxy.core.shape import ChatRequest
from proxy.engine.cascade import Cascade
from proxy.gate.cache import Place
from proxy.gate.caller import Caller
from proxy.gate.charge import Charge
from proxy.route.plan import Plan
from proxy.route.planner import Planner
from proxy.surfaces.surface import Surface
from proxy.web.admission import Admission
from proxy.web.announced import cache_wish
from proxy.web.answering import Answering, ReadyCall, send_whole
from proxy.web.body import is_own
from proxy.web.books import Accounts, Books
from proxy.web.call import Call
from proxy.web.conversations import Conversations
from proxy.web.errand import ERRAND
from proxy.web.fastcall import BEGUN, FastCall
from proxy.web.fastcharge import FastCharge
from proxy.web.fastpath import FastPath
from proxy.web.headers import attempt_headers
from proxy.web.known import KNOWN, Known, announced_in, credentials_of
from proxy.web.long_ids import LongIds
from proxy.web.outcome import caller_left
from proxy.web.peer import GONE, WIRE
from proxy.web.plain import Plain
from proxy.web.rated import rated_of
from proxy.web.request_id import request_id_of
from proxy.web.request_reader import RequestReader
from proxy.web.stamp import Stamp
from proxy.web.streaming import Streaming
from proxy.web.unary import Unary


class Inference:
    """An ASGI endpoint for one surface.

    Args:
        surface: The inbound API.
        admission: Who may come in.
        planner: Gives the planner in force; asked once a call, so that a reload takes effect at the next.
        cascade: Runs plans.
        clock: Time.
        accounts: Takes facts and prices answers.
        via: This instance's entry in the `via` header of every request to a provider.
        conversations: What calls of this surface go on from, where its API has that.
    """

    def __init__(
        self,
        surface: Surface,
        admission: Admission,
        planner: Callable[[], Planner],
        cascade: Cascade,
        clock: Clock,
        accounts: Accounts,
        via: str,
        conversations: Conversations | None = None,
    ) -> None:
        self._surface = surface
        self._admission = admission
        self._planner = planner
        self._cascade = cascade
        self._clock = clock
        self._accounts = accounts
        self._books = books = Books(accounts, clock)
        self._fast_path: FastPath | None = None
        self._via = via
        self.name = surface.name
        """Of the surface."""
        self._under_way = 0
        long_ids = LongIds(admission.gate.notes)
        self._reader = RequestReader(surface, admission, clock, via, long_ids, conversations)
        answering = Answering(surface, cascade, admission, clock, books, long_ids, conversations)
        self._unary, self._streaming = Unary(answering), Streaming(answering)
        self.presence = admission.presence
        """The calls under way; dismissed when the server may wait no longer."""

    def open_fast_path(self, plain: Plain) -> FastPath:
        """Serve plain calls in the turns of the loop that read them, until whoever opens it closes it.

        Args:
            plain: What the surface does with plain calls.
        """
        self._fast_path = FastPath(
            self._surface,
            plain,
            self._admission,
            self._planner,
            self._cascade.dispatcher,
            self._clock,
            self._accounts,
            self._via,
        )
        return self._fast_path

    @property
    def in_flight(self) -> int:
        """Calls under way, those that wait for a place included."""
        return self._under_way + (self._fast_path.in_flight if self._fast_path else 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        # Taken out: a connection that rests keeps the scope of its last call.
        begun: FastCall | FastCharge | None = scope.pop(BEGUN, None)
        if begun is not None:
            call = begun.call
        else:
            call = Call(request_id_of(scope), self._clock.now(), self._surface.name)
        self._under_way += 1
        call.gone, call.wire, call.errand = scope.get(GONE), scope.get(WIRE), scope.get(ERRAND)
        try:
            if begun is not None:
                await self._go_on(begun, receive, send)
            else:
                await self._serve(scope, receive, send, call)
        except ProxyError as error:
            if error.kind is not Kind.CANCELLED:
                call.kind = error.kind
                if call.outcome is Outcome.CANCELLED:
                    # It is this server that ended the call: it is full, or shutting down.
                    tried = call.tried or call.progress.tried
                    call.outcome = Outcome.FAILED if tried else Outcome.REFUSED
                await self._refuse(error, send, call)
            elif call.outcome is not Outcome.SERVED:
                caller_left(call, scope)
        except asyncio.CancelledError:
            call.outcome, call.kind = Outcome.CANCELLED, Kind.CANCELLED
            raise
        except BaseException:
            if call.outcome is not Outcome.SERVED:
                call.outcome, call.kind, call.status = Outcome.FAILED, Kind.INTERNAL, 500
            raise
        finally:
            self._under_way -= 1
            self._books.close(call)

    async def _go_on(self, begun: FastCall | FastCharge, receive: Receive, send: Send) -> None:
        """Serve a call that was begun on the fast path."""
        try:
            plan = await begun.charged() if isinstance(begun, FastCharge) else begun.plan
            answers = self._streaming if begun.request.stream else self._unary
            await answers.answer(
                ReadyCall(begun.call, plan, begun.request, begun.patience, receive, send, begun)
            )
        finally:
            await begun.aclose(self._clock.now())

    async def _serve(self, scope: Scope, receive: Receive, send: Send, call: Call) -> None:
        if self._fast_path is not None:
            self._offer(self._fast_path, scope, receive, send)
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        call.trace = trace = self._accounts.traces.take(headers)
        caller = await self._admission.gate.admit_with(credentials_of(scope))
        call.team, call.key_id = caller.team, caller.key
        if call.errand is not None:
            call.job = call.errand.job
        call.charge = charge = self._admission.gate.open(caller, call.job)
        said = announced_in(scope)
        request = await self._reader.read(said, trace.headers(), receive, call)
        self._books.listen(call, request)
        call.alias = call.asked = request.model
        call.stream = request.stream
        plan = self._planner().plan(
            request,
            may_use=caller.may_use,
            credential=caller.credential,
            default_model=caller.default_model,
        )
        call.alias, call.asked = plan.alias, plan.asked
        plan = await self._charged(charge, plan, request)
        if call.errand is not None:
            await call.errand.begin(charge, request, plan)
        await self._look_up(charge.caller, plan, request, headers, call)
        ready = ReadyCall(call, plan, request, said.patience, receive, send)
        if call.entry is not None and call.entry.kept is not None:
            await self._unary.again(call.entry.kept, ready)
            return
        answers = self._streaming if request.stream else self._unary
        await answers.answer(ready)

    def _offer(self, fast_path: FastPath, scope: Scope, receive: Receive, send: Send) -> None:
        """Let calls with this head go the fast path from now on, if nobody stands between us and the server."""
        known: Known | None = scope.get(KNOWN)
        if known is None or known.shortcut is not None or scope.get(ERRAND) is not None:
            return
        if isinstance(send, Stamp) and send.is_alone and is_own(receive, scope.get(WIRE)):
            known.shortcut = fast_path.of(known)

    async def _charged(self, charge: Charge, plan: Plan, request: ChatRequest) -> Plan:
        """Take what the call needs; the plan without the targets that have no more.

        Raises:
            ProxyError: the caller has too little left.
        """
        if charge.caller.keeps_bodies:
            charge.keep("request", request.raw or jsons.encode(request.body))
        # Most calls are bound by nothing, and their targets neither.
        is_free = charge.caller.is_unbound and not plan.is_rated
        await charge.take(request, () if is_free else rated_of(plan), plan.total_timeout)
        return replace(plan, over=charge.over) if charge.over else plan

    async def _look_up(
        self,
        caller: Caller,
        plan: Plan,
        request: ChatRequest,
        headers: list[tuple[bytes, bytes]],
        call: Call,
    ) -> None:
        if plan.cache:
            wish = request.options.cache or cache_wish(headers)
            call.entry = await self._admission.gate.answers.entry(
                caller, request, _place(plan), plan.cache, wish
            )

    async def _refuse(self, error: ProxyError, send: Send, call: Call) -> None:
        if call.errand is not None:
            await call.errand.over(self._books.ended(call))
        answer = self._surface.error(error, call.id)
        head = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers]
        head += call.limits()
        if call.tried:
            head += attempt_headers(call.tried)
        head.append((b"content-length", b"%d" % len(answer.body)))
        await send_whole(send, call, answer.status, head, answer.body)


def _place(plan: Plan) -> Place:
    targets = (each.target for step in plan.steps for each in step.candidates)
    told = tuple((target.name, dict(target.params)) for target in targets)
    return Place(plan.alias, plan.asked, told)
