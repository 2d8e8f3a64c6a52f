"""Streamed answers: signs of life while nobody has spoken, then what is said, as it comes, to its end.

Invariant: once the head has gone out, every answer has an end: its own, or the surface's event for what went wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from proxy.core.errors import Kind, ProxyError
from proxy.core.facts import Outcome
from proxy.route.plan import model_of
from proxy.surfaces.surface import StreamEncoder
from proxy.web.answering import Answering, ReadyCall
from proxy.web.fastcall import FastCall
from proxy.web.faststream import FastStream
from proxy.web.headers import head_of
from proxy.web.outcome import unserved
from proxy.web.outlet import Outlet
from proxy.web.report import report_of
from proxy.web.stream import HEAD, Stream, pace


class Streaming:
    """One endpoint's.

    Args:
        answering: What its answers need.
    """

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    async def answer(self, ready: ReadyCall) -> None:
        """Ask the plan's targets, and pass on what the one says that speaks.

        Raises:
            ProxyError: before the head has gone out: nobody spoke, there is no place, or the caller has left; after it
                only that the caller has left.
        """
        call, begun, admission = ready.call, ready.begun, self._answering.admission
        call.outcome = Outcome.CANCELLED
        if isinstance(begun, FastStream) and begun.has_begun:
            encoder, stream = begun.speech.encoder, begun.speech.stream
        else:
            encoder = self._answering.surface.encoder(ready.request, model=model_of(ready.plan))
            stream = self._opening(ready, encoder)
        was_here = isinstance(begun, FastCall)
        try:
            with (
                admission.presence.of(ready.receive, call.gone, was_here=was_here) as stay,
                (begun and begun.place) or await admission.load.place() as place,
            ):

                def out() -> None:
                    stay.over()
                    place.leave()

                await self._speak(ready, stream, encoder, out)
        except ProxyError as error:
            if error.kind is Kind.CANCELLED or not stream.begun:
                raise
            call.kind = error.kind
            call.outcome = Outcome.CUT if call.target else unserved(error)
            error.attempts = call.tried
            if call.errand is not None:
                call.bytes_out = stream.sent
                await call.errand.over(self._answering.books.ended(call))
            await stream.end(encoder.late(error, call.id))
        finally:
            stream.close()
            call.status = 200 if stream.begun else call.status
            call.bytes_out = stream.sent or call.bytes_out

    def _opening(self, ready: ReadyCall, encoder: StreamEncoder) -> Stream:
        """The caller's side of a stream that nobody has begun."""
        progress, begun, now = ready.call.progress, ready.begun, self._answering.clock.now()
        warm_after, heartbeat = pace(ready.plan.live, ready.patience)
        waited = now - begun.head_start.began if isinstance(begun, FastCall) else 0.0
        return Stream(
            ready.send,
            max(0.0, warm_after - waited),
            heartbeat,
            lambda: f"waiting for {progress.target} (attempt {progress.attempt})",
            encoder.heartbeat,
            ready.call.wire,
        )

    async def _speak(
        self, ready: ReadyCall, stream: Stream, encoder: StreamEncoder, out: Callable[[], None]
    ) -> None:
        shared, call, plan, request = self._answering, ready.call, ready.plan, ready.request
        head_start = ready.begun.take() if ready.begun is not None else None
        async with shared.cascade.open(
            plan, request, call.id, progress=call.progress, head_start=head_start
        ) as outcome:
            answer = shared.committed(outcome, plan, call, request.options.recover)
            # Not kept in a name: this frame lives as long as the answer.
            await stream.open(
                [*HEAD, *head_of(call, "", shared.clock.now(), answer.lane.attempt.headers)[1:]]
            )
            try:
                await answer.pour(Outlet(stream, encoder, call, self._spoke(ready)))
            except ProxyError as error:
                error.message = f"{call.target}: {error.message}"
                raise
            finally:
                call.target = answer.lane.name
                call.tried = answer.run.tried
                shared.books.account(call, answer.shares, stream.sent)
            is_told = request.options.report or stream.is_warm
            report = report_of(call, shared.clock.now()) if is_told else None
            if call.errand is not None:
                report = await shared.told(call, report)
            last = encoder.finish(report)
            if shared.conversations is not None:
                # Before the end is told: whoever hears it may go on from this answer at once.
                await shared.conversations.keep_streamed(call.tenant, request, encoder)
            last = await shared.shortened(last, call)
            call.keep(last)
            await stream.end(last)
            out()
            call.outcome = Outcome.SERVED
            if call.entry is not None and len(answer.shares) == 1:
                call.entry.end(answer.lane.name)

    def _spoke(self, ready: ReadyCall) -> Callable[[], None] | None:
        """What is done once some of an answer is out; None where what was asked may still be asked for."""
        conversations, request = self._answering.conversations, ready.request
        is_final = (request.options.recover or ready.plan.live.recover) == "off"
        is_kept = conversations is not None and conversations.keeps(request)
        return partial(ready.call.forget, request) if is_final and not is_kept else None
