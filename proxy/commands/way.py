"""The way of a command to the desk: straight to the store, or over the admin API where the store is in a server's memory.

Invariant: the same question has the same answer on both ways; the admin key comes from the configuration or the
environment, never from the command line, where everybody on the machine could read it.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from proxy.commands.origin import trust
from proxy.commands.probe import address, reason
from proxy.commands.verb import Misused, Unusable, add_config_options, load_config, no_store
from proxy.config.problems import quoted
from proxy.config.schema import Config
from proxy.core import jsons
from proxy.core.clock import SystemClock
from proxy.core.errors import ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import Json
from proxy.gate.desk.desk import Desk
from proxy.gate.registry import Registry
from proxy.store.address import AddressError, store_at
from proxy.store.store import Store, StoreError

MEMORY: Final = "memory:"
SECONDS: Final = 30.0
"""For an answer of the admin API."""
MAX_ANSWER: Final = 64 * 1024 * 1024

Ask = Callable[..., Awaitable[Json]]
"""Method, path, and where there are any query and body; the answer, or `ProxyError` or `Unusable`."""
T = TypeVar("T")


def add_way_options(parser: argparse.ArgumentParser) -> None:
    """`--ops-url`, and where the configuration is."""
    parser.add_argument(
        "--ops-url",
        metavar="URL",
        help="ask the admin API of a running server there (default: the store itself, or server.ops_listen where that is memory:)",
    )
    add_config_options(parser)


def at_desk(arguments: argparse.Namespace, work: Callable[[Ask], Awaitable[T]]) -> T:
    """Do something at the desk.

    Args:
        arguments: With what `add_way_options` added.
        work: Is given the way to ask.

    Raises:
        Unusable: it cannot be done; says why.
        ConfigError: as `load_config`.
    """
    config = load_config(arguments)
    try:
        return asyncio.run(_at_desk(config, arguments.ops_url, work))
    except ProxyError as error:
        raise Unusable(error.message) from None
    except StoreError as error:
        raise no_store(error) from None


def store_of(config: Config) -> Store:
    """The store of a configuration, not open yet.

    Raises:
        Unusable: it is in a server's memory.
    """
    if config.store.reveal() == MEMORY:
        raise Unusable("the store is memory:, which is in the server that runs, and nowhere else")
    try:
        return store_at(config.store.reveal(), SystemClock(), config.store_timeout)
    except AddressError as error:
        raise Unusable(f"store: {error}") from None


async def _at_desk(config: Config, url: str | None, work: Callable[[Ask], Awaitable[T]]) -> T:
    if url or config.store.reveal() == MEMORY:
        return await work(Remote(url or address(config.server), config.auth.admin_key).ask)
    store, clock = store_of(config), SystemClock()
    try:
        await store.open()
        return await work(Desk(Registry(store, clock), store, clock).ask)
    finally:
        await store.close()


class Remote:
    """The admin API of a running server.

    Args:
        url: Of its ops listener.
        key: The admin key; empty for none.
    """

    def __init__(self, url: str, key: Secret) -> None:
        at = urlsplit(url)
        if at.scheme not in {"http", "https"} or not at.hostname:
            raise Misused(f"expected --ops-url like http://127.0.0.1:8081, got {quoted(url)}")
        self._url = url
        self._at = at
        self._key = key

    async def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Json | None = None,
    ) -> Json:
        """Ask.

        Raises:
            Unusable: the server does not answer, or refuses; says why.
        """
        target = self._at.path.rstrip("/") + quote(path)
        if query:
            target += f"?{urlencode(query)}"
        return await asyncio.to_thread(self._ask, method, target, body)

    def _ask(self, method: str, target: str, body: Json | None) -> Json:
        headers = {"content-type": "application/json"}
        data = None if body is None and method in ("GET", "DELETE") else jsons.encode(body or {})
        if self._key:
            headers["authorization"] = f"Bearer {self._key.reveal()}"
        connection = self._connection()
        try:
            connection.request(method, target, data, headers)
            answer = connection.getresponse()
            status, said = answer.status, answer.read(MAX_ANSWER)
        except (OSError, HTTPException) as error:
            raise Unusable(f"{self._url} does not answer: {reason(error)}. {_HINT}") from None
        finally:
            connection.close()
        return _read(self._url, status, said)

    def _connection(self) -> HTTPConnection:
        host, port = self._at.hostname or "", self._at.port
        if self._at.scheme == "https":
            return HTTPSConnection(host, port, timeout=SECONDS, context=trust(host))
        return HTTPConnection(host, port, timeout=SECONDS)


_HINT: Final = "Start the server, name another with --ops-url, or keep keys in a store that commands can open, as in store: sqlite:firstbyte.db"


def _read(url: str, status: int, said: bytes) -> Json:
    try:
        value = jsons.decode_object(said)
    except jsons.JsonError:
        raise Unusable(f"{url} answers {status}, and not as an admin API does") from None
    if status != 200:
        error = value.get("error")
        message = error.get("message") if isinstance(error, dict) else None
        raise Unusable(f"{message or f'{url} answers {status}'}")
    return value
