"""A whole proxy that asks for keys, with a team that has credits, and clients of its jobs."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import httpx

from proxy.app import App
from proxy.config.schema import Alias, Auth, Config, Server, TargetRef
from proxy.core import jsons
from proxy.core.facts import CallEnded
from proxy.core.price import Price
from proxy.core.secret import Secret
from proxy.gate.credits import account_of
from proxy.gate.registry import Registry
from proxy.gate.tenants import Key, Team
from proxy.sim.script import Behaviour, Fault, Mode, Source
from tests.support.calling import reached
from tests.support.patience import PATIENT

PRICED = Price(input=Decimal(1_000), output=Decimal(2_000))
"""A thousandth of a dollar for each token that is read, two for each that is written."""
SIMULATED = {
    "held": Behaviour(Source.LOREM, words=400, gap=0.02),
    "silent": Behaviour(fault=Fault(Mode.STALL, after=0)),
}


def config(store="memory:", **server):
    """Aliases over the simulated models, and what `echo` costs."""
    refs = {
        "chat": ["mock/echo"],
        "dead": ["mock/fail-500"],
        "cut": ["mock/cut"],
        "held": ["mock/held"],
        "silent": ["mock/silent"],
    }
    return Config(
        server=Server(**{"port": 0, "ops_port": 0, "drain_timeout": 1.0, **server}),
        auth=Auth(required=True, stated=True),
        store=Secret(store),
        store_timeout=PATIENT,
        default_model="chat",
        models={
            name: Alias(name, tuple(TargetRef(*each.split("/", 1)) for each in targets))
            for name, targets in refs.items()
        },
        prices={"mock/echo": PRICED},
    )


class Guild:
    """A running proxy."""

    def __init__(self, app, address):
        self.app = app
        self.base_url = "http://{}:{}".format(*address)
        self.ops_url = "http://{}:{}".format(*app.ops_address)
        self._heard = []
        self.registry = Registry(app.office.store, app._clock, app.office.gate.forget)
        app.observe(self)

    def on(self, fact):
        self._heard.append(fact)

    @property
    def facts(self):
        """All that has happened; an observer hears of it a little later."""
        self.app.news.flush()
        return self._heard

    @property
    def ended(self):
        return [fact for fact in self.facts if isinstance(fact, CallEnded)]

    async def team(self, name="acme", funds=10, **fields):
        """A team with credits; gives a client that has a key of it."""
        await self.registry.add_team(Team(name, **fields))
        if funds:
            await self.registry.grant(name, funds, f"{name}-{funds}")
        _, secret = await self.registry.issue(Key("", name, ""))
        return self.client(secret.reveal())

    def client(self, key=None):
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return JobClient(httpx.AsyncClient(base_url=self.base_url, headers=headers, timeout=60))

    async def credits(self, team="acme"):
        """Held, spent and remaining."""
        found = await self.app.office.store.balance(account_of(team))
        return found.held, found.spent, found.remaining

    async def settled(self, condition):
        """Let everything go on until something holds of the credits."""

        async def look():
            while not condition(await self.credits()):
                await asyncio.sleep(0)

        await asyncio.wait_for(look(), 60)

    async def rows(self, finding):
        """What is kept of calls, when all of it is told."""
        await self.app.office.gate.settler.flush()
        return await self.app.office.store.rows(finding)

    async def until_ended(self, count):
        await asyncio.wait_for(reached(lambda: len(self.ended) >= count), 60)


class JobClient:
    """Somebody with a key."""

    def __init__(self, http):
        self.http = http

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.http.aclose()

    async def post(self, path, body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(f"/api/{path}", json=body or {}, headers=named)

    async def get(self, path, **query):
        return await self.http.get(f"/api/{path}", params=query)

    async def patch(self, path, body):
        return await self.http.patch(f"/api/{path}", json=body)

    async def create(self, **fields):
        answer = await self.post("jobs/create", {**NEW, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()["job_id"]

    async def call(self, job, text="one two three", **fields):
        return await self.post(f"jobs/{job}/llm-call", {**said(text), **fields})

    async def complete(self, job, status="completed", **fields):
        return await self.post(f"jobs/{job}/complete", {"status": status, **fields})


NEW = {"team_id": "acme", "job_type": "summary"}


def said(text="one two three"):
    return {"messages": [{"role": "user", "content": text}]}


def events(text):
    """The chunks of a stream, `[DONE]` as a string."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [line if line == "[DONE]" else jsons.decode(line.encode()) for line in lines]


def words(chunks):
    """What a stream said."""
    found = (chunk["choices"] for chunk in chunks if chunk != "[DONE]")
    return "".join(c["delta"].get("content") or "" for choices in found for c in choices)


@asynccontextmanager
async def guild(settings=None):
    """Serve; gives a `Guild`."""
    app = App(settings or config(), observers=[])
    address = app.bind()
    await app.start()
    for name, behaviour in SIMULATED.items():
        app.simulator.awake.add(name, behaviour)
    task = asyncio.ensure_future(app.serve())
    try:
        yield Guild(app, address)
    finally:
        app.server.drain()
        app.server.drain()
        await task
        await app.aclose()


def without_auth(settings):
    """The same, and nobody needs a key."""
    return replace(settings, auth=Auth())
