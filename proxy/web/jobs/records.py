"""The endpoints of jobs that call nobody: create, complete, read, describe, list, add up.

Invariant: everything is looked up by the caller's own team.
"""

from __future__ import annotations

from collections import Counter as Counts
from datetime import UTC, datetime
from functools import partial
from typing import Final

from starlette.types import Receive, Scope, Send

from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json
from proxy.gate.desk import moments
from proxy.gate.desk.asked import Asked
from proxy.gate.jobs import shown
from proxy.gate.jobs.bodies import End, end_of, new_of, patch_of
from proxy.gate.jobs.job import Job, State
from proxy.gate.jobs.once import Result
from proxy.surfaces.body import object_of
from proxy.surfaces.complaint import not_one_of, wrong_value
from proxy.web.answer import answer_json
from proxy.web.jobs.caller import id_of, payer, see_team
from proxy.web.jobs.calls import Counter, body_of, only_once
from proxy.web.jobs.insistence import insist
from proxy.web.query import query_of

PAGES: Final = 20
"""Pages that are looked through for one list of a status; then it ends early, with a cursor."""


class JobRecords:
    """ASGI endpoints, each on a route that admits.

    Args:
        counter: What endpoints share.
    """

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._jobs = counter.shop.jobs
        self._clock = counter.shop.clock
        self._lapses: Counts[str] = Counts()
        """How often the store has not heard to its end that a job is completed, of those that are settled later."""

    async def create(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`POST /api/jobs/create`."""
        caller, tariff = payer(scope)
        raw = await body_of(self._counter.admission, receive)
        new = new_of(object_of(raw))
        see_team(caller, new.team)

        async def make(told: Send) -> Result:
            job = await self._jobs.create(new, caller, tariff)
            made = {
                "job_id": job.id,
                "status": job.state.value,
                "created_at": int(job.created_at),
            }
            await answer_json(told, 200, made)
            return Result.WHOLE

        await only_once(self._counter, caller, scope, receive, send, raw, make)

    async def complete(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`POST /api/jobs/{id}/complete`: again the same answer; with the other status 409."""
        caller, _ = payer(scope)
        end = end_of(object_of(await body_of(self._counter.admission, receive)))
        work = self._completed(caller.team, id_of(scope), end)
        await answer_json(send, 200, await self._counter.shop.aside.see_through(work))

    async def read(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """`GET /api/jobs/{id}`."""
        await answer_json(send, 200, shown.job(await self._found(scope), self._clock.wall()))

    async def costs(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """`GET /api/jobs/{id}/costs`."""
        await answer_json(send, 200, shown.breakdown(await self._found(scope), self._clock.wall()))

    async def describe(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`PATCH /api/jobs/{id}/metadata`: merged into what is there."""
        caller, _ = payer(scope)
        metadata = patch_of(object_of(await body_of(self._counter.admission, receive)))
        job = await self._jobs.describe(caller.team, id_of(scope), metadata)
        now = int(self._clock.wall())
        value = {"job_id": job.id, "metadata": job.metadata, "updated_at": now}
        await answer_json(send, 200, value)

    async def listing(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """`GET /api/teams/{id}/jobs`: the team's own, oldest first."""
        caller, _ = payer(scope)
        see_team(caller, id_of(scope))
        asked = Asked(query=query_of(scope))
        asked.only("limit", "cursor", "status")
        status = asked.query.get("status", "")
        if status not in ("", *State):
            raise not_one_of("status", status, tuple(State))
        some, cursor = await self._some(caller.team, asked, status)
        value = {
            "team_id": caller.team,
            "total": len(some),
            "jobs": some,
            "has_more": bool(cursor),
            "next_cursor": cursor or None,
        }
        await answer_json(send, 200, value)

    async def usage(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """`GET /api/teams/{id}/usage`: of a month, by default this one."""
        caller, _ = payer(scope)
        see_team(caller, id_of(scope))
        asked = Asked(query=query_of(scope))
        asked.only("period")
        period = asked.query.get("period") or _month(self._clock.wall())
        found = moments.month(period)
        if found is None:
            raise wrong_value("period", "expected a month like '2026-11'.")
        jobs = [each async for each in self._jobs.between(caller.team, *found)]
        await answer_json(send, 200, shown.usage(caller.team, period, jobs))

    async def _completed(self, team: str, name: str, end: End) -> Json:
        # Of a job that nobody has, nothing is settled later.
        await self._jobs.find(team, name)
        try:
            return await self._jobs.close(team, name, end)
        except ProxyError as error:
            if error.kind is Kind.SATURATED:
                self._settle_later(team, name)
            raise

    def _settle_later(self, team: str, name: str) -> None:
        """See that the ledger hears what may be decided by now, whether the caller asks again or not."""
        self._lapses[name] += 1
        if self._lapses[name] == 1:
            self._counter.shop.aside.keep(self._settled(team, name))

    async def _settled(self, team: str, name: str) -> None:
        settle = partial(self._settle, team, name)
        try:
            await insist(self._clock, f"{name} is not settled", settle)
        finally:
            # However that went: what lapses from here on begins anew.
            del self._lapses[name]

    async def _settle(self, team: str, name: str) -> None:
        known = 0
        while known < self._lapses[name]:
            # What lapses from here on may have been decided after this has looked.
            known = self._lapses[name]
            await self._jobs.settle(team, name)

    async def _found(self, scope: Scope) -> Job:
        caller, _ = payer(scope)
        return await self._jobs.find(caller.team, id_of(scope))

    async def _some(self, team: str, asked: Asked, status: str) -> tuple[list[Json], str]:
        """A page of a list; of a status, what many pages have of it."""
        limit, cursor, now = asked.limit, asked.cursor, self._clock.wall()
        found: list[Json] = []
        for _ in range(PAGES):
            some, cursor = await self._jobs.page(team, cursor, limit - len(found))
            cards = (shown.job(each, now) for each in some)
            found += [each for each in cards if status in ("", each["status"])]
            if len(found) >= limit or not cursor:
                break
        return found, cursor


def _month(now: float) -> str:
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m}"
