"""The one handler behind every inference surface: reads a call, runs it, and answers in the surface's shape.

It watches for the caller leaving from the first byte read to the last byte written; a caller who left cancels whatever
is under way, and the upstream connection with it. Every call ends in exactly one `CallEnded`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial

from starlette.types import Receive, Scope, Send

from proxy.core import jsons
from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.core.facts import Outcome
from proxy.core.long_ids import is_shortened
from proxy.core.shape import ChatRequest, Headers, Json
from proxy.engine.cascade import Cascade, Committed, Exhausted
from proxy.engine.resume import Answer
from proxy.gate.cache import Kept, Place
from proxy.gate.caller import Caller
from proxy.gate.charge import Charge
from proxy.route.plan import Plan, Planner, model_of
from proxy.surfaces.surface import StreamEncoder, Surface
from proxy.web.admission import Admission
from proxy.web.announced import Announced, cache_wish
from proxy.web.body import is_own, read_body, taken_body
from proxy.web.books import Accounts, Books
from proxy.web.call import Call
from proxy.web.conversations import Conversations
from proxy.web.errand import ERRAND
from proxy.web.fastcall import BEGUN, FastCall
from proxy.web.fastcharge import FastCharge
from proxy.web.fastpath import FastPath
from proxy.web.faststream import FastStream
from proxy.web.headers import attempt_headers, head_of, head_of_whole
from proxy.web.known import KNOWN, Known, announced_in, credentials_of
from proxy.web.long_ids import LongIds
from proxy.web.outcome import caller_left, unserved
from proxy.web.outlet import Outlet
from proxy.web.peer import GONE, WIRE
from proxy.web.plain import Plain
from proxy.web.rated import rated_of
from proxy.web.replay import replayed
from proxy.web.report import report_of
from proxy.web.request_id import request_id_of
from proxy.web.stamp import Stamp
from proxy.web.stream import HEAD, Stream, pace
from proxy.web.writer import Writer


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
        self._writer = Writer(surface)
        self._admission = admission
        self._planner = planner
        self._cascade = cascade
        self._clock = clock
        self._accounts = accounts
        self._books = Books(accounts, clock)
        self._fast_path: FastPath | None = None
        self._via = via
        self.name = surface.name
        """Of the surface."""
        self._under_way = 0
        self._conversations = conversations
        self._long_ids = LongIds(admission.gate.notes)
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
            self._cascade,
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
            answer = self._stream if begun.request.stream else self._whole
            await answer(plan, begun.request, begun.patience, receive, send, begun.call, begun)
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
        request = await self._request(said, trace.headers(), receive, call)
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
        if call.entry is not None and call.entry.kept is not None:
            await self._again(call.entry.kept, plan, request, send, call)
            return
        answer = self._stream if request.stream else self._whole
        await answer(plan, request, said.patience, receive, send, call)

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

    async def _request(
        self, said: Announced, trace: Headers, receive: Receive, call: Call
    ) -> ChatRequest:
        # Where the request has been travels on, so that a loop over several instances is seen by the first of them.
        via = ("via", ", ".join((*said.passed, self._via)))
        body = taken_body(receive, call.wire, self._admission.max_body)
        if body is None:
            with self.presence.arriving(), self._admission.intake.share() as share:
                body = await read_body(receive, self._admission.max_body, share.take)
        call.body_ms, call.bytes_in = call.since(self._clock.now()), len(body)
        forward = (*said.forwarded, *trace, via)
        if self._conversations is None:
            request = self._surface.parse(body, forward)
            # Texts name nothing that we have kept.
            if request.only_texts or not is_shortened(body):
                return request
        return self._surface.parse(await self._recalled(body, call), forward)

    async def _recalled(self, body: bytes, call: Call) -> bytes:
        """The body with what it only names, and we have kept."""
        with self.presence.arriving():
            if self._conversations is not None:
                body = await self._conversations.recall(call.tenant, body)
            if is_shortened(body):
                body = await self._long_ids.back(call.tenant, body)
        return body

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

    async def _again(
        self, kept: Kept, plan: Plan, request: ChatRequest, send: Send, call: Call
    ) -> None:
        """Give an answer that is kept, in the form that is asked for now. Nobody is called, and nothing is charged."""
        if call.transcript is not None:
            call.transcript.again(kept)
        call.outcome, call.cost = Outcome.CANCELLED, Decimal(0)
        report = report_of(call, self._clock.now()) if request.options.report else None
        if call.errand is not None:
            report = await self._told(call, report)
        encoder = self._surface.encoder(request, model=model_of(plan)) if request.stream else None
        body = replayed(self._surface, request, kept, encoder, model=model_of(plan), report=report)
        if self._conversations is not None:
            if encoder is None:
                await self._conversations.keep(call.tenant, request, body)
            else:
                await self._conversations.keep_streamed(call.tenant, request, encoder)
        body = await self._shortened(body, call)
        call.keep(body)
        head = head_of(call, "application/json", self._clock.now(), {})
        if encoder is not None:
            head = [*HEAD, *head[1:]]
        head += [(b"x-firstbyte-cost-usd", b"0"), (b"content-length", b"%d" % len(body))]
        await _send_whole(send, call, 200, head, body)
        call.outcome = Outcome.SERVED

    async def _shortened(self, said: bytes, call: Call) -> bytes:
        """The last of what goes out; what stood in ids that were too long is kept before anybody can go on from it."""
        said = call.short(said)
        if call.short.taken:
            await self._long_ids.keep(call.tenant, call.short.taken)
        return said

    async def _whole(
        self,
        plan: Plan,
        request: ChatRequest,
        patience: float | None,
        receive: Receive,
        send: Send,
        call: Call,
        begun: FastCall | FastCharge | None = None,
    ) -> None:
        # Until something says otherwise, whatever ends this call ended it early.
        call.outcome = Outcome.CANCELLED
        with (
            self.presence.of(receive, call.gone, was_here=isinstance(begun, FastCall)) as stay,
            (begun and begun.place) or await self._admission.load.place() as place,
        ):
            head_start = begun.take() if begun is not None else None
            async with self._cascade.open(
                plan, request, call.id, patience, call.progress, head_start
            ) as outcome:
                answer = self._committed(outcome, plan, call)
                completion = answer.lane.attempt.whole()
                call.answered(completion)
                self._books.account(call, answer.shares)
                report = report_of(call, self._clock.now()) if request.options.report else None
                if call.errand is not None:
                    report = await self._told(call, report)
                body = await self._writer.whole(request, completion, model_of(plan), report)
                if self._conversations is not None:
                    await self._conversations.keep(call.tenant, request, body)
                body = await self._shortened(body, call)
                passed = answer.lane.attempt.headers
                head = head_of_whole(call, self._clock.now(), passed, len(body))
                call.keep(body)
                await _send_whole(send, call, 200, head, body)
                stay.over()
                place.leave()
                call.outcome = Outcome.SERVED
                if call.entry is not None:
                    call.entry.whole(answer.lane.name, completion)

    async def _stream(
        self,
        plan: Plan,
        request: ChatRequest,
        patience: float | None,
        receive: Receive,
        send: Send,
        call: Call,
        begun: FastCall | FastCharge | None = None,
    ) -> None:
        call.outcome = Outcome.CANCELLED
        if isinstance(begun, FastStream) and begun.has_begun:
            encoder, stream = begun.speech.encoder, begun.speech.stream
        else:
            encoder = self._surface.encoder(request, model=model_of(plan))
            stream = self._opening(plan, patience, send, call, encoder, begun)
        try:
            with (
                self.presence.of(receive, call.gone, was_here=isinstance(begun, FastCall)) as stay,
                (begun and begun.place) or await self._admission.load.place() as place,
            ):

                def out() -> None:
                    stay.over()
                    place.leave()

                await self._speak(plan, request, stream, encoder, call, out, begun)
        except ProxyError as error:
            if error.kind is Kind.CANCELLED or not stream.begun:
                raise
            call.kind = error.kind
            call.outcome = Outcome.CUT if call.target else unserved(error)
            error.attempts = call.tried
            if call.errand is not None:
                call.bytes_out = stream.sent
                await call.errand.over(self._books.ended(call))
            await stream.end(encoder.late(error, call.id))
        finally:
            stream.close()
            call.status = 200 if stream.begun else call.status
            call.bytes_out = stream.sent or call.bytes_out

    def _opening(
        self,
        plan: Plan,
        patience: float | None,
        send: Send,
        call: Call,
        encoder: StreamEncoder,
        begun: FastCall | FastCharge | None,
    ) -> Stream:
        """The caller's side of a stream that nobody has begun."""
        progress = call.progress
        warm_after, heartbeat = pace(plan.live, patience)
        waited = self._clock.now() - begun.head_start.began if isinstance(begun, FastCall) else 0.0
        return Stream(
            send,
            max(0.0, warm_after - waited),
            heartbeat,
            lambda: f"waiting for {progress.target} (attempt {progress.attempt})",
            encoder.heartbeat,
            call.wire,
        )

    async def _speak(
        self,
        plan: Plan,
        request: ChatRequest,
        stream: Stream,
        encoder: StreamEncoder,
        call: Call,
        out: Callable[[], None],
        begun: FastCall | FastCharge | None,
    ) -> None:
        head_start = begun.take() if begun is not None else None
        async with self._cascade.open(
            plan, request, call.id, progress=call.progress, head_start=head_start
        ) as outcome:
            answer = self._committed(outcome, plan, call, request.options.recover)
            # Not kept in a name: this frame lives as long as the answer.
            await stream.open(
                [*HEAD, *head_of(call, "", self._clock.now(), answer.lane.attempt.headers)[1:]]
            )
            try:
                await answer.pour(Outlet(stream, encoder, call, self._spoke(plan, request, call)))
            except ProxyError as error:
                error.message = f"{call.target}: {error.message}"
                raise
            finally:
                call.target = answer.lane.name
                call.tried = answer.run.tried
                self._books.account(call, answer.shares, stream.sent)
            asked = request.options.report or stream.is_warm
            report = report_of(call, self._clock.now()) if asked else None
            if call.errand is not None:
                report = await self._told(call, report)
            last = encoder.finish(report)
            if self._conversations is not None:
                # Before the end is told: whoever hears it may go on from this answer at once.
                await self._conversations.keep_streamed(call.tenant, request, encoder)
            last = await self._shortened(last, call)
            call.keep(last)
            await stream.end(last)
            out()
            call.outcome = Outcome.SERVED
            if call.entry is not None and len(answer.shares) == 1:
                call.entry.end(answer.lane.name)

    def _spoke(self, plan: Plan, request: ChatRequest, call: Call) -> Callable[[], None] | None:
        """What is done once some of an answer is out; None where what was asked may still be asked for."""
        is_final = (request.options.recover or plan.live.recover) == "off"
        is_kept = self._conversations is not None and self._conversations.keeps(request)
        return partial(call.forget, request) if is_final and not is_kept else None

    def _committed(
        self, outcome: Committed | Exhausted, plan: Plan, call: Call, recover: str = ""
    ) -> Answer:
        """The answer of whoever spoke.

        Raises:
            ProxyError: nobody did.
        """
        call.tried = outcome.run.tried
        call.upstream_ms = outcome.run.waited * 1000
        if isinstance(outcome, Exhausted):
            call.outcome = unserved(outcome.error)
            raise outcome.error
        call.dropped = outcome.lane.attempt.dropped
        target = outcome.lane.name
        if not call.is_spoken_of:
            call.committed(target, self._clock.now())
            self._books.began(call, plan.alias)
        return Answer(outcome, recover or plan.live.recover)

    async def _told(self, call: Call, report: Json | None) -> Json:
        """What the last words of an answer say, when whoever sent the call has heard that it was served."""
        assert call.errand is not None, "a call is told of where somebody wants to hear"
        ended = replace(self._books.ended(call), outcome=Outcome.SERVED, status=200)
        return {**(report or {}), **await call.errand.over(ended)}

    async def _refuse(self, error: ProxyError, send: Send, call: Call) -> None:
        if call.errand is not None:
            await call.errand.over(self._books.ended(call))
        answer = self._surface.error(error, call.id)
        head = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers]
        head += call.limits()
        if call.tried:
            head += attempt_headers(call.tried)
        head.append((b"content-length", b"%d" % len(answer.body)))
        await _send_whole(send, call, answer.status, head, answer.body)


async def _send_whole(
    send: Send, call: Call, status: int, head: list[tuple[bytes, bytes]], body: bytes
) -> None:
    call.status, call.bytes_out = status, len(body)
    # Whatever else stands between us and the server has a word in every message.
    if isinstance(send, Stamp) and send.answer(status, head, body):
        return
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


def _place(plan: Plan) -> Place:
    targets = (each.target for step in plan.steps for each in step.candidates)
    told = tuple((target.name, dict(target.params)) for target in targets)
    return Place(plan.alias, plan.asked, told)
