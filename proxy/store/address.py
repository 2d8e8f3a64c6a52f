"""From the setting `store:` to a store.

    memory:              one process; gone when it ends
    sqlite:PATH          one machine: a file, beside the configuration or with an absolute path
    redis://… rediss://… redis+sentinel://… redis+cluster://…    several machines; see `redis/address.py`

The libraries of a store are loaded when it is the one that is used: redis-py alone would take a third of the start.

Invariant: no message says more of an address than its hosts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from proxy.core.clock import Clock
from proxy.store.memory import MemoryStore
from proxy.store.patience import PATIENCE
from proxy.store.redis.address import RedisAddress, parse
from proxy.store.store import Store

EXPECTED: Final = (
    "memory:, sqlite:PATH, redis://HOST, rediss://, redis+sentinel:// or redis+cluster://"
)


class AddressError(ValueError):
    """It is no store's address; the message says what was expected, and repeats nothing that may be secret."""


def store_at(address: str, clock: Clock | None = None, patience: float = PATIENCE) -> Store:
    """A store, not open yet.

    Args:
        address: As `store:` has it.
        clock: Time.
        patience: Seconds that a call waits for it.

    Raises:
        AddressError: the address names none.
    """
    kind = address.partition(":")[0]
    make = _MAKERS.get(kind) or (_redis if kind.startswith("redis") else None)
    if make is None or ":" not in address:
        raise AddressError(f"expected {EXPECTED}")
    return make(address, clock, patience)


def check(address: str) -> None:
    """See that an address names a store, without making one.

    Raises:
        AddressError: it names none.
    """
    if address.partition(":")[0].startswith("redis"):
        _parsed(address)
    else:
        store_at(address)


def shown(address: str) -> str:
    """An address for people: no user, no password.

    Raises:
        AddressError: it names no store.
    """
    if address.partition(":")[0].startswith("redis"):
        return str(_parsed(address))
    check(address)
    return address


def _memory(address: str, clock: Clock | None, _patience: float) -> Store:
    if address != "memory:":
        raise AddressError("expected nothing after `memory:`")
    return MemoryStore(clock)


def _sqlite(address: str, clock: Clock | None, patience: float) -> Store:
    path = address.partition(":")[2]
    # What other programs take: `sqlite:///relative`, `sqlite:////absolute`. Here they would make a folder named so.
    if not path or path.startswith("//"):
        raise AddressError(
            "expected a path after `sqlite:`, as in sqlite:firstbyte.db or sqlite:/var/lib/firstbyte.db"
        )
    from proxy.store.sqlite.store import SqliteStore  # noqa: PLC0415 (loaded where it is used)

    return SqliteStore(path, clock, patience)


def _redis(address: str, clock: Clock | None, patience: float) -> Store:
    from proxy.store.redis.store import RedisStore  # noqa: PLC0415 (loaded where it is used)

    return RedisStore(_parsed(address), clock, patience)


def _parsed(address: str) -> RedisAddress:
    try:
        return parse(address)
    except ValueError as error:
        raise AddressError(str(error)) from None


_MAKERS: Final[dict[str, Callable[[str, Clock | None, float], Store]]] = {
    "memory": _memory,
    "sqlite": _sqlite,
}
