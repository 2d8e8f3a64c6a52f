"""The one handler behind every inference surface: reads a call, runs it, and answers in the surface's shape.

It watches for the caller leaving from the first byte read to the last byte written; a caller who left cancels whatever
is under way, and the upstream connection with it. Every call ends in exactly one `CallEnded`.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from starlette.types import Message, Receive, Scope, Send

from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError, Tried
from proxy.core.facts import AnswerBegan, CallEnded, Fact, Outcome
from proxy.core.price import Usd, number
from proxy.core.shape import ChatRequest, Chunk, Completion, Headers, Json
from proxy.core.usage import Usage
from proxy.engine.cascade import Cascade, Committed, Exhausted
from proxy.gate.admit import Gate
from proxy.route.plan import Plan, Planner
from proxy.surfaces.surface import Surface
from proxy.web.body import read_body
from proxy.web.request_id import request_id_of

Cost: TypeAlias = Callable[[str, str, Usage, str], Usd | None]
"""What an answer cost: target, the model and its usage as the answer names them, its service tier; names may be empty."""

FORWARDED: Final = frozenset(
    {
        b"anthropic-beta",
        b"anthropic-version",
        b"idempotency-key",
        b"openai-beta",
        b"traceparent",
        b"tracestate",
    }
)
"""The caller's headers that go to providers; everything else stays here."""

PASSED: Final = ("x-ratelimit-", "anthropic-ratelimit-", "openai-processing-ms")
"""Prefixes of the provider's headers that go to the caller."""

DEADLINES: Final = (
    (b"x-request-timeout-ms", 0.001),
    (b"x-stainless-read-timeout", 1.0),
    (b"x-stainless-timeout", 1.0),
)
"""Headers in which SDKs announce how long they wait, each with its unit in seconds."""

MAX_HEADER: Final = 2048
"""Characters of a header of ours that lists attempts."""


@dataclass(slots=True)
class _Call:
    """What is known of a call so far; ends up in its `CallEnded`."""

    id: str
    began: float
    """Loop time of its arrival."""
    alias: str = ""
    asked: str = ""
    stream: bool = False
    target: str | None = None
    tried: tuple[Tried, ...] = ()
    outcome: Outcome = Outcome.REFUSED
    status: int = 0
    kind: Kind | None = None
    ttft_ms: float | None = None
    served: str = ""
    """The model that the answer names."""
    tier: str = ""
    """The service tier that the answer names."""
    usage: Usage | None = None
    cost: Usd | None = None
    dropped: tuple[str, ...] = ()
    upstream_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Accounts:
    """Where a call is written down."""

    tell: Callable[[Fact], None]
    """Takes facts."""
    cost: Cost
    """Prices an answer."""


class Inference:
    """An ASGI endpoint for one surface.

    Args:
        surface: The inbound API.
        gate: Who may come in.
        planner: Gives the planner in force; asked once a call, so that a reload takes effect at the next.
        cascade: Runs plans.
        clock: Time.
        accounts: Takes facts and prices answers.
        max_body: Bytes of a request body.
        via: This instance's entry in the `via` header of every request to a provider.
    """

    def __init__(
        self,
        surface: Surface,
        gate: Gate,
        planner: Callable[[], Planner],
        cascade: Cascade,
        clock: Clock,
        accounts: Accounts,
        max_body: int,
        via: str,
    ) -> None:
        self._surface = surface
        self._gate = gate
        self._planner = planner
        self._cascade = cascade
        self._clock = clock
        self._tell = accounts.tell
        self._cost = accounts.cost
        self._max_body = max_body
        self._via = ("via", via)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        call = _Call(request_id_of(scope), self._clock.now())
        try:
            await self._admit_and_answer(scope, receive, send, call)
        except ProxyError as error:
            if error.kind is not Kind.CANCELLED:
                call.kind = error.kind
                await self._refuse(error, send, call)
            elif call.outcome is not Outcome.SERVED:
                call.outcome, call.kind = Outcome.CANCELLED, Kind.CANCELLED
        except asyncio.CancelledError:
            call.outcome, call.kind = Outcome.CANCELLED, Kind.CANCELLED
            raise
        except BaseException:
            call.outcome, call.kind, call.status = Outcome.FAILED, Kind.INTERNAL, 500
            raise
        finally:
            self._settle(call)

    async def _admit_and_answer(
        self, scope: Scope, receive: Receive, send: Send, call: _Call
    ) -> None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        caller = self._gate.admit(headers)
        body = await read_body(receive, self._max_body)
        request = self._surface.parse(body, (*_forwarded(headers), self._via))
        call.asked, call.stream = request.model, request.stream
        call.alias = request.model
        plan = self._planner().plan(request, may_use=caller.may_use, credential=caller.credential)
        call.alias, call.asked = plan.alias, plan.asked
        async with _while_present(receive):
            await self._run(plan, request, _deadline(headers), send, call)

    async def _run(
        self, plan: Plan, request: ChatRequest, deadline: float | None, send: Send, call: _Call
    ) -> None:
        # Until something says otherwise, whatever ends this call ended it early.
        call.outcome = Outcome.CANCELLED
        async with self._cascade.open(plan, request, call.id, deadline) as outcome:
            call.tried = outcome.tried
            match outcome:
                case Exhausted():
                    call.outcome = Outcome.FAILED
                    raise outcome.error
                case Committed():
                    call.target = outcome.attempt.step.target.name
                    call.upstream_ms = outcome.upstream_ms
                    call.ttft_ms = self._since(call)
                    self._tell(AnswerBegan(call.id, plan.alias, call.target, call.ttft_ms))
                    try:
                        answer = self._stream if request.stream else self._whole
                        await answer(plan, request, outcome, send, call)
                    finally:
                        self._price(call, outcome)
                        call.dropped = outcome.attempt.dropped

    async def _whole(
        self, plan: Plan, request: ChatRequest, outcome: Committed, send: Send, call: _Call
    ) -> None:
        completion = outcome.attempt.whole()
        _note(call, completion)
        self._price(call, outcome)
        body = self._surface.whole(
            request,
            completion,
            model=_model(plan),
            report=self._report(call) if request.options.report else None,
        )
        head = self._head(outcome, call, "application/json")
        if call.cost is not None:
            head.append((b"x-firstbyte-cost-usd", f"{call.cost:f}".encode()))
        head.append((b"content-length", str(len(body)).encode()))
        await _start(send, call, 200, head)
        await send({"type": "http.response.body", "body": body})
        call.outcome = Outcome.SERVED

    async def _stream(
        self, plan: Plan, request: ChatRequest, outcome: Committed, send: Send, call: _Call
    ) -> None:
        encoder = self._surface.encoder(request, model=_model(plan))
        head = self._head(outcome, call, "text/event-stream; charset=utf-8")
        head += [(b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")]
        await _start(send, call, 200, head)
        try:
            async for chunks in outcome.attempt.chunks():
                if chunks:
                    _note(call, chunks[-1])
                data = b"".join(map(encoder.feed, chunks))
                if data:
                    await send({"type": "http.response.body", "body": data, "more_body": True})
        except ProxyError as error:
            call.outcome, call.kind = Outcome.CUT, error.kind
            error.message = f"{call.target}: {error.message}"
            await send({"type": "http.response.body", "body": encoder.late(error)})
            return
        self._price(call, outcome)
        report = self._report(call) if request.options.report else None
        await send({"type": "http.response.body", "body": encoder.finish(report)})
        call.outcome = Outcome.SERVED

    async def _refuse(self, error: ProxyError, send: Send, call: _Call) -> None:
        answer = self._surface.error(error, call.id)
        head = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers]
        head.append((b"content-length", str(len(answer.body)).encode()))
        if call.tried:
            head += _attempt_headers(call)
        await _start(send, call, answer.status, head)
        await send({"type": "http.response.body", "body": answer.body})

    def _head(
        self, outcome: Committed, call: _Call, content_type: str
    ) -> list[tuple[bytes, bytes]]:
        proxy_ms = max(0.0, self._since(call) - call.upstream_ms)
        head = [
            (b"content-type", content_type.encode()),
            (b"x-firstbyte-target", _ascii(call.target or "")),
            *_attempt_headers(call),
            (
                b"server-timing",
                f"proxy;dur={proxy_ms:.1f}, upstream;dur={call.upstream_ms:.1f}".encode(),
            ),
        ]
        if outcome.attempt.dropped:
            head.append((b"x-firstbyte-dropped", _ascii(", ".join(outcome.attempt.dropped))))
        head += [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in outcome.attempt.headers.items()
            if name.startswith(PASSED)
        ]
        return head

    def _price(self, call: _Call, outcome: Committed) -> None:
        """Take down what was used, and what that cost; again when more may be known."""
        call.usage = outcome.attempt.usage
        if call.usage is not None and call.target is not None:
            call.cost = self._cost(call.target, call.served, call.usage, call.tier)

    def _report(self, call: _Call) -> Json:
        report: dict[str, Any] = {
            "target": call.target,
            "attempts": [
                {
                    "target": tried.target,
                    "status": tried.status,
                    "code": tried.kind.value if tried.kind else "served",
                    "ms": tried.ms,
                }
                for tried in call.tried
            ],
            "usage": call.usage.wire() if call.usage else None,
            "cost_usd": number(call.cost),
            "ttft_ms": round(call.ttft_ms or 0.0, 1),
            "duration_ms": round(self._since(call), 1),
        }
        return report

    def _settle(self, call: _Call) -> None:
        self._tell(
            CallEnded(
                call=call.id,
                surface=self._surface.name,
                alias=call.alias,
                asked=call.asked,
                target=call.target,
                attempts=call.tried,
                outcome=call.outcome,
                status=call.status or 499,
                kind=call.kind,
                stream=call.stream,
                ttft_ms=call.ttft_ms,
                duration_ms=self._since(call),
                usage=call.usage,
                dropped=call.dropped,
                cost_usd=call.cost,
            )
        )

    def _since(self, call: _Call) -> float:
        return (self._clock.now() - call.began) * 1000


@asynccontextmanager
async def _while_present(receive: Receive) -> AsyncIterator[None]:
    """Run the block only as long as the caller is there.

    Raises:
        ProxyError: CANCELLED, once the block has been cancelled because the caller left.
    """
    task = asyncio.current_task()
    assert task is not None
    left = False

    async def watch() -> None:
        nonlocal left
        while (await receive())["type"] != "http.disconnect":
            pass
        left = True
        task.cancel()

    watcher = asyncio.ensure_future(watch())
    try:
        yield
    except asyncio.CancelledError:
        if not left or task.uncancel() > 0:
            raise
        raise ProxyError(Kind.CANCELLED, "the caller left") from None
    finally:
        watcher.cancel()


async def _start(send: Send, call: _Call, status: int, head: list[tuple[bytes, bytes]]) -> None:
    call.status = status
    message: Message = {"type": "http.response.start", "status": status, "headers": head}
    await send(message)


def _note(call: _Call, said: Chunk | Completion) -> None:
    """Keep the names that decide the price; a later one corrects an earlier one."""
    model, tier = said.get("model"), said.get("service_tier")
    if isinstance(model, str) and model:
        call.served = model
    if isinstance(tier, str):
        call.tier = tier


def _model(plan: Plan) -> str | None:
    return plan.asked if plan.model_in_answer == "asked" else None


def _forwarded(headers: list[tuple[bytes, bytes]]) -> Headers:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in headers
        if name in FORWARDED
    )


def _deadline(headers: list[tuple[bytes, bytes]]) -> float | None:
    """Seconds that the caller says it waits: the least of what its headers announce."""
    announced = []
    for name, value in headers:
        for known, unit in DEADLINES:
            if name == known:
                announced.append(_seconds(value, unit))
    return min((s for s in announced if s is not None), default=None)


def _seconds(value: bytes, unit: float) -> float | None:
    try:
        seconds = float(value) * unit
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _attempt_headers(call: _Call) -> list[tuple[bytes, bytes]]:
    told = ", ".join(f"{t.target}={t.kind.value if t.kind else 'served'}" for t in call.tried)
    return [
        (b"x-firstbyte-attempts", str(len(call.tried)).encode()),
        (b"x-firstbyte-cascade", _ascii(told)),
    ]


def _ascii(text: str) -> bytes:
    """A header value: printable ASCII, whatever a configured or asked-for name holds."""
    printable = "".join(c if " " <= c <= "~" else "?" for c in text[:MAX_HEADER])
    return printable.encode("ascii")
