"""Serving with several workers: one process takes the addresses, and forks those that answer on them.

Loaded where there are several; most proxies are one process.
"""

import gc
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from proxy.app import fetch
from proxy.commands import worker
from proxy.commands.banner import banner
from proxy.commands.following import Files, Watch
from proxy.commands.supervisor import Listeners, Supervisor
from proxy.commands.verb import Unusable
from proxy.config.renewal import Renewal
from proxy.config.schema import Config, Server
from proxy.core.clock import SystemClock
from proxy.core.lazy import imported
from proxy.watch.fleet import Fleet
from proxy.watch.scrape import EXPOSITION
from proxy.watch.stderr import say
from proxy.web.descriptors import raise_limit
from proxy.web.listening import SharedAddress, listen
from proxy.web.server import CALLS_SETTING, OPS_SETTING

MEMORY: Final = Path("/dev/shm")  # noqa: S108 (a folder of our own is made in it)
"""Where files are memory, on Linux."""


def serve(config: Config, load: Callable[[], Config], watched: Files | None) -> int:
    """Serve with as many workers as the configuration says, until told to stop; the exit status.

    Args:
        config: What is in force.
        load: Loads it anew.
        watched: The files that it comes from, where a change of them is to be followed.

    Raises:
        Unusable: the system cannot fork, an address cannot be had, or there are too few descriptors.
    """
    if not hasattr(os, "fork"):
        raise Unusable(
            "several workers need a system with fork, which this is not; use --workers 1"
        )
    listeners = _listeners(config.server)

    def opened() -> None:
        ops = listeners.ops.getsockname()[1] if listeners.ops is not None else 0
        at = (config.server.ops_host, ops) if ops else None
        for line in banner(config, config.server.host, listeners.calls.port, at):
            say(f"{line}\n")

    memory = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="firstbyte-", dir=memory) as folder:
        fleet = Fleet(Path(folder))
        fleet.prepare()
        raise_limit()
        fetch(config)
        if listeners.ops is not None:
            imported(EXPOSITION)
        # Workers share what stands now, and none of their collectors touches it.
        gc.collect()
        gc.freeze()
        try:
            house = Supervisor(
                config,
                listeners,
                fleet.folder,
                Renewal(config, load),
                SystemClock(),
                worker.run,
                opened,
                Watch(watched) if watched else None,
            )
        except OSError as error:
            listeners.close()
            raise Unusable(
                f"cannot connect {config.server.workers} workers with each other: {error.strerror}; "
                "use fewer, or raise the limit of open files (ulimit -n)"
            ) from None
        return house.run()


def _listeners(server: Server) -> Listeners:
    """Both addresses, or neither.

    Raises:
        Unusable: one cannot be had; says why and what to do.
    """
    try:
        calls = SharedAddress(server.host, server.port, CALLS_SETTING)
        try:
            has_ops = bool(server.ops_host)
            ops = listen(server.ops_host, server.ops_port, OPS_SETTING) if has_ops else None
        except OSError:
            calls.close()
            raise
    except OSError as error:
        raise Unusable(str(error)) from None
    return Listeners(calls, ops)
