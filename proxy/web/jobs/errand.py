"""One call as a part of its job: credits are held for it before it begins, and what it used is told when it has ended.

A call that creates its job completes it, too: well, where its answer was whole, and where its caller left after it had
begun, since what was answered was used; badly, where nobody answered or the answer was cut.

Invariant: the end of a call that began reaches its job, whether its caller stays or not and however long the store is
away, as long as this process lives; of the ends that are said of it, it is the first.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import Final

from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.core.facts import CallEnded, Outcome
from proxy.core.price import Usd
from proxy.core.shape import ChatRequest, Json
from proxy.core.usage import Usage
from proxy.gate.bill import bill_of
from proxy.gate.budget import micros_of
from proxy.gate.charge import Charge, Cost
from proxy.gate.estimate import Estimate, estimate_of
from proxy.gate.jobs import shown
from proxy.gate.jobs.bodies import End, Part
from proxy.gate.jobs.job import Done, Job, Running, State
from proxy.gate.jobs.jobs import Jobs
from proxy.gate.jobs.once import Result
from proxy.route.plan import Plan
from proxy.web.jobs.aside import Aside
from proxy.web.jobs.insistence import insist

LEFT: Final = "caller_left"
"""The error of a job whose caller left before its answer was whole."""

_NOTHING: Final = Estimate(0, 0)
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the errands of a process share."""

    jobs: Jobs
    clock: Clock
    cost: Cost
    aside: Aside


class JobErrand:
    """One call of a job. Implements `Errand`.

    Args:
        shop: What errands share.
        job: The job, as it was found or made.
        part: What the call's body says of it.
        closes: Whether the call completes its job.
    """

    def __init__(self, shop: Workshop, job: Job, part: Part, *, closes: bool) -> None:
        self._shop = shop
        self._team = job.team
        self.job = job.id
        self._part = part
        self._closes = closes
        self._call = ""
        self._began = False
        self._estimate = _NOTHING
        self._told: asyncio.Task[Json] | None = None
        """Tells the job of the end; None until it has come."""
        self.result = Result.FAILED
        """How the call ended; known when it has."""

    async def begin(self, charge: Charge, request: ChatRequest, plan: Plan) -> None:
        """Hold credits for what the call may use.

        Raises:
            ProxyError: as `Jobs.begin`.
        """
        self._call = charge.id
        charge.detail = {**charge.detail, **self._part.detail}
        self._estimate = estimate = estimate_of(request)
        names = {each.target.name for step in plan.steps for each in step.candidates}
        costs = [self._shop.cost(name, "", estimate.usage, "") for name in names]
        dearest = max((cost for cost in costs if cost is not None), default=None)
        running = Running(charge.id, estimate.total, micros_of(dearest))
        # Once asked for, it may have been granted, even where the answer is not heard.
        self._began = True
        try:
            await self._shop.jobs.begin(self._team, self.job, running)
        except ProxyError as error:
            self._began = error.kind is Kind.SATURATED
            raise

    async def over(self, ended: CallEnded) -> Json:
        """Tell the job, and complete it where that is the call's part."""
        return await asyncio.shield(self._first(ended))

    def ended(self, ended: CallEnded) -> None:
        """The same, where nobody waits: the caller has left."""
        self._first(ended)

    def _first(self, ended: CallEnded) -> asyncio.Task[Json]:
        """Tell of the end that is said first. What is charged as served stays so where its last words do not get through."""
        if self._told is None:
            self.result = _result(ended)
            self._told = self._shop.aside.keep(self._over(ended))
        return self._told

    async def _over(self, ended: CallEnded) -> Json:
        """What is known of the job now; only of the call, where the store is away: it is told later."""
        done = self._done(ended)
        told: Json = {"call_id": self._call or None, "latency_ms": done.latency_ms}
        try:
            return {**told, **await self._tell(ended, done)}
        except ProxyError as error:
            lapse = f"{self.job} was not told of a call"
            if error.kind is Kind.SATURATED:
                tell = partial(self._tell, ended, done)
                self._shop.aside.keep(insist(self._shop.clock, lapse, tell))
            else:
                _log.warning("%s: %s", lapse, error.message)
            return told

    async def _tell(self, ended: CallEnded, done: Done) -> Json:
        jobs = self._shop.jobs
        job: Job | None = None
        if self._began:
            job = await jobs.end(self._team, self.job, done)
        if self._closes:
            answer = await jobs.close(self._team, self.job, _end(ended))
            return {name: answer[name] for name in ("job_id", "status", "costs", "completed_at")}
        if job is None or not ended.stream:
            return {}
        remaining = await jobs.remaining(self._team)
        applied = job.answer["costs"]["credit_applied"] if job.answer else 0
        return {
            "job_id": self.job,
            "status": job.state.value,
            "costs": shown.costs(job, applied, remaining),
        }

    def _done(self, ended: CallEnded) -> Done:
        bill = bill_of(ended, lambda: self._estimate, self._shop.cost)
        usage = bill.usage or Usage()
        cost: Usd | None = bill.cost
        return Done(
            id=self._call,
            at=self._shop.clock.wall(),
            purpose=self._part.purpose,
            model=ended.alias or ended.asked,
            prompt_tokens=usage.prompt,
            completion_tokens=usage.completion,
            cost_micros=micros_of(cost),
            priced=cost is not None,
            latency_ms=round(ended.duration_ms, 1),
            error=_error(ended),
        )


def _error(ended: CallEnded) -> str:
    if ended.outcome is Outcome.SERVED:
        return ""
    return ended.kind.value if ended.kind else ended.outcome.value


def _result(ended: CallEnded) -> Result:
    if ended.outcome is Outcome.SERVED:
        return Result.WHOLE
    was_used = ended.outcome is Outcome.CANCELLED and ended.target is not None
    return Result.LOST if was_used else Result.FAILED


def _end(ended: CallEnded) -> End:
    """How a call leaves the job that it completes."""
    result = _result(ended)
    if result is Result.WHOLE:
        return End(State.COMPLETED)
    why = LEFT if ended.outcome is Outcome.CANCELLED else _error(ended)
    return End(State.COMPLETED if result is Result.LOST else State.FAILED, error=why)
