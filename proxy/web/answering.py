"""What every form of an answer has in common: a call that is ready for one, who has spoken, and the last words.

Invariant: whoever sent a call on an errand has heard how it ended before its caller does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.types import Receive, Send

from proxy.core.clock import Clock
from proxy.core.facts import Outcome
from proxy.core.record import record
from proxy.core.shape import ChatRequest, Json
from proxy.engine.cascade import Cascade, Committed, Exhausted
from proxy.engine.resume import Answer
from proxy.route.plan import Plan
from proxy.surfaces.surface import Surface
from proxy.web.admission import Admission
from proxy.web.books import Books
from proxy.web.call import Call
from proxy.web.conversations import Conversations
from proxy.web.fastcall import FastCall
from proxy.web.fastcharge import FastCharge
from proxy.web.long_ids import LongIds
from proxy.web.outcome import unserved
from proxy.web.peer import HeaderPairs
from proxy.web.stamp import Stamp


@record
class ReadyCall:
    """A call that is ready to be answered: it was read, let in and charged."""

    call: Call
    plan: Plan
    request: ChatRequest
    patience: float | None
    """Seconds that the caller says it waits."""
    receive: Receive
    send: Send
    begun: FastCall | FastCharge | None = None
    """The same on the fast path, where it was begun there."""


@dataclass(frozen=True, slots=True)
class Answering:
    """What all answers of an endpoint need."""

    surface: Surface
    cascade: Cascade
    admission: Admission
    clock: Clock
    books: Books
    long_ids: LongIds
    """Where ids are kept that callers could not hold."""
    conversations: Conversations | None
    """Where answers are kept that a later call may go on from, if the API has that."""

    def committed(
        self, outcome: Committed | Exhausted, plan: Plan, call: Call, recover: str = ""
    ) -> Answer:
        """The answer of whoever spoke.

        Args:
            outcome: The cascade's.
            plan: What was tried.
            call: Is told who it was, and what was tried.
            recover: What is done after a cut, where the call itself says so.

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
            call.committed(target, self.clock.now())
            self.books.began(call, plan.alias)
        return Answer(outcome, recover or plan.live.recover)

    async def told(self, call: Call, report: Json | None) -> Json:
        """What the last words of an answer say, when whoever sent the call has heard that it was served."""
        assert call.errand is not None, "a call is told of where somebody wants to hear"
        ended = replace(self.books.ended(call), outcome=Outcome.SERVED, status=200)
        return {**(report or {}), **await call.errand.over(ended)}

    async def shortened(self, said: bytes, call: Call) -> bytes:
        """The last of what goes out; what stood in ids that were too long is kept before anybody can go on from it."""
        said = call.short(said)
        if call.short.taken:
            await self.long_ids.keep(call.tenant, call.short.taken)
        return said


async def send_whole(send: Send, call: Call, status: int, head: HeaderPairs, body: bytes) -> None:
    """Send all of an answer.

    Args:
        send: The ASGI call's.
        call: Is told the status and the length.
        status: HTTP status.
        head: All headers.
        body: All of it.
    """
    call.status, call.bytes_out = status, len(body)
    # Whatever else stands between us and the server has a word in every message.
    if isinstance(send, Stamp) and send.answer(status, head, body):
        return
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
