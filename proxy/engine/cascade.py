"""The cascade: tries targets until one speaks, then stays with it.

Entering is trying: `async with cascade.open(plan, request) as outcome` comes in with `Committed`, and then nothing can
be hidden any more, or with `Exhausted`, and then nothing has been shown. The loop only loops: who is next is decided in
`route/way.py`, what a failure means in `route/verdict.py`, how a target is asked in `dispatch.py`; a second attempt
beside a slow first runs in `hedge.py`, and what may still be done after a cut stands in `resume.py`.

Invariant: a lane is closed before the loop goes on; at most two are open, and only while they race.
"""

import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from proxy.core.errors import Kind, ProxyError, Tried
from proxy.core.facts import AttemptFailed, Fact, HedgeEnded
from proxy.core.record import record
from proxy.core.shape import ChatRequest, Target
from proxy.engine.dispatch import LEAST_TIME, Dispatcher
from proxy.engine.head_start import HeadStart
from proxy.engine.hedge import Runner, race
from proxy.engine.lane import Lane, Window
from proxy.route.exhausted import exhausted
from proxy.route.fit import least_tokens
from proxy.route.plan import Candidate, Plan
from proxy.route.verdict import Move, Policy, Verdict, is_skip, judge
from proxy.route.way import Way

LEAST_HEDGE: Final = 0.3
"""Seconds: the soonest that a hedge by percentile starts."""


@dataclass(slots=True)
class Progress:
    """Where a call is while it is tried, for whoever keeps the caller company."""

    target: str = ""
    attempt: int = 0
    """1-based."""
    tried: tuple[Tried, ...] = ()
    """Once the call has ended in the middle of a try: every try, those that it ended included."""


@record
class Committed:
    """One target has spoken."""

    run: "Run"
    lane: Lane


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Nobody spoke; the caller gets this error."""

    run: "Run"
    error: ProxyError


Outcome: TypeAlias = Committed | Exhausted


class Cascade:
    """Runs plans.

    Args:
        dispatcher: Asks targets.
        rng: Draws jitter and choices.
        tell: Takes facts.
    """

    def __init__(
        self, dispatcher: Dispatcher, rng: random.Random, tell: Callable[[Fact], None]
    ) -> None:
        self.dispatcher = dispatcher
        self.rng = rng
        self.tell = tell

    def open(
        self,
        plan: Plan,
        request: ChatRequest,
        call: str,
        deadline: float | None = None,
        progress: Progress | None = None,
        head_start: HeadStart | None = None,
    ) -> "Run":
        """For the block: try the plan's targets until one speaks; leaving the block closes the one that did.

        Args:
            plan: What may be tried.
            request: The parsed call.
            call: The call's id, for facts.
            deadline: Seconds that the caller is willing to wait, if it said so.
            progress: Kept up to date while targets are tried.
            head_start: A try of this plan that has begun.
        """
        total = plan.total_timeout if deadline is None else min(plan.total_timeout, deadline)
        return Run(self, plan, request, call, total, progress or Progress(), head_start)


@dataclass(slots=True)
class _Round:
    """One turn of the loop: the lanes that were opened in it."""

    lanes: list[Lane] = field(default_factory=list)

    @property
    def failures(self) -> list[tuple[Lane, ProxyError]]:
        return [(lane, lane.error) for lane in self.lanes if lane.error is not None]


class Run:
    """One call's way through its plan."""

    __slots__ = (
        "_by",
        "_clock",
        "_dispatcher",
        "_failures",
        "_head_start",
        "_health",
        "_is_hurried",
        "_progress",
        "_round",
        "_tried",
        "_way",
        "call",
        "cascade",
        "plan",
        "request",
        "request_for",
        "waited",
    )

    def __init__(
        self,
        cascade: Cascade,
        plan: Plan,
        request: ChatRequest,
        call: str,
        total: float,
        progress: Progress,
        head_start: HeadStart | None = None,
    ) -> None:
        self.plan = plan
        self.request = request
        self.call = call
        self.cascade = cascade
        self.waited = 0.0
        """Seconds of the call that were spent on providers: waiting for them, and before asking again."""
        self.request_for: Callable[[Target], ChatRequest] = lambda _: request
        """What is asked of a target; `resume.py` asks for the rest of an answer."""
        self._dispatcher = dispatcher = cascade.dispatcher
        self._clock = dispatcher.clock
        self._health = dispatcher.health
        self._way = Way(plan, request, dispatcher.health, cascade.rng.random)
        self._head_start = head_start
        self._by = (self._clock.now() if head_start is None else head_start.began) + total
        own = request.options.first_byte_timeout is not None
        self._is_hurried = own or total < plan.total_timeout
        self._progress = progress
        self._tried: list[Tried] = []
        self._failures: list[tuple[str, ProxyError]] = []
        self._round = _Round()

    @property
    def tried(self) -> tuple[Tried, ...]:
        """Every target that was tried or passed over; the last served, if one did."""
        skipped = [
            Tried(name, error.kind, None, None, 0.0, skipped=True)
            for name, error in self._way.skipped
        ]
        return (*skipped, *self._tried)

    async def __aenter__(self) -> Outcome:
        try:
            return await self.until_spoken()
        except BaseException:
            await self.aclose()
            # Between two tries nobody is asked, and what was tried has ended by itself.
            self._progress.tried = self._progress.tried or self.tried
            raise

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def until_spoken(self) -> Outcome:
        """The loop: a candidate, a verdict, again or next or stop."""
        if self._head_start is not None and self._head_start.lane is not None:
            return self._committed(self._head_start.lane)
        candidate, tries = self._first(), 0
        while candidate is not None and (self._head_start is not None or self._may_start()):
            tries += 1
            winner = await self._try(candidate, again=tries > 1)
            if winner is not None:
                return Committed(self, winner)
            failures = self._round.failures
            verdicts = [self._verdict(lane, error, tries) for lane, error in failures]
            for (lane, error), verdict in zip(failures, verdicts, strict=True):
                self._report(lane, error, moved_on=verdict.move is Move.NEXT and self._attempts > 0)
                if verdict.move is Move.STOP:
                    return self._stop(lane, error)
            if verdicts[0].move is Move.AGAIN and self._may_repeat(candidate, verdicts[0]):
                await self._clock.sleep(verdicts[0].delay)
                self.waited += verdicts[0].delay
            else:
                for lane, error in failures:
                    self._way.go_past(lane.candidate, error, self._attempts)
                candidate, tries = self._way.next(self._clock.now()), 0
        return self._exhausted()

    def _committed(self, lane: Lane) -> Committed:
        """Somebody has spoken before there was a run."""
        self._way.go_on_with(lane.candidate)
        self._head_start = None
        self._round = _Round([lane])
        self._tried.append(lane.tried(None))
        self._progress.target, self._progress.attempt = lane.name, 1
        self.waited = lane.took
        return Committed(self, lane)

    def _first(self) -> Candidate | None:
        if self._head_start is None:
            return self._way.next(self._clock.now())
        self._way.go_on_with(self._head_start.candidate)
        return self._head_start.candidate

    def again_for(self, request_for: Callable[[Target], ChatRequest]) -> None:
        """Ask for something else from here on, with the time of a fresh call."""
        self.request_for = request_for
        self._by = self._clock.now() + self.plan.total_timeout

    def ends_with(self, lane: Lane, error: ProxyError) -> bool:
        """Whether a failure is the caller's to hear, and nobody else is asked."""
        return self._verdict(lane, error, 1).move is Move.STOP

    def cut(self, error: ProxyError) -> None:
        """The target that served failed after its first byte."""
        self._tried[-1] = self._round.lanes[-1].tried(error)
        self._failures.append((self._tried[-1].target, error))
        self._way.go_past(self._round.lanes[-1].candidate, error, self._attempts)

    async def aclose(self) -> None:
        """Close every lane of this round, each whatever becomes of the others."""
        lanes = self._round.lanes
        left = [lane for lane in lanes if lane.is_open and not lane.spoke]
        if len(lanes) == 1:
            await lanes[0].aclose()
        else:
            async with AsyncExitStack() as stack:
                for lane in lanes:
                    stack.push_async_callback(lane.aclose)
        if left:
            ended = ProxyError(Kind.CANCELLED, "the call ended meanwhile")
            told = (lane.tried(lane.error or ended) for lane in left)
            self._progress.tried = (*self.tried, *told)

    async def _try(self, candidate: Candidate, *, again: bool) -> Lane | None:
        """One turn: a lane, perhaps with a second one beside it; whoever spoke, with all others closed."""
        self._round = _Round()
        head_start, self._head_start = self._head_start, None
        started = self._clock.now() if head_start is None else head_start.began
        first = self._open(candidate, extra=again, head_start=head_start)
        after = self._hedge_after(candidate, started)
        if after is None:
            winner = first[0] if await first[0].begin(first[1]) is None else None
        else:
            winner = await race(first, after, self._open_beside, self._ends)
            self._tell_hedge(winner)
        self.waited += self._clock.now() - started
        for lane in self._round.lanes:
            if lane is not winner:
                await lane.aclose()
                self._note(lane)
        if winner is not None:
            self._round.lanes = [winner]
            self._tried.append(winner.tried(None))
        return winner

    def _open(
        self, candidate: Candidate, *, extra: bool, head_start: HeadStart | None = None
    ) -> Runner:
        request = self.request_for(candidate.target)
        lane = self._dispatcher.lane(candidate, request, extra=extra, head_start=head_start)
        self._round.lanes.append(lane)
        self._progress.target = lane.name
        self._progress.attempt = len(self._tried) + len(self._round.lanes)
        whole_by = min(self._by, lane.began + candidate.limits.total_timeout)
        first_byte_by = self._first_byte_by(candidate, lane.began, whole_by)
        return lane, Window(first_byte_by, whole_by, is_callers=self._is_hurried)

    def _open_beside(self) -> Runner | None:
        """A hedge, if somebody fit stands, the budget has one left, and so has the call."""
        now = self._clock.now()
        if self._attempts < 2 or self._by - now < LEAST_TIME:
            return None
        first = self._round.lanes[0].candidate
        candidate = self._way.beside(first, now, self._health.may_hedge)
        return None if candidate is None else self._open(candidate, extra=True)

    def _tell_hedge(self, winner: Lane | None) -> None:
        lanes = self._round.lanes
        if len(lanes) > 1:
            who = "neither" if winner is None else "first" if winner is lanes[0] else "second"
            self.cascade.tell(HedgeEnded(self.call, self.plan.alias, who))

    def _note(self, lane: Lane) -> None:
        """A lane that came to nothing: it failed, or another was quicker."""
        if lane.error is not None and is_skip(lane.error):
            self._way.could_not(lane.name, lane.error)
            return
        if lane.error is not None:
            self._failures.append((lane.name, lane.error))
        else:
            # After a cut it may go on.
            self._way.give_back(lane.candidate)
        self._tried.append(lane.tried(lane.error or ProxyError(Kind.OUTRUN, "another was quicker")))

    def _hedge_after(self, candidate: Candidate, now: float) -> float | None:
        after = candidate.limits.hedge_after
        if after == "p95":
            p95 = self._health.p95(candidate.target, now)
            return None if p95 is None else max(p95, LEAST_HEDGE)
        return after

    def _first_byte_by(self, candidate: Candidate, started: float, whole_by: float) -> float:
        limits = candidate.limits
        wait = limits.first_byte_reasoning if self.request.reasons else limits.first_byte_timeout
        if limits.first_byte_per_100k_tokens:
            tokens = least_tokens(self.request.body)
            wait += limits.first_byte_per_100k_tokens * tokens / 100_000
        by = min(whole_by, started + wait)
        asked = len(self._tried) + len(self._round.lanes)
        is_last = asked >= self.plan.max_attempts or not self._way.has_next(self._clock.now(), by)
        # Where nobody is left who could be quicker, the rest of the call's time is this target's.
        return whole_by if is_last and not limits.first_byte_written else by

    @property
    def _attempts(self) -> int:
        """That are left."""
        return self.plan.max_attempts - len(self._tried)

    def _may_start(self) -> bool:
        return self._attempts > 0 and self._by - self._clock.now() >= LEAST_TIME

    def _may_repeat(self, candidate: Candidate, verdict: Verdict) -> bool:
        left = self._by - self._clock.now() - verdict.delay
        # A further try may not cost the attempt of somebody who was not asked yet.
        may = left >= LEAST_TIME and self._attempts > self._way.steps_left
        return may and self._health.may_retry(candidate.target, self._clock.now(), verdict.delay)

    def _verdict(self, lane: Lane, error: ProxyError, tries: int) -> Verdict:
        limits, target = lane.candidate.limits, lane.candidate.target
        policy = Policy(
            retries=limits.retries,
            retry_after_max=limits.retry_after_max,
            fallback_on=self.plan.fallback_on,
            passthrough=target.passthrough,
        )
        return judge(error, tries, policy, self.cascade.rng.random())

    def _ends(self, lane: Lane) -> bool:
        return lane.error is not None and self.ends_with(lane, lane.error)

    def _report(self, lane: Lane, error: ProxyError, *, moved_on: bool) -> None:
        if is_skip(error):
            return
        self.cascade.tell(
            AttemptFailed(
                call=self.call,
                alias=self.plan.alias,
                target=lane.name,
                kind=error.kind,
                status=error.status,
                code=error.code or error.type,
                message=error.message,
                ms=round(lane.took * 1000, 1),
                moved_on=moved_on and not self._way.is_last,
            )
        )

    def _stop(self, lane: Lane, error: ProxyError) -> Exhausted:
        """The failure is the caller's: answer it as it is."""
        if lane.candidate.target.passthrough and error.kind in (Kind.AUTH, Kind.PERMISSION):
            own = {Kind.AUTH: Kind.UNAUTHENTICATED, Kind.PERMISSION: Kind.FORBIDDEN}
            error.kind = own[error.kind]
        error.attempts = self.tried
        return Exhausted(self, error)

    def _exhausted(self) -> Exhausted:
        failures = [*self._way.skipped, *self._failures]
        said = f"the call may take less than {LEAST_TIME:g} s: no target was asked"
        error = exhausted(failures) if failures else ProxyError(Kind.TOTAL_TIMEOUT, said)
        error.attempts = self.tried
        return Exhausted(self, error)
