"""`firstbyte serve`: run the proxy until SIGTERM or SIGINT."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from typing import Final

from proxy import __version__
from proxy.app import App
from proxy.commands.following import Files, following
from proxy.commands.steps import steps
from proxy.commands.verb import Unusable, Verb, add_config_options, load_config
from proxy.config.schema import Config
from proxy.core.clock import SystemClock
from proxy.store.store import StoreError
from proxy.watch.trace import spans
from proxy.web.descriptors import shortage
from proxy.web.rules import is_loopback
from proxy.web.server import run as run_server
from proxy.web.server import settle

BRAND: Final = f"firstbyte {__version__}"


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

    run_server(_serve(load, files if arguments.reload else None))
    return 0


async def _serve(load: Callable[[], Config], watched: Files | None) -> None:
    config = load()
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


def bind(app: App) -> tuple[str, int]:
    """Take the listening addresses.

    Raises:
        Unusable: it cannot be had; says why and what to do.
    """
    try:
        return app.bind()
    except OSError as error:
        raise Unusable(str(error)) from None


async def start(app: App) -> None:
    """Open the store and plan calls.

    Raises:
        Unusable: the store cannot be opened; says why.
    """
    try:
        await app.start()
    except StoreError as error:
        raise Unusable(str(error)) from None


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
