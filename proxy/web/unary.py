"""Answers in one piece: the whole answer of whoever speaks, and one that was kept, in the form that is asked for now.

Invariant: nothing goes out before all of it is there; so whatever fails until then is told in the surface's error shape.
"""

from __future__ import annotations

from decimal import Decimal

from proxy.core.facts import Outcome
from proxy.gate.cache import Kept
from proxy.route.plan import model_of
from proxy.web.answering import Answering, ReadyCall, send_whole
from proxy.web.fastcall import FastCall
from proxy.web.headers import head_of, head_of_whole
from proxy.web.replay import replayed
from proxy.web.report import report_of
from proxy.web.stream import HEAD
from proxy.web.writer import Writer


class Unary:
    """One endpoint's.

    Args:
        answering: What its answers need.
    """

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._writer = Writer(answering.surface)

    async def answer(self, ready: ReadyCall) -> None:
        """Ask the plan's targets, and give the answer of the one that speaks.

        Raises:
            ProxyError: nobody spoke, there is no place, or the caller has left.
        """
        shared, call, plan, request = self._answering, ready.call, ready.plan, ready.request
        begun, admission, clock = ready.begun, shared.admission, shared.clock
        # Until something says otherwise, whatever ends this call ended it early.
        call.outcome = Outcome.CANCELLED
        was_here = isinstance(begun, FastCall)
        with (
            admission.presence.of(ready.receive, call.gone, was_here=was_here) as stay,
            (begun and begun.place) or await admission.load.place() as place,
        ):
            head_start = begun.take() if begun is not None else None
            async with shared.cascade.open(
                plan, request, call.id, ready.patience, call.progress, head_start
            ) as outcome:
                answer = shared.committed(outcome, plan, call)
                completion = answer.lane.attempt.whole()
                call.answered(completion)
                shared.books.account(call, answer.shares)
                report = report_of(call, clock.now()) if request.options.report else None
                if call.errand is not None:
                    report = await shared.told(call, report)
                body = await self._writer.whole(request, completion, model_of(plan), report)
                if shared.conversations is not None:
                    await shared.conversations.keep(call.tenant, request, body)
                body = await shared.shortened(body, call)
                passed = answer.lane.attempt.headers
                head = head_of_whole(call, clock.now(), passed, len(body))
                call.keep(body)
                await send_whole(ready.send, call, 200, head, body)
                stay.over()
                place.leave()
                call.outcome = Outcome.SERVED
                if call.entry is not None:
                    call.entry.whole(answer.lane.name, completion)

    async def again(self, kept: Kept, ready: ReadyCall) -> None:
        """Give an answer that is kept, in the form that is asked for now. Nobody is called, and nothing is charged."""
        shared, call, request = self._answering, ready.call, ready.request
        surface, model = shared.surface, model_of(ready.plan)
        if call.transcript is not None:
            call.transcript.again(kept)
        call.outcome, call.cost = Outcome.CANCELLED, Decimal(0)
        report = report_of(call, shared.clock.now()) if request.options.report else None
        if call.errand is not None:
            report = await shared.told(call, report)
        encoder = surface.encoder(request, model=model) if request.stream else None
        body = replayed(surface, request, kept, encoder, model=model, report=report)
        if shared.conversations is not None:
            if encoder is None:
                await shared.conversations.keep(call.tenant, request, body)
            else:
                await shared.conversations.keep_streamed(call.tenant, request, encoder)
        body = await shared.shortened(body, call)
        call.keep(body)
        head = head_of(call, "application/json", shared.clock.now(), {})
        if encoder is not None:
            head = [*HEAD, *head[1:]]
        head += [(b"x-firstbyte-cost-usd", b"0"), (b"content-length", b"%d" % len(body))]
        await send_whole(ready.send, call, 200, head, body)
        call.outcome = Outcome.SERVED
