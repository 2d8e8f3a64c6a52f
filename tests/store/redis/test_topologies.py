"""The same store behind real sentinels, through a failover, and in a real cluster."""

import asyncio

import pytest

from proxy.store.records import Ask, Balance, Document, Granted, Hold, Table
from proxy.store.redis.address import parse
from proxy.store.redis.store import RedisStore
from proxy.store.store import StoreError
from tests.support.patience import PATIENT
from tests.support.redisserver import RedisServer


@pytest.fixture
def servers():
    made = []

    def start(*options, **named):
        made.append(RedisServer(*options, **named).start())
        return made[-1]

    yield start
    for server in made:
        server.end()


async def until(condition):
    while not (found := await condition()):
        await asyncio.sleep(0.02)
    return found


async def spend(store, name):
    return await store.admit(Ask(holds=(Hold(name, "credits:acme", 1, 60),)))


async def test_everything_of_a_deployment_lies_on_one_node_of_a_cluster(servers):
    nodes = [servers("--cluster-enabled", "yes") for _ in range(2)]
    nodes[0].call("CLUSTER", "ADDSLOTSRANGE", "0", "8000")
    nodes[1].call("CLUSTER", "ADDSLOTSRANGE", "8001", "16383")
    nodes[0].call("CLUSTER", "MEET", "127.0.0.1", nodes[1].port)

    async def joined():
        told = [node.call("CLUSTER", "INFO").decode() for node in nodes]
        return all("state:ok" in each and "known_nodes:2" in each for each in told)

    await until(joined)
    store = RedisStore(parse(f"redis+cluster://127.0.0.1:{nodes[0].port}"), patience=PATIENT)
    await store.open()
    await store.insert(Table.KEYS, Document("k1", {"n": 1}, "acme", "m"))
    await store.grant("credits:acme", 3, "g1")
    granted = await spend(store, "h1")
    found = await store.marked(Table.KEYS, "m")
    balance, lines, wrong = (
        await store.balance("credits:acme"),
        await store.entries(account="credits:acme"),
        await store.check(),
    )
    await store.close()

    assert isinstance(granted, Granted)
    assert found.data == {"n": 1}
    assert balance == Balance("credits:acme", 3, 1)
    assert [line.kind for line in lines] == ["grant", "hold"]
    assert wrong == []
    assert sorted(bool(node.call("DBSIZE")) for node in nodes) == [False, True]


async def test_a_cluster_none_of_whose_nodes_answers_is_away_until_one_does(servers):
    node = servers("--cluster-enabled", "yes", "--appendfsync", "always")
    node.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383")

    async def whole():
        return "state:ok" in node.call("CLUSTER", "INFO").decode()

    await until(whole)
    store, second = (
        RedisStore(parse(f"redis+cluster://127.0.0.1:{node.port}"), patience=PATIENT)
        for _ in range(2)
    )
    await store.open()
    await store.grant("credits:acme", 3, "g1")
    node.kill()
    # The first finds a connection that broke, the next a cluster without a node; behind them the breaker is open.
    for _ in range(5):
        with pytest.raises(StoreError, match="does not answer"):
            await spend(store, "h1")
    with pytest.raises(StoreError, match="does not answer"):
        await second.open()
    node.restart()

    async def spent():
        try:
            return isinstance(await spend(store, "h1"), Granted)
        except StoreError:
            return False

    await until(spent)
    balance = await store.balance("credits:acme")
    await store.close()

    assert balance == Balance("credits:acme", 3, 1)


async def test_sentinels_lead_to_the_next_server_when_the_first_is_gone(servers):
    first = servers("--repl-diskless-sync-delay", "0")
    second = servers("--replicaof", "127.0.0.1", str(first.port))
    sentinel = servers(
        "--sentinel",
        conf=f"sentinel monitor main 127.0.0.1 {first.port} 1\n"
        "sentinel failover-timeout main 3000\n",
    )

    async def replicating():
        info = first.call("INFO", "replication")
        seen = sentinel.call("SENTINEL", "REPLICAS", "main")
        return info["connected_slaves"] == 1 and len(seen) == 1

    await until(replicating)
    store = RedisStore(parse(f"redis+sentinel://127.0.0.1:{sentinel.port}/main"), patience=PATIENT)
    await store.open()
    await store.grant("credits:acme", 3, "g1")
    await spend(store, "h1")
    assert first.call("WAIT", "1", "0") == 1
    # Impatient only from now on: it would take a server for gone that this machine gives no time for a moment.
    sentinel.call("SENTINEL", "SET", "main", "down-after-milliseconds", "300")
    first.kill()

    async def spent():
        try:
            return isinstance(await spend(store, "h2"), Granted)
        except StoreError:
            return False

    await until(spent)
    balance, wrong = await store.balance("credits:acme"), await store.check()
    await store.close()

    assert balance == Balance("credits:acme", 3, 2)
    assert wrong == []
    assert second.call("ROLE")[0] == b"master"
