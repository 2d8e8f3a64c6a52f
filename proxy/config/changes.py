"""What another configuration asks for that a running process cannot give: some keys are read at start only.

Everything else is taken at once: providers, aliases, prices, keys of callers and operators.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from proxy.config.environment import is_loopback
from proxy.config.problems import ConfigError, Problem
from proxy.config.schema import Config

AT_START: Final[dict[str, Callable[[Config], Any]]] = {
    "server.listen": lambda config: (config.server.host, config.server.port),
    "server.ops_listen": lambda config: (config.server.ops_host, config.server.ops_port),
    "server.hosts": lambda config: config.server.hosts,
    "server.tls": lambda config: config.server.tls,
    "server.cors": lambda config: config.server.cors,
    "server.workers": lambda config: config.server.workers,
    "server.max_body": lambda config: config.server.max_body,
    "server.max_in_flight": lambda config: config.server.max_in_flight,
    "server.max_queue": lambda config: config.server.max_queue,
    "server.queue_timeout": lambda config: config.server.queue_timeout,
    "server.drain_delay": lambda config: config.server.drain_delay,
    "server.drain_timeout": lambda config: config.server.drain_timeout,
    "store": lambda config: config.store,
    "store_timeout": lambda config: config.store_timeout,
    "responses": lambda config: config.responses,
    "log": lambda config: config.log,
    "console": lambda config: config.console,
}
"""Keys that are read at start only, each with how to read it."""


def too_late(began: Config, now: Config) -> tuple[str, ...]:
    """Keys that say something else than at start, in the order of the table.

    Args:
        began: What the process started with.
        now: What it is to go by.
    """
    return tuple(key for key, read in AT_START.items() if read(began) != read(now))


def check_exposure(began: Config, now: Config) -> None:
    """Insist that who may call is still said, where the listener of this process is reached by others.

    Raises:
        ConfigError: it is said no more. The new file may well listen on loopback; this process does not.
    """
    if is_loopback(began.server.host) or now.auth.stated:
        return
    message = (
        f"this process listens on {began.server.host}, which others can reach, so write who may call: "
        "`auth: {required: true, keys: [...]}`, or `auth: {required: false}` to let everybody in"
    )
    raise ConfigError((Problem(now.source or "the environment", 0, 0, "auth.required", message),))
