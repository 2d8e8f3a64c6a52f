import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.store.store import StoreError
from tests.support.calling import reached
from tests.support.jobhouse import NEW, guild


async def test_a_job_is_created_pending():
    async with guild() as house, await house.team() as client:
        answer = await client.post("jobs/create", {**NEW, "user_id": "u1", "metadata": {"a": 1}})
        told = (await client.get(f"jobs/{answer.json()['job_id']}")).json()

    made = answer.json()
    assert set(made) == {"job_id", "status", "created_at"}
    assert (made["status"], told["status"]) == ("pending", "pending")
    assert (told["user_id"], told["metadata"], told["job_type"]) == ("u1", {"a": 1}, "summary")
    assert (told["started_at"], told["completed_at"]) == (None, None)


async def test_completing_is_idempotent_and_the_other_status_is_a_409():
    async with guild() as house, await house.team() as client:
        job = await client.create()
        await client.call(job)
        first = await client.complete(job, metadata={"b": 2})
        again = await client.complete(job)
        other = await client.complete(job, "failed")
        balance = await house.credits()
        told = (await client.get(f"jobs/{job}")).json()

    assert first.json() == again.json()
    assert (other.status_code, other.json()["error"]["code"]) == (409, "job_completed")
    assert balance == (0, 1, 9)
    assert (told["status"], told["metadata"], told["credit_applied"]) == ("completed", {"b": 2}, 1)


class Away:
    """A store that does not do one thing, or loses the answer, so many times. Whoever insists does so at once."""

    def __init__(self, monkeypatch, house, verb, times, *, hears=False):
        self._plain = getattr(house.app.office.store, verb)
        self._hears = hears
        self.times = times
        monkeypatch.setattr(house.app.office.store, verb, self._asked)
        monkeypatch.setattr("proxy.web.jobs.insistence.FIRST_PAUSE", 0.0)
        self.aside = house.app._jobs.lazy.parts._aside

    async def _asked(self, *arguments):
        if not self.times:
            return await self._plain(*arguments)
        self.times -= 1
        if self._hears:
            await self._plain(*arguments)
        raise StoreError("away")

    async def settled(self):
        """When nothing is done aside any more."""
        await reached(lambda: not self.aside._tasks)


@pytest.mark.parametrize(
    ("verb", "hears"), [("settle", False), ("settle", True), ("replace", True), ("balance", False)]
)
async def test_what_was_completed_is_settled_also_if_its_caller_does_not_ask_again(
    monkeypatch, verb, hears
):
    async with guild() as house, await house.team() as client:
        job = await client.create()
        away = Away(monkeypatch, house, verb, 1, hears=hears)
        answer = await client.complete(job)
        await away.settled()
        balance = await house.credits()
        told = (await client.get(f"jobs/{job}")).json()

    assert answer.status_code == 503
    assert balance == (0, 1, 9)
    assert (told["status"], told["credit_applied"]) == ("completed", 1)


async def test_what_was_not_decided_is_left_to_its_caller(monkeypatch):
    async with guild() as house, await house.team() as client:
        job = await client.create()
        away = Away(monkeypatch, house, "replace", 1)
        answer = await client.complete(job)
        await away.settled()
        told = (await client.get(f"jobs/{job}")).json()
        other = await client.complete(job, "failed")

    assert (answer.status_code, told["status"], other.status_code) == (503, "pending", 200)


async def test_of_a_job_one_insists_and_of_one_that_nobody_saw_none(monkeypatch):
    async with guild() as house, await house.team() as client:
        job = await client.create()
        away = Away(monkeypatch, house, "settle", 1_000_000)
        answers = [await client.complete(job) for _ in range(3)]
        insisting = len(away.aside._tasks)
        away.times = 0
        await away.settled()
        unseen = Away(monkeypatch, house, "get", 1)
        answers.append(await client.complete(await client.create()))
        nobody = len(unseen.aside._tasks)
        missing = await client.complete("job_no")

    assert [each.status_code for each in answers] == [503] * 4
    assert (insisting, nobody, missing.status_code) == (1, 0, 404)


async def test_what_was_decided_while_it_was_looked_at_is_looked_at_again(monkeypatch):
    async with guild() as house, await house.team() as client:
        job = await client.create()
        jobs = house.app._jobs.lazy.parts._jobs
        settle = jobs.settle
        looked = []

        async def slow(team, name):
            looked.append(name)
            await settle(team, name)
            if len(looked) == 1:
                Away(monkeypatch, house, "settle", 1)
                await client.complete(job)

        monkeypatch.setattr(jobs, "settle", slow)
        away = Away(monkeypatch, house, "replace", 1)
        answer = await client.complete(job)
        await away.settled()
        balance = await house.credits()

    assert (answer.status_code, looked) == (503, [job, job])
    assert balance == (0, 1, 9)


async def test_who_insisted_in_vain_leaves_it_to_the_next(monkeypatch):
    async with guild() as house, await house.team() as client:
        job = await client.create()
        jobs = house.app._jobs.lazy.parts._jobs
        settle = jobs.settle
        refusals = [ProxyError(Kind.MISSING, "There is no such job just now.")]

        async def once_missing(team, name):
            if refusals:
                raise refusals.pop()
            await settle(team, name)

        monkeypatch.setattr(jobs, "settle", once_missing)
        for _ in range(2):
            away = Away(monkeypatch, house, "settle", 1)
            await client.complete(job)
            await away.settled()
        balance = await house.credits()

    assert balance == (0, 1, 9)


@pytest.mark.parametrize(
    ("body", "param"),
    [({}, "status"), ({"status": "done"}, "status"), ({"status": "failed", "x": 1}, "x")],
)
async def test_a_wrong_end_is_refused_by_field(body, param):
    async with guild() as house, await house.team() as client:
        job = await client.create()
        answer = await client.post(f"jobs/{job}/complete", body)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


async def test_metadata_is_merged():
    async with guild() as house, await house.team() as client:
        job = await client.create(metadata={"a": 1, "b": 1})
        answer = (await client.patch(f"jobs/{job}/metadata", {"metadata": {"b": 2}})).json()

    assert (answer["job_id"], answer["metadata"]) == (job, {"a": 1, "b": 2})
    assert answer["updated_at"] > 0


async def test_the_costs_are_told_call_by_call():
    async with guild() as house, await house.team() as client:
        job = await client.create()
        await client.call(job, purpose="draft")
        told = (await client.get(f"jobs/{job}/costs")).json()

    assert (told["job_id"], told["team_id"], told["status"]) == (job, "acme", "in_progress")
    row = told["costs"]["breakdown"][0]
    assert (row["purpose"], row["prompt_tokens"], row["completion_tokens"]) == ("draft", 3, 3)
    assert row["cost_usd"] == told["costs"]["total_cost_usd"] == 0.009


async def test_a_team_lists_its_own_jobs_by_status_and_page_after_page():
    async with guild() as house, await house.team() as client, await house.team("zeta") as other:
        jobs = [await client.create() for _ in range(5)]
        await other.create(team_id="zeta")
        for job in jobs[::2]:
            await client.complete(job)
        first = (await client.get("teams/acme/jobs", limit=2)).json()
        rest = (await client.get("teams/acme/jobs", limit=9, cursor=first["next_cursor"])).json()
        over = (await client.get("teams/acme/jobs", status="completed", limit=2)).json()
        more = (
            await client.get("teams/acme/jobs", status="completed", cursor=over["next_cursor"])
        ).json()

    assert [job["job_id"] for job in first["jobs"] + rest["jobs"]] == jobs
    assert (first["total"], first["has_more"], rest["has_more"]) == (2, True, False)
    assert [job["job_id"] for job in over["jobs"] + more["jobs"]] == jobs[::2]


async def test_a_list_of_what_there_is_none_of_ends_early_with_a_cursor(monkeypatch):
    monkeypatch.setattr("proxy.web.jobs.records.PAGES", 2)
    async with guild() as house, await house.team() as client:
        for _ in range(5):
            await client.create()
        told = (await client.get("teams/acme/jobs", status="failed", limit=1)).json()

    assert (told["jobs"], told["has_more"]) == ([], True)


async def test_usage_is_of_a_month():
    async with guild() as house, await house.team() as client:
        job = await client.create()
        await client.call(job)
        await client.complete(job)
        await client.create(job_type="chat")
        now = (await client.get("teams/acme/usage")).json()
        same = (await client.get("teams/acme/usage", period=now["period"])).json()
        before = (await client.get("teams/acme/usage", period="2001-01")).json()

    assert now == same
    assert now["summary"] == {
        "total_jobs": 2,
        "successful_jobs": 1,
        "failed_jobs": 0,
        "total_cost_usd": 0.009,
        "total_tokens": 6,
        "avg_cost_per_job": 0.0045,
    }
    assert now["job_types"]["chat"] == {"count": 1, "cost_usd": 0.0}
    assert before["summary"]["total_jobs"] == 0


@pytest.mark.parametrize(
    ("path", "query", "status", "param"),
    [
        ("teams/acme/usage", {"period": "2026"}, 400, "period"),
        ("teams/acme/usage", {"month": "2026-01"}, 400, "month"),
        ("teams/acme/jobs", {"status": "PENDING"}, 400, "status"),
        ("teams/acme/jobs", {"limit": "0"}, 400, "limit"),
        ("teams/acme/jobs", {"offset": "5"}, 400, "offset"),
        ("teams/zeta/jobs", {}, 403, "team_id"),
        ("teams/zeta/usage", {}, 403, "team_id"),
    ],
)
async def test_a_wrong_question_is_refused_by_name(path, query, status, param):
    async with guild() as house, await house.team() as client:
        answer = await client.get(path, **query)

    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


async def test_a_job_left_open_is_shown_as_failed(monkeypatch):
    async with guild() as house, await house.team() as client:
        job = await client.create()
        monkeypatch.setattr("proxy.gate.jobs.job.LASTS", 0.0)
        told = (await client.get(f"jobs/{job}")).json()
        listed = (await client.get("teams/acme/jobs", status="failed")).json()["jobs"]

    assert (told["status"], told["error_message"]) == ("failed", "job_timeout")
    assert [each["job_id"] for each in listed] == [job]


async def test_what_a_team_is_called_makes_no_difference():
    async with guild() as house, await house.team("A.b-c_1") as client:
        job = await client.create(team_id="A.b-c_1")
        listed = (await client.get("teams/A.b-c_1/jobs")).json()

    assert [each["job_id"] for each in listed["jobs"]] == [job]
