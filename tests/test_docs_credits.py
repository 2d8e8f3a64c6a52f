"""docs/credits.md is held to the code: each step of its example is done, and the credits are looked at."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.gate.caller import Tariff
from proxy.gate.credits import account_of, hold_of, price_of
from proxy.gate.jobs.bodies import End
from proxy.gate.jobs.job import Running, State
from proxy.gate.tenants import CREDITS_PER_DOLLAR, TOKENS_PER_CREDIT, Mode
from proxy.store.records import Ask, Settlement, Short
from proxy.web.jobs.rows import rows
from tests.support.jobs import BY_JOB, BY_USD, CALLER, SUMMARY, Shop, done

TEXT = (Path(__file__).parents[1] / "docs" / "credits.md").read_text()
BY_TOKENS = Tariff(Mode.CONSUMPTION_TOKENS, CREDITS_PER_DOLLAR, TOKENS_PER_CREDIT)


def tables():
    """The tables with columns of credits: a list of (step, figures) each."""
    found = re.findall(r"\| step \|[^\n]*\n\|[-|]+\n((?:\|[^\n]*\n)+)", TEXT)
    return [
        [
            (cells[0], tuple(int(cell) for cell in cells[1:]))
            for cells in (
                [c.strip() for c in line.strip("|").split("|")] for line in table.splitlines()
            )
        ]
        for table in found
    ]


class Team:
    """Does what the steps say."""

    def __init__(self, tariff):
        self.shop = Shop()
        self.tariff = tariff
        self.jobs = {}
        self.count = 0

    async def grant(self, amount):
        await self.shop.store.grant(account_of("acme"), amount, "first")

    async def create(self, name="job"):
        self.jobs[name] = (await self.shop.jobs.create(SUMMARY, CALLER, self.tariff)).id

    async def refused(self):
        with pytest.raises(ProxyError) as caught:
            await self.create("refused")
        assert caught.value.kind is Kind.UNPAID

    async def begin(self, name="job", tokens=0, micros=0):
        self.count += 1
        await self.shop.jobs.begin(
            "acme", self.jobs[name], Running(f"c{self.count}", tokens, micros)
        )

    async def end(self, name="job", tokens=0, micros=0):
        await self.shop.jobs.end("acme", self.jobs[name], done(f"c{self.count}", tokens, micros))

    async def call(self, name="job", tokens=0):
        await self.begin(name, tokens)
        await self.end(name, tokens)

    async def complete(self, name="job", state=State.COMPLETED):
        await self.shop.jobs.close("acme", self.jobs[name], End(state))

    async def hold(self, tokens=0, usd="0"):
        self.count += 1
        price = price_of(self.tariff, Decimal(usd), tokens)
        hold = hold_of("acme", f"d{self.count}", price, 60)
        return await self.shop.store.admit(Ask(holds=(hold,)))

    async def settle(self, tokens=0, usd="0"):
        price = price_of(self.tariff, Decimal(usd), tokens)
        await self.shop.store.settle([Settlement(f"d{self.count}:credits", price)])

    @property
    async def figures(self):
        found = await self.shop.store.balance(account_of("acme"))
        return found.granted, found.held, found.spent, found.remaining


async def in_job_mode(team):
    await team.grant(3)
    yield
    await team.create("A")
    yield
    for _ in range(2):
        await team.call("A", 3_000)
    yield
    await team.complete("A")
    yield
    await team.complete("A")
    yield
    await team.create("B")
    yield
    await team.complete("B", State.FAILED)
    yield
    for name in "CD":
        await team.create(name)
    yield
    await team.refused()
    yield


async def by_usd(team):
    await team.grant(100)
    yield
    await team.create()
    yield
    for _ in range(2):
        await team.begin(micros=300_000)
        yield
        await team.end(micros=76_000)
        yield
    await team.complete()
    yield
    await team.hold(usd="0.30")
    yield
    await team.settle(usd="0.076")
    yield


async def by_tokens(team):
    await team.grant(10)
    yield
    await team.create()
    for _ in range(9):
        await team.call(tokens=5_000)
    yield
    await team.complete()
    yield
    await team.hold(45_000)
    await team.settle(45_000)
    yield
    assert isinstance(await team.hold(1), Short)
    yield


@pytest.mark.parametrize(
    ("table", "tariff", "steps"),
    [(0, BY_JOB, in_job_mode), (1, BY_USD, by_usd), (2, BY_TOKENS, by_tokens)],
    ids=["job_based", "consumption_usd", "consumption_tokens"],
)
async def test_each_step_of_the_example_comes_to_what_it_says(table, tariff, steps):
    team = Team(tariff)
    came = [(await team.figures) async for _ in steps(team)]

    assert came == [figures for _, figures in tables()[table]]
    assert await team.shop.store.check() == []


def test_the_defaults_are_those_that_are_told():
    assert (BY_USD.credits_per_dollar, CREDITS_PER_DOLLAR) == (10, 10)
    assert BY_TOKENS.tokens_per_credit == 10_000


def test_every_route_of_jobs_stands_there():
    table = rows(lambda name: name)
    told = re.findall(r"`((?:GET|POST|PATCH) /api/[^`?]*)", TEXT)

    assert set(told) == {row.line for row in table}
