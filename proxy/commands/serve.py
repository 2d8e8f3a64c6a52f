"""`firstbyte serve`: run the proxy until SIGTERM or SIGINT."""

import argparse
import os
from collections.abc import Callable
from typing import Final

from proxy.app import App
from proxy.commands.banner import banner
from proxy.commands.following import Files, following
from proxy.commands.opening import bind, start
from proxy.commands.verb import Verb, add_config_options, load_config
from proxy.config.schema import Config
from proxy.config.several import MOST
from proxy.core.clock import SystemClock
from proxy.core.lazy import imported
from proxy.watch.stderr import say, speak
from proxy.watch.trace import spans
from proxy.web.server import run as run_server
from proxy.web.server import settle

_CREW: Final = "proxy.commands.crew:serve"


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
    speak()
    # SIGHUP and the admin API load the same again: the same file, profile, address and environment.
    files, source, has_begun = Files(), "", False

    def load() -> Config:
        nonlocal source, has_begun
        files.forget()
        found = load_config(arguments, read=files.read, again=source, listens=not has_begun)
        # Once it goes by a file, it goes by that one: with the file gone, its `auth` would be gone too.
        source, has_begun = found.source, True
        return found

    config, watched = load(), files if arguments.reload else None
    if config.server.workers > 1:
        status: int = imported(_CREW)(config, load, watched)
        return status
    run_server(_serve(config, load, watched))
    return 0


def _workers(written: str) -> int:
    if not (written.isdecimal() and 1 <= int(written) <= MOST):
        raise argparse.ArgumentTypeError(f"expected a number from 1 to {MOST}, got {written!r}")
    return int(written)


async def _serve(config: Config, load: Callable[[], Config], watched: Files | None) -> None:
    app = App(config, load=load, spans=spans(config, SystemClock(), os.environ))
    try:
        host, port = bind(app)
        await start(app)
        app.server.take_signals()
        settle()
        for line in banner(config, host, port, app.ops_address):
            say(f"{line}\n")
        async with following(watched, app.reload):
            await app.serve()
    finally:
        await app.aclose()


VERB: Final = Verb("serve", "run the proxy", configure, run)
