"""Keys, limits, credits and records, from a caller's side: over sockets, with the simulated providers behind."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from proxy.app import App
from proxy.config.schema import Alias, Auth, Config, Provider, Server, StaticKey, TargetRef
from proxy.core import jsons
from proxy.core.secret import Secret
from proxy.gate.registry import Registry
from proxy.gate.tenants import Allowance, Key, Mode, Status, Team
from proxy.store.records import Finding
from tests.support.canary import CANARY
from tests.support.house import running
from tests.support.patience import PATIENT
from tests.support.rawclient import RawClient, post

MESSAGES = [{"role": "user", "content": "hello there"}]
PRICED = Mode.CONSUMPTION_TOKENS


def configured(simulator):
    """Callers need keys; one target is for one call a minute."""
    providers = {
        "claude": Provider("claude", "", "anthropic", simulator),
        "gpt": Provider("gpt", "", "openai", f"{simulator}/v1"),
    }
    aliases = {
        "chat": (TargetRef("gpt", "echo"),),
        "rated": (TargetRef("gpt", "echo", limits={"rpm": 1}), TargetRef("claude", "echo")),
        "shut": (TargetRef("gpt", "lorem", limits={"rpm": 1}),),
        "long": (TargetRef("gpt", "held"),),
        "broken": (TargetRef("gpt", "fail-500"),),
        "native": (TargetRef("claude", "echo"),),
        "native-long": (TargetRef("claude", "held"),),
        "native-cut": (TargetRef("claude", "cut"),),
    }
    models = {name: Alias(name, cascade) for name, cascade in aliases.items()}
    return Config(auth=Auth(required=True), providers=providers, models=models)


@pytest.fixture(scope="module")
def house():
    with running(configured) as house:
        yield house


class Tenant:
    """A team and a key of it."""

    def __init__(self, house, team, **said):
        self.house, self.office = house, house.app.office
        self.registry = Registry(self.office.store, house.app._clock, self.office.gate.forget)
        self.team = team.id
        house.wait(self.registry.add_team(team))
        self.key, self.secret = house.wait(self.registry.issue(Key("", team.id, "", **said)))

    def call(self, model="chat", path="/chat/completions", **more):
        body = {"model": model, "messages": MESSAGES, **more}
        return httpx.post(
            self.house.base_url + path,
            json={name: value for name, value in body.items() if value is not None},
            headers={"authorization": f"Bearer {self.secret.reveal()}"},
            timeout=PATIENT,
        )

    def get(self, path):
        headers = {"x-api-key": self.secret.reveal()}
        return httpx.get(self.house.base_url + path, headers=headers, timeout=PATIENT)

    def rows(self):
        self.house.wait(self.office.gate.settler.flush())
        return self.house.wait(self.office.store.rows(Finding(team=self.team)))

    def credits(self):
        self.house.wait(self.office.gate.settler.flush())
        return self.house.wait(self.registry.credits(self.team))


def test_a_key_of_the_store_calls_and_its_call_is_in_the_books(house):
    tenant = Tenant(house, Team("books", "org"))
    answer = tenant.call()
    (row,) = tenant.rows()

    assert answer.status_code == 200
    assert (row.team, row.key, row.organization) == ("books", tenant.key.id, "org")
    assert (row.alias, row.target, row.outcome, row.status) == ("chat", "gpt/echo", "served", 200)
    assert row.prompt_tokens == answer.json()["usage"]["prompt_tokens"]
    assert row.completion_tokens == answer.json()["usage"]["completion_tokens"]
    assert row.detail["request_id"] == answer.headers["x-request-id"]
    assert row.detail["attempts"][0]["result"] == "served"


def test_nobody_comes_in_without_a_good_key(house):
    tenant = Tenant(house, Team("out"))
    url = house.base_url + "/chat/completions"
    body = {"model": "chat", "messages": MESSAGES}
    unknown = httpx.post(
        url, json=body, headers={"authorization": f"Bearer {CANARY}"}, timeout=PATIENT
    )
    missing = httpx.post(url, json=body, timeout=PATIENT)
    house.wait(tenant.registry.revoke(tenant.key.id))
    revoked = tenant.call()
    told = [answer.json()["error"]["message"] for answer in (unknown, missing, revoked)]

    assert [answer.status_code for answer in (unknown, missing, revoked)] == [401] * 3
    assert len(set(told)) == 1
    assert CANARY not in unknown.text + str(unknown.headers)
    assert tenant.rows() == []


def test_a_suspended_team_and_a_team_of_jobs_are_told_so(house):
    suspended, jobs = Tenant(house, Team("suspended")), Tenant(house, Team("jobs", jobs_only=True))
    change = lambda team: replace(team, status=Status.SUSPENDED)  # noqa: E731 (one line of a table)
    house.wait(suspended.registry.change_team("suspended", change))

    assert (suspended.call().status_code, suspended.get("/models").status_code) == (403, 403)
    assert (jobs.call().status_code, jobs.get("/models").status_code) == (403, 200)
    assert [row.outcome for row in jobs.rows()] == ["refused"]


def test_a_key_sees_and_calls_what_it_and_its_team_may(house):
    tenant = Tenant(
        house, Team("lists", allowed_models=("chat", "long")), allowed_models=("chat", "broken")
    )
    listed = [card["id"] for card in tenant.get("/models").json()["data"]]

    assert listed == ["chat"]
    assert [tenant.call(model).status_code for model in ("chat", "long", "broken")] == [
        200,
        403,
        403,
    ]


def test_a_team_has_a_model_for_calls_that_name_none(house):
    tenant = Tenant(house, Team("default", default_model="chat"))

    assert tenant.call(None).status_code == 200
    assert [row.asked for row in tenant.rows()] == ["chat"]


def test_callers_read_what_is_left_of_their_limits_and_hear_when_there_is_more(house):
    tenant = Tenant(house, Team("limited"), allowance=Allowance(rpm=2, tpm=100_000))
    first, second, third = (tenant.call(max_tokens=50) for _ in range(3))
    headers = third.headers

    assert [answer.status_code for answer in (first, second, third)] == [200, 200, 429]
    assert first.headers["x-ratelimit-limit-requests"] == "2"
    assert first.headers["x-ratelimit-remaining-requests"] == "1"
    assert 99_900 < int(first.headers["x-ratelimit-remaining-tokens"]) < 100_000
    assert first.headers["x-ratelimit-reset-requests"].endswith("s")
    assert third.json()["error"]["code"] == "rate_limit_exceeded"
    assert 0 < int(headers["retry-after"]) <= 30
    assert headers["x-ratelimit-remaining-requests"] == "0"
    assert [row.status for row in tenant.rows()] == [200, 200, 429]


def test_a_stream_tells_what_is_left_in_its_head(house):
    tenant = Tenant(house, Team("streamed"), allowance=Allowance(rpm=5))
    answer = tenant.call(stream=True)
    (row,) = tenant.rows()

    assert answer.headers["x-ratelimit-remaining-requests"] == "4"
    assert answer.text.endswith("data: [DONE]\n\n")
    assert (row.stream, row.outcome) == (True, "served")
    assert row.completion_tokens > 0
    assert row.ttft_ms > 0


def test_a_target_that_has_no_more_is_passed_over_like_one_that_rests(house):
    tenant = Tenant(house, Team("rated"))
    first, second = tenant.call("rated"), tenant.call("rated")

    assert first.headers["x-firstbyte-cascade"] == "gpt/echo=served"
    assert second.headers["x-firstbyte-cascade"] == "gpt/echo=rate_limit, claude/echo=served"
    assert second.headers["x-firstbyte-attempts"] == "1"


def test_where_every_target_has_no_more_the_caller_may_come_back(house):
    tenant = Tenant(house, Team("shut"))
    first, second = tenant.call("shut"), tenant.call("shut")

    assert (first.status_code, second.status_code) == (200, 429)
    assert int(second.headers["retry-after"]) == 60
    assert second.json()["error"]["attempts"][0]["code"] == "rate_limit"


def test_credits_are_needed_before_and_charged_after_a_call(house):
    tenant = Tenant(house, Team("credits", mode=PRICED, tokens_per_credit=100_000))
    before = tenant.call()
    house.wait(tenant.registry.grant("credits", 2, "g1"))
    calls = [tenant.call().status_code for _ in range(2)]
    after = tenant.call()
    balance = tenant.credits()

    assert (before.status_code, calls, after.status_code) == (402, [200, 200], 402)
    assert before.json()["error"]["code"] == "insufficient_quota"
    assert before.headers["x-should-retry"] == "false"
    assert (balance.held, balance.spent, balance.remaining) == (0, 2, 0)


def test_a_call_that_nobody_serves_costs_nothing_and_is_in_the_books(house):
    tenant = Tenant(house, Team("broken", mode=PRICED))
    house.wait(tenant.registry.grant("broken", 10, "g1"))
    answer = tenant.call("broken")
    (row,) = tenant.rows()

    assert answer.status_code == 502
    assert (row.outcome, row.target, row.detail["attempts"][0]["status"]) == ("failed", "", 500)
    assert (tenant.credits().held, tenant.credits().spent) == (0, 0)


def test_a_call_that_is_refused_for_its_body_is_in_the_books(house):
    tenant = Tenant(house, Team("bodies", keeps_bodies=True))
    refused = tenant.call(messages=[])
    served = tenant.call()
    first, second = tenant.rows()

    assert (refused.status_code, served.status_code) == (400, 200)
    assert (first.outcome, first.detail["error"]) == ("refused", "invalid_request")
    assert "hello there" in second.detail["request"]
    assert second.detail["response"] == served.text
    assert "hello there" not in repr(Tenant(house, Team("quiet")).rows())


def test_a_caller_who_leaves_pays_for_what_was_used_once(house):
    tenant = Tenant(house, Team("left", mode=PRICED, tokens_per_credit=1))
    house.wait(tenant.registry.grant("left", 10_000, "g1"))
    body = {"model": "long", "messages": MESSAGES, "stream": True}
    headers = {"authorization": f"Bearer {tenant.secret.reveal()}"}
    url = house.base_url + "/chat/completions"
    with httpx.stream("POST", url, json=body, headers=headers, timeout=PATIENT) as answer:
        lines = answer.iter_lines()
        for _ in range(20):
            next(lines)

    async def settled():
        while not await tenant.office.store.rows(Finding(team="left")):
            await asyncio.sleep(0.01)

    house.wait(settled())
    (row,) = tenant.rows()
    balance = tenant.credits()

    assert (row.outcome, row.detail["usage_is_estimate"]) == ("cancelled", True)
    assert 0 < row.completion_tokens < 4000
    assert balance.spent == row.prompt_tokens + row.completion_tokens
    assert balance.held == 0


@pytest.mark.parametrize(
    ("model", "outcome"), [("native-long", "cancelled"), ("native-cut", "cut")]
)
def test_who_leaves_or_is_cut_pays_for_the_prompt_that_the_provider_told(house, model, outcome):
    tenant = Tenant(house, Team(model, mode=PRICED, tokens_per_credit=1))
    house.wait(tenant.registry.grant(model, 10_000, "g1"))
    told = tenant.call("native").json()["usage"]["prompt_tokens"]
    body = {"model": model, "messages": MESSAGES, "stream": True}
    headers = {"authorization": f"Bearer {tenant.secret.reveal()}"}
    url = house.base_url + "/chat/completions"
    with httpx.stream("POST", url, json=body, headers=headers, timeout=PATIENT) as answer:
        lines = answer.iter_lines()
        for _ in range(20):
            next(lines, "")

    house.eventually(lambda: len(tenant.rows()) == 2)
    served, row = tenant.rows()
    ended = house.facts[-1]

    assert (row.outcome, row.detail["usage_is_estimate"]) == (outcome, True)
    assert row.prompt_tokens == told == ended.usage.prompt
    assert row.completion_tokens == ended.usage.completion > 0
    assert tenant.credits().spent == sum(
        each.prompt_tokens + each.completion_tokens for each in (served, row)
    )


CALLS = 60
CREDITS = 20


@asynccontextmanager
async def replica(store, echo=""):
    """A proxy of several over one store."""
    config = Config(
        server=Server(port=0, ops_host=""),
        auth=Auth(required=True),
        store=Secret(store),
        store_timeout=PATIENT,
    )
    app = App(config, observers=[])
    host, port = app.server.bind()
    await app.start()
    serving = asyncio.ensure_future(app.server.serve())
    try:
        yield app, f"http://{host}:{port}/v1/chat/completions"
    finally:
        app.server.drain()
        await serving
        await app.aclose()


async def test_two_replicas_spend_every_credit_once_and_none_twice(tmp_path):
    store = f"sqlite:{tmp_path}/calls.db"
    async with replica(store) as (one, here), replica(store) as (other, there):
        registry = Registry(one.office.store, one._clock, one.office.gate.forget)
        await registry.add_team(Team("acme", mode=PRICED, tokens_per_credit=100_000))
        await registry.grant("acme", CREDITS, "g1")
        _, secret = await registry.issue(Key("", "acme", ""))
        headers = {"authorization": f"Bearer {secret.reveal()}"}
        body = {"model": "mock/echo", "messages": MESSAGES, "max_tokens": 10}
        async with httpx.AsyncClient(headers=headers, timeout=2 * PATIENT) as client:
            answers = await asyncio.gather(
                *(client.post((here, there)[n % 2], json=body) for n in range(CALLS))
            )
        for app in (one, other):
            await app.office.gate.settler.flush()
        balance = await registry.credits("acme")
        rows = await one.office.store.rows(Finding())
        faults = await one.office.store.check()

    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(200), statuses.count(402)) == (CREDITS, CALLS - CREDITS)
    assert (balance.held, balance.spent, balance.remaining) == (0, CREDITS, 0)
    assert (len(rows), faults) == (CALLS, [])


async def test_a_head_that_is_known_opens_no_more_than_its_key_does_now():
    one, other = (StaticKey(Secret(f"fb-{name}"), name, ()) for name in ("blue", "red"))
    config = Config(
        server=Server(port=0, ops_host=""), auth=Auth(required=True, stated=True, keys=(one,))
    )
    app = App(config, observers=[])
    address = app.server.bind()
    await app.start()
    serving = asyncio.ensure_future(app.server.serve())
    body = jsons.encode({"model": "mock/echo", "messages": MESSAGES})
    call = post("/v1/chat/completions", body, "authorization: Bearer fb-blue")
    async with await RawClient.connect(address) as client:
        before = [(await client.ask(call)).status for _ in range(3)]
        app.adopt(replace(config, auth=Auth(required=True, stated=True, keys=(other,))))
        after = (await client.ask(call)).status
        app.adopt(config)
        again = (await client.ask(call)).status
    app.server.drain()
    await serving
    await app.aclose()

    assert (before, after, again) == ([200, 200, 200], 401, 200)
