"""Jobs and credits over real HTTP, with several processes before one store, some of which are killed."""

import asyncio

import pytest

from tests.support.calling import reached
from tests.support.fleet import fleet
from tests.support.jobhouse import NEW, said

STORES = pytest.mark.parametrize("kind", ["sqlite", "redis"])


@STORES
async def test_of_400_jobs_at_once_on_100_credits_100_are_created(kind, tmp_path):
    async with fleet(kind, tmp_path) as ships:
        await ships.team(100)
        async with ships.client(0) as one, ships.client(1) as two:
            clients = (one, two)
            asked = (clients[n % 2].post("jobs/create", NEW) for n in range(400))
            statuses = [answer.status_code for answer in await asyncio.gather(*asked)]
        balance = await ships.credits()

    assert (statuses.count(200), statuses.count(402)) == (100, 300)
    assert balance == (100, 0, 0)


@STORES
async def test_calls_that_create_their_jobs_are_charged_one_by_one(kind, tmp_path):
    async with fleet(kind, tmp_path) as ships:
        await ships.team(20)
        async with ships.client(0) as one, ships.client(1) as two:
            clients, body = (one, two), {**NEW, **said()}
            asked = (clients[n % 2].post("jobs/create-and-call", body) for n in range(60))
            statuses = [answer.status_code for answer in await asyncio.gather(*asked)]
        balance = await ships.credits()

    assert (statuses.count(200), statuses.count(402)) == (20, 40)
    assert balance == (0, 20, 0)
    assert ships.simulator.total == 20


@STORES
async def test_a_job_is_completed_once_whoever_is_asked_and_however_often(kind, tmp_path):
    async with fleet(kind, tmp_path) as ships:
        await ships.team(10)
        async with ships.client(0) as one, ships.client(1) as two:
            job = await one.create()
            called = await two.call(job)
            ends = (client.complete(job) for client in (one, two) * 10)
            answers = [answer.json() for answer in await asyncio.gather(*ends)]
            other = await two.complete(job, "failed")
        balance = await ships.credits()

    assert called.status_code == 200
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["costs"]["total_calls"] == 1
    assert other.status_code == 409
    assert balance == (0, 1, 9)


@STORES
async def test_one_key_is_one_call_whichever_process_hears_it(kind, tmp_path):
    async with fleet(kind, tmp_path) as ships:
        await ships.team(10)
        async with ships.client(0) as one, ships.client(1) as two:
            body = {**NEW, **said()}
            asked = (
                client.post("jobs/create-and-call", body, idempotency_key="k")
                for client in (one, two) * 5
            )
            answers = await asyncio.gather(*asked)
        balance = await ships.credits()

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert (ships.simulator.total, balance) == (1, (0, 1, 9))


@STORES
async def test_a_job_outlives_the_process_that_was_at_it(kind, tmp_path):
    async with fleet(kind, tmp_path) as ships:
        await ships.team(10)
        async with ships.client(0) as one, ships.client(1) as two:
            job = await one.create()
            calling = asyncio.ensure_future(one.call(job, model="held"))
            await ships.simulator.arrived(1)
            await ships.kill(0)
            await asyncio.wait({calling})
            held = await ships.credits()
            answer = (await two.complete(job)).json()
            balance = await ships.credits()

    assert calling.exception() is not None
    assert held == (1, 0, 9)
    assert (answer["costs"]["credit_applied"], balance) == (1, (0, 1, 9))


@STORES
async def test_a_process_that_is_killed_loses_and_doubles_no_credit(kind, tmp_path):
    async with fleet(kind, tmp_path, processes=3) as ships:
        await ships.team(1_000)
        completed, ends = [], asyncio.Event()

        async def work(which, name):
            async with ships.client(which) as client:
                while not ends.is_set():
                    answer = await client.post(
                        "jobs/create-and-call", {**NEW, **said(), "user_id": name}
                    )
                    if answer.status_code == 200:
                        completed.append(answer.json()["job_id"])

        lanes = [asyncio.ensure_future(work(n % 3, f"u{n}")) for n in range(6)]
        for victim in (0, 1):
            seen = len(completed)
            await asyncio.wait_for(reached(lambda seen=seen: len(completed) > seen + 15), 60)
            await ships.kill(victim)
        # Whoever leaves before anything was used fails a job: those of the process that lives end their calls.
        ends.set()
        await asyncio.wait(lanes)
        async with ships.client(2) as client:
            jobs = await every_job(client)
            left = [each["job_id"] for each in jobs if each["status"] in ("pending", "in_progress")]
            over = [each["job_id"] for each in jobs if each["status"] == "completed"]
            answers = [(await client.complete(job)).json() for job in (*over, *left)]
        held, spent, remaining = await ships.credits()

    # Nobody heard of it who called the process that lives.
    assert [lane.exception() for lane in lanes[2::3]] == [None, None]
    # Every answer that a caller had is of a job that was charged, and so is nothing else.
    assert set(completed) <= set(over)
    assert {answer["costs"]["credit_applied"] for answer in answers} == {1}
    assert spent == len(answers)
    # A process that died before it had written down its job left a credit held, until the sweeper comes.
    assert 0 <= held <= 4
    assert held + spent + remaining == 1_000


async def every_job(client):
    jobs, query = [], {"limit": 1000}
    while True:
        page = (await client.get("teams/acme/jobs", **query)).json()
        jobs += page["jobs"]
        if not page["has_more"]:
            return jobs
        query["cursor"] = page["next_cursor"]
