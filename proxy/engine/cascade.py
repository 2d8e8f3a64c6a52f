"""The cascade: tries targets until one speaks, then stays with it.

Entering is trying: `async with cascade.open(plan, request) as outcome` comes in with `Committed`, and then nothing can
be hidden any more, or with `Exhausted`, and then nothing has been shown. The loop only loops; what a failure means is
decided in `route/verdict.py`. Circuits, hedges and the warm wire hang in at `_try`; recovery after a cut is not here.

Invariant: one attempt is open at a time, and each is closed before the next begins.
"""

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

from proxy.codecs.codec import Codec
from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError, Tried
from proxy.core.facts import AttemptFailed, Fact
from proxy.core.shape import ChatRequest
from proxy.engine.attempt import Attempt
from proxy.route.exhausted import exhausted
from proxy.route.plan import Plan, Step
from proxy.route.verdict import Move, Policy, Verdict, judge
from proxy.upstream.client import Upstream

LEAST_TIME: Final = 1.0
"""Seconds: no attempt starts with less left."""


@dataclass(frozen=True, slots=True)
class Committed:
    """One target has spoken."""

    attempt: Attempt
    tried: tuple[Tried, ...]
    """Every attempt in order; the last is the one that serves."""
    upstream_ms: float
    """Milliseconds of the call so far that were spent on providers: waiting for them, and before asking again."""


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Nobody spoke; the caller gets this error."""

    error: ProxyError
    tried: tuple[Tried, ...]


Outcome: TypeAlias = Committed | Exhausted


class Cascade:
    """Runs plans.

    Args:
        codecs: By protocol name.
        upstream: The door to providers.
        clock: Time.
        rng: Draws the jitter.
        tell: Takes facts.
    """

    def __init__(
        self,
        codecs: Mapping[str, Codec],
        upstream: Upstream,
        clock: Clock,
        rng: random.Random,
        tell: Callable[[Fact], None],
    ) -> None:
        self.clock = clock
        self.rng = rng
        self.tell = tell
        self._codecs = codecs
        self._upstream = upstream

    @asynccontextmanager
    async def open(
        self, plan: Plan, request: ChatRequest, call: str, deadline: float | None = None
    ) -> AsyncIterator[Outcome]:
        """Try the plan's targets until one speaks; leaving the block closes the one that did.

        Args:
            plan: What may be tried.
            request: The parsed call.
            call: The call's id, for facts.
            deadline: Seconds that the caller is willing to wait, if it said so.
        """
        run = _Run(self, plan, request, call, deadline)
        try:
            yield await run.until_spoken()
        finally:
            await run.aclose()

    def attempt(self, step: Step, request: ChatRequest) -> Attempt:
        """A fresh try at a target."""
        codec = self._codecs[step.target.protocol]
        return Attempt(step, request, codec, self._upstream, self.clock)


class _Run:
    """One call's way through its plan."""

    def __init__(
        self,
        cascade: Cascade,
        plan: Plan,
        request: ChatRequest,
        call: str,
        deadline: float | None,
    ) -> None:
        self._cascade = cascade
        self._plan = plan
        self._request = request
        self._call = call
        self._clock = cascade.clock
        total = plan.total_timeout if deadline is None else min(plan.total_timeout, deadline)
        self._by = self._clock.now() + total
        self._tried: list[Tried] = []
        self._failures: list[tuple[str, ProxyError]] = []
        self._waited = 0.0
        self._open: Attempt | None = None

    async def until_spoken(self) -> Outcome:
        """The loop: a step, a verdict, again or next or stop."""
        at, tries = 0, 0
        while True:
            step = self._plan.steps[at]
            refusal = self._may_start()
            if refusal is not None:
                return self._end(refusal)
            tries += 1
            error, ms = await self._try(step, last=at == len(self._plan.steps) - 1)
            if error is None:
                assert self._open is not None
                return Committed(self._open, tuple(self._tried), self._waited * 1000)
            verdict = judge(error, tries, self._policy(step), self._cascade.rng.random())
            more = at + 1 < len(self._plan.steps)
            self._report(step, error, ms, moved_on=verdict.move is Move.NEXT and more)
            if verdict.move is Move.STOP:
                return self._stop(step, error)
            if verdict.move is Move.AGAIN and self._has_time(verdict):
                await self._clock.sleep(verdict.delay)
                self._waited += verdict.delay
            elif more:
                at, tries = at + 1, 0
            else:
                return self._end(None)

    async def aclose(self) -> None:
        """Close what is open."""
        attempt, self._open = self._open, None
        if attempt is not None:
            await attempt.aclose()

    async def _try(self, step: Step, *, last: bool) -> tuple[ProxyError | None, float]:
        started = self._clock.now()
        self._open = attempt = self._cascade.attempt(step, self._request)
        whole_by = min(self._by, started + step.limits.total_timeout)
        error = await attempt.begin(
            self._first_byte_by(step, started, whole_by, last=last), whole_by
        )
        took = self._clock.now() - started
        self._waited += took
        self._tried.append(
            Tried(
                target=step.target.name,
                kind=error.kind if error else None,
                status=error.status if error else None,
                code=(error.code or error.type) if error else None,
                ms=round(took * 1000, 1),
            )
        )
        if error is not None:
            await self.aclose()
            self._failures.append((step.target.name, error))
        return error, took * 1000

    def _first_byte_by(self, step: Step, started: float, whole_by: float, *, last: bool) -> float:
        limits = step.limits
        if last and not limits.first_byte_written:
            # Nobody is left to be quicker: the rest of the call's time is this target's.
            return whole_by
        reasons = self._request.reasons
        wait = limits.first_byte_reasoning if reasons else limits.first_byte_timeout
        return min(whole_by, started + wait)

    def _may_start(self) -> ProxyError | None:
        if len(self._tried) >= self._plan.max_attempts:
            return self._merged()
        if self._by - self._clock.now() < LEAST_TIME and self._tried:
            return self._merged()
        return None

    def _has_time(self, verdict: Verdict) -> bool:
        left = self._by - self._clock.now()
        return left - verdict.delay >= LEAST_TIME and len(self._tried) < self._plan.max_attempts

    def _policy(self, step: Step) -> Policy:
        return Policy(
            retries=step.limits.retries,
            retry_after_max=step.limits.retry_after_max,
            fallback_on=self._plan.fallback_on,
            passthrough=step.target.passthrough,
        )

    def _report(self, step: Step, error: ProxyError, ms: float, *, moved_on: bool) -> None:
        self._cascade.tell(
            AttemptFailed(
                call=self._call,
                alias=self._plan.alias,
                target=step.target.name,
                kind=error.kind,
                status=error.status,
                code=error.code or error.type,
                message=error.message,
                ms=round(ms, 1),
                moved_on=moved_on,
            )
        )

    def _stop(self, step: Step, error: ProxyError) -> Exhausted:
        """The failure is the caller's: answer it as it is."""
        if step.target.passthrough and error.kind in (Kind.AUTH, Kind.PERMISSION):
            own = {Kind.AUTH: Kind.UNAUTHENTICATED, Kind.PERMISSION: Kind.FORBIDDEN}
            error.kind = own[error.kind]
        error.attempts = tuple(self._tried)
        return Exhausted(error, tuple(self._tried))

    def _end(self, error: ProxyError | None) -> Exhausted:
        told = error or self._merged()
        told.attempts = tuple(self._tried)
        return Exhausted(told, tuple(self._tried))

    def _merged(self) -> ProxyError:
        return exhausted(self._failures)
