"""The endpoints of jobs that call a model: the call itself is served as any chat call is, on an errand for its job.

Invariant: another team's job is as if there were none, before a byte of the call has been looked at by anybody else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from proxy.core.shape import Json
from proxy.gate.caller import Caller, Tariff
from proxy.gate.jobs.bodies import chat_of, new_with_call, part_of
from proxy.gate.jobs.job import Job
from proxy.gate.jobs.once import Once, Result, Told
from proxy.gate.jobs.trouble import closed_already
from proxy.surfaces.body import object_of
from proxy.web.admission import Admission
from proxy.web.body import read_body
from proxy.web.errand import ERRAND
from proxy.web.jobs.caller import id_of, payer, see_team
from proxy.web.jobs.errand import JobErrand, Workshop
from proxy.web.jobs.record import Record, replay
from proxy.web.peer import GONE, WIRE
from proxy.web.stamp import Stamp

IDEMPOTENCY_KEY = b"idempotency-key"


@dataclass(frozen=True, slots=True)
class Counter:
    """What the endpoints of jobs share."""

    shop: Workshop
    once: Once
    admission: Admission
    inference: ASGIApp
    """Serves a chat call in the shape of jobs."""


class JobCall:
    """One endpoint.

    Args:
        counter: What they share.
        creates: Whether the call creates its job, and completes it.
        stream: Whether the answer is streamed.
    """

    def __init__(self, counter: Counter, *, creates: bool, stream: bool) -> None:
        self._counter = counter
        self._creates = creates
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call.

        Raises:
            ProxyError: before the call is anybody's: who calls, what the body says, which job it is.
        """
        caller, tariff = payer(scope)
        raw = await body_of(self._counter.admission, receive)
        if not self._creates:
            await self._call(scope, receive, send, raw, await self._found(caller, scope, raw))
            return

        async def make(told: Send) -> Result:
            job = await self._made(caller, tariff, raw)
            return await self._call(scope, receive, told, raw, job)

        await only_once(self._counter, caller, scope, receive, send, raw, make)

    async def _found(self, caller: Caller, scope: Scope, raw: bytes) -> Job:
        object_of(raw)
        job = await self._counter.shop.jobs.find(caller.team, id_of(scope))
        if not job.is_open:
            raise closed_already(job)
        return job

    async def _made(self, caller: Caller, tariff: Tariff, raw: bytes) -> Job:
        body: Json = object_of(raw)
        new = new_with_call(body)
        see_team(caller, new.team)
        # What can be seen to be wrong costs nobody a job.
        part_of(body)
        return await self._counter.shop.jobs.create(new, caller, tariff)

    async def _call(
        self, scope: Scope, receive: Receive, send: Send, raw: bytes, job: Job
    ) -> Result:
        part = part_of(object_of(raw))
        errand = JobErrand(self._counter.shop, job, part, closes=self._creates)
        # Bytes that go around `send` could not be taken down.
        inner = {name: value for name, value in scope.items() if name != WIRE} | {ERRAND: errand}
        stamped = Stamp(send, [(b"x-job-id", job.id.encode())])
        body = chat_of(raw, stream=self._stream)
        await self._counter.inference(inner, Given(body, receive), stamped)
        return errand.result


class Given:
    """A `receive` that gives a body which has been read already, then what comes after it.

    Args:
        body: All of it.
        receive: The ASGI call's.
    """

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        """The body, then what comes."""
        body, self._body = self._body, None
        if body is not None:
            return {"type": "http.request", "body": body, "more_body": False}
        return await self._receive()


async def body_of(admission: Admission, receive: Receive) -> bytes:
    """All of a body, counted with those of all other calls.

    Raises:
        ProxyError: as `read_body`; SATURATED where too much arrives at once.
    """
    with admission.presence.arriving(), admission.intake.share() as share:
        return await read_body(receive, admission.max_body, share.take)


async def only_once(
    counter: Counter,
    caller: Caller,
    scope: Scope,
    receive: Receive,
    send: Send,
    raw: bytes,
    make: Callable[[Send], Awaitable[Result]],
) -> None:
    """Do what creates a job; where the caller sent an `Idempotency-Key`, once for it.

    Args:
        counter: What endpoints share.
        caller: Who calls.
        scope: The ASGI call's, as are `receive` and `send`.
        receive: Tells of a caller who leaves while another's answer is waited for.
        send: Where the answer goes.
        raw: The body.
        make: Does it, with the `send` that it is given; says how it ended.
    """
    sent = [value for name, value in scope["headers"] if name == IDEMPOTENCY_KEY]
    if not sent:
        await make(send)
        return
    key = b",".join(sent).decode("latin-1")
    asked = scope["path"].rstrip("/").encode(errors="replace") + b"\n" + raw
    with counter.admission.presence.of(receive, scope.get(GONE)):
        claim = await counter.once.begin(caller.team, key, asked)
    if isinstance(claim, Told):
        await replay(send, claim)
        return
    async with claim:
        record = Record(send)
        # Who is stopped by force has no word left to say how it ended, and may have been charged.
        claim.result = Result.LOST
        try:
            claim.result = await make(record)
        except Exception:
            claim.result = Result.FAILED
            raise
        claim.told = record.told if claim.result is Result.WHOLE else None
