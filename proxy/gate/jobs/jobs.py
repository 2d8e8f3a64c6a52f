"""All jobs of a store: created, called, completed, read, each for its own team.

What is decided is written first, what follows from it after: what the ledger is to hear of a job stands in its document
until it has heard, and it hears it once, however often it is told. What a crash leaves held is released by the sweeper.

Invariant: a job is looked up by team and id; another team's is as if there were none. A completed job is charged once,
a failed one not at all; credits are held before a call begins that may need them.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final
from weakref import WeakValueDictionary

from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json
from proxy.gate import credits as prepaid
from proxy.gate.caller import Caller, Tariff
from proxy.gate.credits import account_of
from proxy.gate.desk.fields import MOST_METADATA
from proxy.gate.jobs import shown
from proxy.gate.jobs.bodies import End, New
from proxy.gate.jobs.documents import read, write
from proxy.gate.jobs.job import LASTS, TIMED_OUT, Done, Held, Job, Running, State
from proxy.gate.jobs.trouble import closed_already, named, no_job
from proxy.store.records import Ask, Hold, Settled, Settlement, Short, Table
from proxy.store.store import Store, StoreError
from proxy.surfaces.complaint import wrong_value

TRIES: Final = 64
"""Times that a change is made again because somebody else changed the same job meanwhile."""
CONTESTED: Final = "contested"
"""The code of the failure where that was not enough: what is said again may get through."""
PAUSE: Final = 0.004
"""Seconds before another try, at the most for the first; more for each further."""
PAGE: Final = 500
KEEP: Final = 400 * 86400.0
"""Seconds for which a job is kept: longer than a year of reports."""
KEEP_IN_MEMORY: Final = 86400.0
"""The same where memory is all there is; no job is open for longer."""
SLACK: Final = 3600.0
"""Seconds that a hold outlasts its job, so that a job which ends at the last moment is still paid from it."""


class Jobs:
    """The jobs of a store.

    Args:
        store: Where they are kept.
        clock: Time.
        jitter: Draws from [0, 1), so that those who changed the same job at once do not meet again.
    """

    def __init__(self, store: Store, clock: Clock, jitter: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._jitter = jitter
        self._keep = KEEP_IN_MEMORY if store.name == "memory" else KEEP
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """One for each job that is being changed here: calls of one job in one process need not contend."""

    async def create(self, new: New, caller: Caller, tariff: Tariff) -> Job:
        """Make one, and hold a credit for it.

        Raises:
            ProxyError: UNPAID where there is none; SATURATED where the store does not answer, as everywhere here.
        """
        name = f"job_{secrets.token_hex(12)}"
        first = Held(f"{name}:job", 1)
        job = Job(
            id=name,
            team=caller.team,
            type=new.type,
            tariff=tariff,
            created_at=self._clock.wall(),
            organization=caller.organization,
            key=caller.key,
            user=new.user,
            metadata=new.metadata,
            holds=(first,),
        )
        with named():
            await self._hold(job, first)
            try:
                # Nobody has had this id: where it is taken, a lost answer had this job written twice.
                await self._store.insert(Table.JOBS, write(job))
            except StoreError:
                # What nobody will find again must not stay held for a day.
                with suppress(StoreError):
                    await self._store.settle([Settlement(first.id, 0)])
                raise
        return replace(job, version=1)

    async def find(self, team: str, name: str) -> Job:
        """One of a team.

        Raises:
            ProxyError: MISSING.
        """
        with named():
            return await self._found(team, name)

    async def begin(self, team: str, name: str, call: Running) -> Job:
        """A call of a job begins: credits are held for what it may use.

        Raises:
            ProxyError: MISSING; CONFLICT where the job is over; UNPAID where there are not enough credits.
        """

        def step(job: Job) -> Job:
            if not job.is_open:
                raise closed_already(job)
            after = job.began(call, self._clock.wall())
            more = after.needed - after.held
            return after.holding(Held(f"{name}:{call.id}", more)) if more > 0 else after

        with named():
            await self._expire(team, name)
            after = await self._change(team, name, step)
            mine = next((each for each in after.holds if each.id == f"{name}:{call.id}"), None)
            if mine is not None:
                try:
                    await self._hold(after, mine)
                except ProxyError:
                    await self._change(
                        team, name, lambda job: job.withdrew(call.id).released([mine.id])
                    )
                    raise
        return after

    async def end(self, team: str, name: str, done: Done) -> Job:
        """A call of a job has ended; what is held beyond need is released.

        Where the job was completed meanwhile, what the call adds to its price is charged now. Told again, it changes
        nothing of the call, and does what was left to do: say it until it was heard.

        Raises:
            ProxyError: MISSING where the job was deleted.
        """

        def step(job: Job) -> Job:
            # Else it was told already, or never began.
            is_running = any(each.id == done.id for each in job.running)
            return job.concluded(done) if is_running else job

        with named():
            return await self._heard(await self._change(team, name, step))

    async def close(self, team: str, name: str, end: End) -> Json:
        """Complete one: settle its price, or release what it holds.

        Returns:
            The answer; asked again with the same status, the same.

        Raises:
            ProxyError: MISSING; CONFLICT where it was completed with the other status.
        """

        def step(job: Job) -> Job:
            if job.is_open:
                _see_metadata({**job.metadata, **end.metadata})
                return job.closed(end.state, self._clock.wall(), end.metadata, end.error)
            if job.state is not end.state:
                raise closed_already(job)
            return job

        with named():
            if end.state is not State.FAILED:
                await self._expire(team, name)
            after = await self._heard(await self._change(team, name, step))
            assert after.answer is not None, "what is over was answered once the ledger has heard"
            return after.answer

    async def settle(self, team: str, name: str) -> None:
        """Tell the ledger what it has not heard of a job; decides nothing.

        Raises:
            ProxyError: MISSING.
        """
        with named():
            await self._heard(await self._found(team, name))

    async def describe(self, team: str, name: str, metadata: Json) -> Job:
        """Merge metadata into a job's.

        Raises:
            ProxyError: MISSING; INVALID_REQUEST where it becomes too much.
        """

        def step(job: Job) -> Job:
            whole = {**job.metadata, **metadata}
            _see_metadata(whole)
            return replace(job, metadata=whole)

        with named():
            return await self._change(team, name, step)

    async def remaining(self, team: str) -> int:
        """Credits that a team has left."""
        with named():
            return (await self._store.balance(account_of(team))).remaining

    async def page(self, team: str, cursor: str, limit: int) -> tuple[list[Job], str]:
        """Some of a team's, oldest first, and what to ask for the next."""
        with named():
            page = await self._store.page(Table.JOBS, owner=team, cursor=cursor, limit=limit)
        return [read(each) for each in page.documents], page.cursor

    async def between(self, team: str, since: float, until: float) -> AsyncIterator[Job]:
        """Those of a team that were created in a time."""
        cursor = ""
        while True:
            some, cursor = await self.page(team, cursor, PAGE)
            for job in some:
                if since <= job.created_at < until:
                    yield job
            if not cursor or (some and some[-1].created_at >= until):
                return

    async def prune(self) -> int:
        """Delete jobs that were kept long enough; how many.

        Raises:
            StoreError: the store is away.
        """
        deleted, before = 0, self._clock.wall() - self._keep
        while True:
            page = await self._store.page(Table.JOBS, limit=PAGE)
            old = [each for each in page.documents if read(each).created_at < before]
            for each in old:
                await self._store.delete(Table.JOBS, each.id)
            deleted += len(old)
            # The oldest come first.
            if len(old) < PAGE:
                return deleted

    async def _found(self, team: str, name: str) -> Job:
        document = await self._store.get(Table.JOBS, name)
        if document is None or not team or document.owner != team:
            raise no_job(name)
        return read(document)

    async def _change(self, team: str, name: str, step: Callable[[Job], Job]) -> Job:
        """Change what is there now.

        Args:
            team: Whose it is.
            name: Its id.
            step: Gives the job as it should be; the very job for no change. It may be called again.
        """
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        async with lock:
            for tried in range(TRIES):
                before = await self._found(team, name)
                after = step(before)
                if after is before or await self._store.replace(Table.JOBS, write(after)):
                    return after
                await self._clock.sleep(self._jitter() * PAUSE * (1 + tried))
        raise ProxyError(Kind.CONFLICT, "Too many calls change this job at once.", code=CONTESTED)

    async def _expire(self, team: str, name: str) -> None:
        """Close a job that was left open for too long."""
        job = await self._found(team, name)
        if job.is_overdue(self._clock.wall()):
            failed = End(State.FAILED, error=TIMED_OUT)

            def step(job: Job) -> Job:
                if not job.is_open:
                    return job
                return job.closed(failed.state, job.created_at + LASTS, {}, failed.error)

            await self._heard(await self._change(team, name, step))

    async def _heard(self, job: Job) -> Job:
        """Tell the ledger what it is to hear of a job, and write down that it has, with the answer of one that is over."""
        if not job.unheard:
            return job
        answer, settled = None, await self._pay(job)
        if job.is_due:
            taken = next(each.taken for each in settled if each.hold == job.holds[0].id)
            remaining = (await self._store.balance(account_of(job.team))).remaining
            answer = shown.completed(job, taken, remaining)
        return await self._change(job.team, job.id, lambda now: now.heard(job.owed, answer))

    async def _pay(self, job: Job) -> Sequence[Settled]:
        """Release and charge, as far as the account goes, in one step."""
        late = tuple(
            Hold(each.hold, account_of(job.team), 0, SLACK) for each in job.owed if each.price
        )
        if late:
            # What comes after the job's own price was settled is charged from a hold of its own.
            await self._store.admit(Ask(holds=late))
        owed = [Settlement(each.hold, each.price, each.note) for each in job.unheard]
        return await self._store.settle(owed)

    async def _hold(self, job: Job, held: Held) -> None:
        seconds = job.created_at + LASTS + SLACK - self._clock.wall()
        hold = Hold(held.id, account_of(job.team), held.amount, max(SLACK, seconds))
        answer = await self._store.admit(Ask(holds=(hold,)))
        if isinstance(answer, Short):
            raise prepaid.refusal_of(answer)


def _see_metadata(metadata: Json) -> None:
    if len(str(metadata)) > MOST_METADATA:
        said = f"together with what the job has, expected at most {MOST_METADATA} characters."
        raise wrong_value("metadata", said)
