"""Makes the client of redis-py that an address means, without the habits that turn an outage into a longer one.

redis-py by itself tries a command eleven times, seconds each, and would run a script twice that was cut off: every
command here is tried once.

Source: https://redis.readthedocs.io/en/stable/connections.html and redis-py 8.1 (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from redis.asyncio import Connection, ConnectionPool, Redis, RedisCluster, Sentinel, SSLConnection
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from proxy.store.redis.address import RedisAddress

Client: TypeAlias = Any
"""A client of redis-py; its classes share no base that says what they can do."""

CONNECTIONS: Final = 32
"""In use at once, from one process."""


def client(address: RedisAddress, patience: float) -> Client:
    """A client; nothing is connected yet.

    Args:
        address: Where to.
        patience: Seconds for a connection.
    """
    return _MAKERS[address.kind](address, patience)


async def close(client: Client) -> None:
    """Let go of every connection, those to the sentinels among them, which the client does not count as its own."""
    await client.aclose()
    manager = getattr(getattr(client, "connection_pool", None), "sentinel_manager", None)
    for sentinel in manager.sentinels if manager else ():
        await sentinel.aclose()


def _options(address: RedisAddress, patience: float) -> dict[str, Any]:
    return {
        "username": address.username and address.username.reveal(),
        "password": address.password and address.password.reveal(),
        # `Link` has a budget for the whole of a verb. With one of its own redis-py sends through `asyncio.wait_for`,
        # which before Python 3.12 can swallow the cancellation that ends ours.
        "socket_timeout": None,
        "socket_connect_timeout": patience,
        # More at once wait for their turn in `Link`; pools of redis-py refuse them, or know of one server only.
        "max_connections": 2 * CONNECTIONS,
        "encoding_errors": "replace",
        "retry": Retry(NoBackoff(), 0),
        # The third version begins every connection with a conversation that we have no use for.
        "protocol": 2,
        "driver_info": None,
    }


def _single(address: RedisAddress, patience: float) -> Client:
    ((host, port),) = address.hosts
    kind = SSLConnection if address.tls else Connection
    return Redis.from_pool(
        ConnectionPool(
            connection_class=kind,
            host=host,
            port=port,
            db=address.number,
            **_options(address, patience),
        )
    )


def _sentinel(address: RedisAddress, patience: float) -> Client:
    options = _options(address, patience) | {"ssl": address.tls}
    make: Callable[..., Any] = Sentinel
    sentinel = make(
        list(address.hosts),
        sentinel_kwargs=options | {"username": None, "password": None},
        db=address.number,
        **options,
    )
    return sentinel.master_for(address.service)


def _cluster(address: RedisAddress, patience: float) -> Client:
    return RedisCluster(
        startup_nodes=[ClusterNode(host, port) for host, port in address.hosts],
        ssl=address.tls,
        **_options(address, patience),
    )


_MAKERS: Final[dict[str, Callable[[RedisAddress, float], Client]]] = {
    "single": _single,
    "sentinel": _sentinel,
    "cluster": _cluster,
}
