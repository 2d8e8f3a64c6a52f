import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from proxy.core.clock import SystemClock
from proxy.core.errors import Kind, ProxyError
from proxy.gate.jobs.once import Once
from proxy.gate.tenants import Mode, Status
from proxy.store.memory import MemoryStore
from proxy.store.records import Finding
from proxy.web.jobs.calls import IDEMPOTENCY_KEY, Counter, Given, only_once
from proxy.web.presence import Presence
from tests.support.calling import reached
from tests.support.jobhouse import NEW, config, events, guild, said, without_auth, words

PLAIN = {"content-type": "text/plain"}
CREATING = ["jobs/create-and-call", "jobs/create-and-call-stream"]


async def test_a_call_answers_in_the_shape_of_jobs():
    async with guild() as house, await house.team() as client:
        job = await client.create()
        answer = await client.call(job, purpose="draft", call_metadata={"k": 1})
        rows = await house.rows(Finding(job=job))

    told = answer.json()
    assert answer.headers["x-job-id"] == job
    assert told["response"] == {"content": "one two three", "finish_reason": "stop"}
    assert (told["metadata"]["tokens_used"], told["metadata"]["model"]) == (6, "echo")
    assert told["metadata"]["latency_ms"] > 0
    assert [(row.id, row.team, row.surface) for row in rows] == [(told["call_id"], "acme", "jobs")]
    assert (rows[0].detail["purpose"], rows[0].detail["metadata"]) == ("draft", {"k": 1})


async def test_a_stream_is_the_chat_stream_and_ends_with_the_costs():
    async with guild() as house, await house.team() as client:
        job = await client.create()
        answer = await client.post(f"jobs/{job}/llm-call-stream", said())

    chunks = events(answer.text)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["x-job-id"] == job
    assert (words(chunks), chunks[-1]) == ("one two three", "[DONE]")
    last = chunks[-2]
    assert (last["choices"], last["firstbyte"]["job_id"]) == ([], job)
    assert last["firstbyte"]["costs"]["total_cost_usd"] == 0.009
    assert len({chunk["id"] for chunk in chunks[:-1]}) == 1


@pytest.mark.parametrize("path", CREATING)
async def test_a_job_that_is_created_with_its_call_completes_itself(path):
    async with guild() as house, await house.team() as client:
        answer = await client.post(
            path, {**NEW, **said(), "job_metadata": {"a": 1}, "user_id": "u"}
        )
        balance = await house.credits()
        job = (await client.get(f"jobs/{answer.headers['x-job-id']}")).json()

    stream = path.endswith("stream")
    told = events(answer.text)[-2]["firstbyte"] if stream else answer.json()
    assert (told["status"], told["job_id"]) == ("completed", job["job_id"])
    assert (told["costs"]["credit_applied"], told["costs"]["credits_remaining"]) == (1, 9)
    assert told["completed_at"] == job["completed_at"]
    assert (job["status"], job["metadata"], job["user_id"]) == ("completed", {"a": 1}, "u")
    assert balance == (0, 1, 9)


@pytest.mark.parametrize("path", CREATING)
async def test_a_call_that_nobody_answers_fails_its_job_and_costs_nothing(path):
    async with guild() as house, await house.team() as client:
        answer = await client.post(path, {**NEW, **said(), "model": "dead"})
        # At once, with the error: whoever tries again finds the credit.
        balance = await house.credits()
        job = (await client.get(f"jobs/{answer.headers['x-job-id']}")).json()

    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "upstream_error")
    assert (job["status"], job["error_message"], balance) == ("failed", "server_error", (0, 0, 10))


async def test_a_stream_that_is_cut_fails_its_job_and_never_says_done():
    async with guild() as house, await house.team() as client:
        answer = await client.post(CREATING[1], {**NEW, **said(), "model": "cut"})
        balance = await house.credits()
        job = (await client.get(f"jobs/{answer.headers['x-job-id']}")).json()

    chunks = events(answer.text)
    assert (answer.status_code, "error" in chunks[-1], "[DONE]" in chunks) == (200, True, False)
    assert (job["status"], balance) == ("failed", (0, 0, 10))


async def test_a_failed_call_leaves_its_job_open():
    async with guild() as house, await house.team() as client:
        job = await client.create()
        failed = await client.call(job, model="dead")
        served = await client.call(job)
        answer = (await client.complete(job)).json()

    assert (failed.status_code, served.status_code) == (502, 200)
    assert (answer["costs"]["failed_calls"], answer["costs"]["successful_calls"]) == (1, 1)
    assert [call["error"] for call in answer["calls"]] == ["server_error", None]


async def test_whoever_leaves_a_stream_is_charged_and_its_upstream_is_closed():
    async with guild() as house, await house.team() as client:
        body = {**NEW, **said(), "model": "held"}
        async with client.http.stream("POST", f"/api/{CREATING[1]}", json=body) as answer:
            job = answer.headers["x-job-id"]
            async for line in answer.aiter_lines():
                if '"content":"' in line:
                    break
        await house.until_ended(1)
        await house.settled(lambda held: held == (0, 1, 9))
        told = (await client.get(f"jobs/{job}")).json()
        costs = (await client.get(f"jobs/{job}/costs")).json()["costs"]
        await asyncio.wait_for(reached(lambda: not house.app.simulator.awake.open_connections), 60)

    assert (told["status"], told["error_message"]) == ("completed", "caller_left")
    assert costs["total_tokens"] > 0
    assert costs["breakdown"][0]["error"] == "cancelled"


async def test_whoever_leaves_before_anything_was_said_is_not_charged():
    async with guild() as house, await house.team() as client:
        body = {**NEW, **said(), "model": "silent"}
        waiting = asyncio.ensure_future(client.post(CREATING[0], body))
        await house.app.simulator.awake.arrived(1)
        waiting.cancel()
        await house.until_ended(1)
        await house.settled(lambda held: held == (0, 0, 10))
        jobs = (await client.get("teams/acme/jobs")).json()["jobs"]

    assert [(job["status"], job["error_message"]) for job in jobs] == [("failed", "caller_left")]


async def test_without_credits_there_is_no_job_and_no_call():
    async with guild() as house, await house.team(funds=1) as client:
        await client.create()
        answers = [await client.post("jobs/create", NEW)]
        answers += [await client.post(path, {**NEW, **said()}) for path in CREATING]
        asked = house.app.simulator.awake.total

    assert [answer.status_code for answer in answers] == [402, 402, 402]
    assert {answer.json()["error"]["code"] for answer in answers} == {"insufficient_quota"}
    assert asked == 0


async def test_a_call_that_may_cost_more_than_there_is_is_refused_before_it_is_made():
    fields = {"mode": Mode.CONSUMPTION_TOKENS, "tokens_per_credit": 100}
    async with guild() as house, await house.team(funds=2, **fields) as client:
        job = await client.create()
        dear = await client.call(job, max_tokens=1_000)
        cheap = await client.call(job, max_tokens=50)
        answer = (await client.complete(job)).json()

    assert (dear.status_code, cheap.status_code) == (402, 200)
    assert (answer["costs"]["total_calls"], answer["costs"]["credit_applied"]) == (1, 1)


async def test_a_job_in_a_consumption_mode_pays_for_its_calls_together():
    async with guild() as house, await house.team(funds=200, mode=Mode.CONSUMPTION_USD) as client:
        job = await client.create()
        for _ in range(5):
            await client.call(job, max_tokens=5)
        answer = (await client.complete(job)).json()
        balance = await house.credits()

    # Five times 0.009 dollars, at ten credits a dollar.
    assert (answer["costs"]["total_cost_usd"], answer["costs"]["credit_applied"]) == (0.045, 1)
    assert balance == (0, 1, 199)


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("jobs/create", {"job_type": "x"}, "team_id"),
        ("jobs/create", {**NEW, "extra": 1}, "extra"),
        (CREATING[0], {"team_id": "acme", **said()}, "job_type"),
        (CREATING[0], {**NEW, **said(), "purpose": 5}, "purpose"),
        (CREATING[0], {**NEW, "messages": []}, "messages"),
        (CREATING[1], {**NEW, **said(), "temperature": "hot"}, "temperature"),
    ],
)
async def test_a_wrong_body_is_refused_by_field_and_costs_nothing(path, body, param):
    async with guild() as house, await house.team() as client:
        answer = await client.post(path, body)
        balance = await house.credits()

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert balance == (0, 0, 10)


async def test_a_call_that_is_refused_before_it_is_a_jobs_is_told_of_too():
    async with guild() as house, await house.team() as client, house.client() as nobody:
        answers = [
            await client.post("jobs/job_none/llm-call", said()),
            await client.post(CREATING[0], {"job_type": "x"}),
            await nobody.post("jobs/job_none/llm-call", said()),
            await client.http.post("/api/jobs/j/llm-call", content=b"x", headers=PLAIN),
        ]
        await house.until_ended(4)
        ended = list(house.ended)

    assert [each.status_code for each in answers] == [404, 400, 401, 415]
    assert [(each.surface, each.status, each.team) for each in ended] == [
        ("jobs", 404, "acme"),
        ("jobs", 400, "acme"),
        ("jobs", 401, ""),
        ("jobs", 415, ""),
    ]
    assert [each.call for each in ended] == [each.headers["x-request-id"] for each in answers]


async def test_another_teams_job_is_as_if_there_were_none():
    async with guild() as house, await house.team() as mine, await house.team("zeta") as theirs:
        job = await mine.create()
        asked = [
            (await theirs.call(job), "job_not_found"),
            (await theirs.post(f"jobs/{job}/llm-call-stream", said()), "job_not_found"),
            (await theirs.complete(job), "job_not_found"),
            (await theirs.get(f"jobs/{job}"), "job_not_found"),
            (await theirs.get(f"jobs/{job}/costs"), "job_not_found"),
            (await theirs.patch(f"jobs/{job}/metadata", {"metadata": {}}), "job_not_found"),
        ]
        nobodys = await theirs.call("job_nobodys")
        forged = [await theirs.post(path, {**NEW, **said()}) for path in CREATING]
        forged.append(await theirs.post("jobs/create", NEW))
        mine_still = (await mine.get(f"jobs/{job}")).json()

    assert [(a.status_code, a.json()["error"]["code"]) for a, _ in asked] == [
        (404, code) for _, code in asked
    ]
    assert (
        nobodys.json()["error"]["message"].replace("job_nobodys", job)
        == (asked[0][0].json()["error"]["message"])
    )
    assert [a.status_code for a in forged] == [403, 403, 403]
    assert mine_still["status"] == "pending"


async def test_a_suspended_team_may_do_nothing_with_jobs():
    async with guild() as house, await house.team() as client:
        job = await client.create()
        await house.registry.change_team(
            "acme", lambda team: replace(team, status=Status.SUSPENDED)
        )
        asked = [
            await client.post("jobs/create", NEW),
            await client.call(job),
            await client.complete(job),
            await client.get(f"jobs/{job}"),
            await client.get("teams/acme/usage"),
        ]

    assert {(a.status_code, a.json()["error"]["code"]) for a in asked} == {(403, "team_suspended")}


async def test_a_team_of_jobs_only_calls_in_jobs_only():
    async with guild() as house, await house.team(jobs_only=True) as client:
        direct = await client.http.post("/v1/chat/completions", json={"model": "chat", **said()})
        job = await client.create()
        called = await client.call(job)

    assert (direct.status_code, direct.json()["error"]["code"]) == (403, "jobs_only")
    assert called.status_code == 200


async def test_a_job_may_use_the_models_that_its_key_may():
    async with guild() as house, await house.team(allowed_models=("held",)) as client:
        job = await client.create()
        refused = await client.call(job, model="chat")
        told = (await client.get(f"jobs/{job}")).json()

    assert refused.status_code in (403, 404)
    assert told["status"] == "pending"


async def test_the_teams_own_default_model_is_used_where_none_is_named():
    async with guild() as house, await house.team(default_model="dead") as client:
        job = await client.create()
        answer = await client.call(job)

    assert answer.status_code == 502


async def test_bodies_are_kept_where_the_team_wants_that_and_nowhere_else():
    async with guild() as house, await house.team(keeps_bodies=True) as client:
        job = await client.create()
        await client.call(job, text="keep this")
        kept = (await house.rows(Finding(job=job)))[0].detail
        async with await house.team("zeta") as other:
            job = await other.create(team_id="zeta")
            await other.call(job, text="forget this")
            forgotten = (await house.rows(Finding(job=job)))[0].detail

    assert "keep this" in kept["request"]
    assert "keep this" in kept["response"]
    assert "forget this" not in str(forgotten)


async def test_a_call_on_a_job_that_is_over_is_refused_before_it_is_made():
    async with guild() as house, await house.team() as client:
        job = await client.create()
        await client.complete(job, "failed", error_message="no need")
        answers = [await client.call(job), await client.post(f"jobs/{job}/llm-call-stream", said())]
        asked = house.app.simulator.awake.total

    assert [a.status_code for a in answers] == [409, 409]
    assert "no need" in answers[0].json()["error"]["message"]
    assert asked == 0


@pytest.mark.parametrize("path", ["jobs/create", *CREATING])
async def test_the_same_idempotency_key_is_the_same_answer_and_one_charge(path):
    async with guild() as house, await house.team() as client:
        body = NEW if path == "jobs/create" else {**NEW, **said()}
        first = await client.post(path, body, idempotency_key="k1")
        again = await client.post(f"{path}/", body, idempotency_key="k1")
        other = await client.post(path, {**body, "user_id": "u"}, idempotency_key="k1")
        asked = house.app.simulator.awake.total
        jobs = (await client.get("teams/acme/jobs")).json()["jobs"]
        held, spent, _ = await house.credits()

    assert again.text == first.text
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers.get("x-job-id") == first.headers.get("x-job-id")
    assert (again.headers["idempotent-replayed"], "idempotent-replayed" in first.headers) == (
        "true",
        False,
    )
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert (asked, len(jobs), held + spent) == (0 if path == "jobs/create" else 1, 1, 1)


@pytest.mark.parametrize("path", CREATING)
async def test_of_many_at_once_with_one_key_one_is_made(path):
    async with guild() as house, await house.team() as client:
        body = {**NEW, **said()}
        answers = await asyncio.gather(
            *(client.post(path, body, idempotency_key="k1") for _ in range(10))
        )
        asked, balance = house.app.simulator.awake.total, await house.credits()

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert (asked, balance) == (1, (0, 1, 9))


async def test_what_ended_badly_may_be_tried_again_with_its_key():
    async with guild() as house, await house.team() as client:
        body = {**NEW, **said(), "model": "dead"}
        first = await client.post(CREATING[0], body, idempotency_key="k1")
        cut = await client.post(CREATING[1], {**body, "model": "cut"}, idempotency_key="k2")
        again = await client.post(CREATING[0], body, idempotency_key="k1")
        recut = await client.post(CREATING[1], {**body, "model": "cut"}, idempotency_key="k2")

    assert (first.status_code, again.status_code) == (502, 502)
    assert first.headers["x-job-id"] != again.headers["x-job-id"]
    assert cut.headers["x-job-id"] != recut.headers["x-job-id"]


async def test_whoever_left_is_not_charged_again_under_the_same_key():
    async with guild() as house, await house.team() as client:
        body = {**NEW, **said(), "model": "held"}
        key = {"idempotency-key": "k1"}
        async with client.http.stream(
            "POST", f"/api/{CREATING[1]}", json=body, headers=key
        ) as answer:
            async for line in answer.aiter_lines():
                if '"content":"' in line:
                    break
        await house.settled(lambda held: held == (0, 1, 9))
        again = await client.post(CREATING[1], body, idempotency_key="k1")

    assert (again.status_code, again.json()["error"]["code"]) == (409, "idempotency_answer_lost")


class Cut:
    """A call with a key that is served by somebody who hangs."""

    def __init__(self):
        self.began = asyncio.Event()
        store = MemoryStore(SystemClock())
        self.counter = Counter(
            None, Once(store, SystemClock(), None), SimpleNamespace(presence=Presence()), None
        )

    async def call(self, make):
        scope = {"path": "/api/jobs/create", "headers": [(IDEMPOTENCY_KEY, b"k")]}
        caller = SimpleNamespace(team="acme")
        await only_once(self.counter, caller, scope, hangs, keep_quiet, b"{}", make)

    async def make(self, _):
        self.began.set()
        await asyncio.Event().wait()


async def hangs():
    await asyncio.Event().wait()


async def keep_quiet(_):
    pass


async def test_a_key_is_not_free_again_where_its_call_was_stopped_by_force():
    cut = Cut()
    call = asyncio.ensure_future(cut.call(cut.make))
    await cut.began.wait()
    call.cancel()
    await asyncio.wait({call})
    with pytest.raises(ProxyError) as caught:
        await cut.call(cut.make)

    assert caught.value.code == "idempotency_answer_lost"


async def test_a_key_is_free_again_where_its_call_came_to_nothing():
    cut, tries = Cut(), []

    async def fails(_):
        tries.append(1)
        raise ProxyError(Kind.SATURATED, "later")

    for _ in range(2):
        with pytest.raises(ProxyError, match="later"):
            await cut.call(fails)

    assert len(tries) == 2


async def test_two_idempotency_keys_are_one_that_is_too_odd_to_be_reused():
    async with guild() as house, await house.team() as client:
        headers = [("idempotency-key", "a"), ("idempotency-key", "b")]
        first = await client.http.post("/api/jobs/create", json=NEW, headers=headers)
        one = await client.post("jobs/create", NEW, idempotency_key="a")

    assert first.json()["job_id"] != one.json()["job_id"]


async def test_jobs_need_a_key_of_a_team_whether_others_need_one_or_not():
    async with guild(without_auth(config())) as house, house.client() as nobody:
        direct = await nobody.http.post("/v1/chat/completions", json={"model": "chat", **said()})
        answer = await nobody.post("jobs/create", NEW)
        async with await house.team() as client:
            made = await client.post("jobs/create", NEW)

    assert (direct.status_code, answer.status_code, made.status_code) == (200, 401, 200)


async def test_a_body_over_the_limit_is_a_413():
    async with guild(config(max_body=2_000)) as house, await house.team() as client:
        answer = await client.post(CREATING[0], {**NEW, **said("x" * 3_000)})

    assert answer.status_code == 413


async def test_a_body_that_was_read_is_given_once_and_then_what_comes():
    async def receive():
        return {"type": "http.disconnect"}

    given = Given(b"{}", receive)

    assert await given() == {"type": "http.request", "body": b"{}", "more_body": False}
    assert await given() == {"type": "http.disconnect"}
