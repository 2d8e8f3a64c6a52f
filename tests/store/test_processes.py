"""Several processes on one store, and processes that die while they write to it: nothing is lost, nothing is counted twice."""

import asyncio
import os
import random
import subprocess
import sys

import pytest

from proxy.store.address import store_at
from proxy.store.records import Balance, Finding, Settled
from tests.support.patience import PATIENT
from tests.support.redisserver import shared
from tests.support.spending import ACCOUNT, LANES, ask, end

KILLS = int(os.environ.get("FIRSTBYTE_KILLS", "10"))


def spending(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.spending", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def sqlite(folder):
    return f"sqlite:{folder}/store.db"


def redis(folder):
    server = shared()
    server.flush()
    return server.url


@pytest.fixture(params=[sqlite, redis], ids=["sqlite", "redis"])
def address(request, tmp_path):
    return request.param(tmp_path)


async def opened(address):
    store = store_at(address, patience=PATIENT)
    await store.open()
    return store


async def test_400_spends_of_two_processes_on_100_credits_are_100_and_300(address):
    store = await opened(address)
    await store.grant(ACCOUNT, 100, "g1")
    processes = [spending("together", address, prefix, "200") for prefix in ("a", "b")]
    for process in processes:
        assert process.stdout.readline() == "ready 0\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    told = await asyncio.gather(*(asyncio.to_thread(each.communicate) for each in processes))
    counts = [tuple(map(int, out.split())) for out, _ in told]
    balance, rows, wrong = (
        await store.balance(ACCOUNT),
        await store.rows(Finding()),
        await store.check(),
    )
    await store.close()

    assert (sum(granted for granted, _ in counts), sum(short for _, short in counts)) == (100, 300)
    assert balance == Balance(ACCOUNT, 100, 0, 100)
    assert len(rows) == 100
    assert wrong == []


def killed(address, prefix, lines):
    """What a process said before it was killed, once it had said so many lines."""
    process = spending("on", address, prefix)
    said = [process.stdout.readline() for _ in range(lines)]
    process.kill()
    said += process.stdout.readlines()
    process.communicate()
    heard = {"ready": set(), "asking": set(), "granted": set(), "settled": set()}
    for line in said:
        what, name = line.split()
        heard[what].add(name)
    return heard


async def test_a_process_that_is_killed_anywhere_loses_and_doubles_nothing(tmp_path):
    address = sqlite(tmp_path)
    store = await opened(address)
    await store.grant(ACCOUNT, 10**9, "g1")
    dice = random.Random(7)
    everybody = set()
    for n in range(KILLS):
        heard = await asyncio.to_thread(killed, address, f"p{n}-", dice.randint(1, 90))
        everybody |= heard["asking"]
        await everything_that_was_answered_is_there(store, heard)

    balance = await store.balance(ACCOUNT)
    assert balance == Balance(ACCOUNT, 10**9, 0, len(everybody))
    assert await store.check() == []
    await store.close()


async def everything_that_was_answered_is_there(store, heard):
    """And saying all of it again, as a caller would who heard no answer, makes it whole and no more."""
    assert await store.check() == []
    there = {row.id for row in await store.rows(Finding(), limit=10**6)}
    assert heard["settled"] <= there
    unanswered = heard["asking"] - heard["settled"]
    assert len(unanswered) <= LANES

    before = await store.balance(ACCOUNT)
    known = len((heard["granted"] | there) & unanswered)
    assert before.held <= len(unanswered)
    assert before.held >= known - len(there & unanswered)
    for name in unanswered:
        await store.admit(ask(name))
        assert await store.conclude([end(name)]) == [Settled(name, 1)]
        assert await store.conclude([end(name)]) == [Settled(name, 1)]
