"""`firstbyte serve`: run the proxy until SIGTERM or SIGINT."""

import argparse
import gc
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from proxy import __version__
from proxy.app import App, fetch
from proxy.commands import worker
from proxy.commands.following import Files, Watch, following
from proxy.commands.opening import bind, start
from proxy.commands.steps import steps
from proxy.commands.supervisor import Doors, Supervisor
from proxy.commands.verb import Unusable, Verb, add_config_options, load_config
from proxy.config.renewal import Renewal
from proxy.config.schema import Config, Server
from proxy.config.several import MOST
from proxy.core.clock import SystemClock
from proxy.watch.fleet import Fleet
from proxy.watch.trace import spans
from proxy.web.descriptors import raise_limit, shortage
from proxy.web.listening import SharedAddress, listen
from proxy.web.rules import is_loopback
from proxy.web.server import CALLS_SETTING, OPS_SETTING, settle
from proxy.web.server import run as run_server

BRAND: Final = f"firstbyte {__version__}"
MEMORY: Final = Path("/dev/shm")  # noqa: S108 (a folder of our own is made in it)
"""Where files are memory, on Linux."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    add_config_options(parser)
    parser.add_argument(
        "--listen", metavar="HOST:PORT", help="the address to listen on (default: server.listen)"
    )
    parser.add_argument(
        "--ops-listen",
        metavar="HOST:PORT",
        help="the address for probes and the admin API, or off (default: server.ops_listen)",
    )
    parser.add_argument(
        "--workers",
        type=_workers,
        metavar="N",
        help="processes that answer calls (default: server.workers)",
    )
    parser.add_argument(
        "--reload",
        action="store_true",
        help="take the configuration anew whenever its file, or one that it refers to, has changed",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve; the exit status."""
    # SIGHUP and the admin API load the same again: the same file, profile, address and environment.
    files = Files()

    def load() -> Config:
        files.forget()
        return load_config(arguments, read=files.read)

    config, watched = load(), files if arguments.reload else None
    if config.server.workers > 1:
        return _supervise(config, load, watched)
    run_server(_serve(config, load, watched))
    return 0


def _workers(written: str) -> int:
    if not (written.isdecimal() and 1 <= int(written) <= MOST):
        raise argparse.ArgumentTypeError(f"expected a number from 1 to {MOST}, got {written!r}")
    return int(written)


def _supervise(config: Config, load: Callable[[], Config], watched: Files | None) -> int:
    if not hasattr(os, "fork"):
        raise Unusable(
            "several workers need a system with fork, which this is not; use --workers 1"
        )
    doors = _doors(config.server)

    def opened() -> None:
        ops = doors.ops.getsockname()[1] if doors.ops is not None else 0
        at = (config.server.ops_host, ops) if ops else None
        for line in banner(config, config.server.host, doors.calls.port, at):
            print(line, file=sys.stderr)

    memory = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="firstbyte-", dir=memory) as folder:
        fleet = Fleet(Path(folder))
        fleet.prepare()
        raise_limit()
        fetch(config)
        # Workers share what stands now, and none of their collectors touches it.
        gc.collect()
        gc.freeze()
        house = Supervisor(
            config,
            doors,
            fleet.folder,
            Renewal(config, load),
            SystemClock(),
            worker.run,
            opened,
            Watch(watched) if watched else None,
        )
        return house.run()


def _doors(server: Server) -> Doors:
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
    return Doors(calls, ops)


async def _serve(config: Config, load: Callable[[], Config], watched: Files | None) -> None:
    app = App(config, load=load, spans=spans(config, SystemClock(), os.environ))
    try:
        host, port = bind(app)
        await start(app)
        app.server.take_signals()
        settle()
        for line in banner(config, host, port, app.ops_address):
            print(line, file=sys.stderr)
        async with following(watched, app.reload):
            await app.serve()
    finally:
        await app.aclose()


def banner(
    config: Config, host: str, port: int, ops: tuple[str, int] | None = None
) -> Iterator[str]:
    """What an operator wants to see at start: what was found, where we are, a line to paste.

    Args:
        config: What is in force.
        host: Of the listener for calls.
        port: Of the listener for calls.
        ops: Host and port of the ops listener; None where there is none.
    """
    base = f"{_origin(config, host, port)}/v1"
    yield f"{BRAND}, listening on {base}"
    if ops is not None:
        yield f"  operations     {_origin(config, *ops, local_tls=False)}"
    if config.server.workers > 1:
        yield f"  workers        {config.server.workers}"
    yield f"  configuration  {config.source or 'none: providers are found by their key variables'}"
    for provider in config.providers.values():
        if provider.off:
            yield f"  provider       {provider.name}: off, {provider.off}"
            continue
        keys = ", ".join(key.hint for key in provider.api_keys)
        how = (
            "the caller's own key" if provider.passthrough else (keys and f"key {keys}") or "no key"
        )
        yield f"  provider       {provider.name} ({provider.protocol}, {how})"
    for alias in config.models.values():
        yield f"  model          {alias.name}: {steps(alias)}"
    yield "  model          mock/echo and other mock/* models, without a key"
    short = shortage(config.server.max_in_flight)
    for warning in (*config.warnings, *([short] if short else ())):
        yield f"  warning        {warning}"
    model = next(iter(config.models), "mock/echo")
    yield "  try it         " + curl_line(base, model)


def _origin(config: Config, host: str, port: int, *, local_tls: bool = True) -> str:
    tls = config.server.tls.cert and (local_tls or not is_loopback(host))
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def curl_line(base: str, model: str) -> str:
    """A line to paste."""
    return (
        f"curl -N {base}/chat/completions -H 'content-type: application/json' "
        f"""-d '{{"model": "{model}", "stream": true, "messages": [{{"role": "user", "content": "Hello"}}]}}'"""
    )


VERB: Final = Verb("serve", "run the proxy", configure, run)
