"""`firstbyte chaos`: providers that fail in every way that we know, on a port, for anybody's gateway."""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping
from typing import Final

from proxy.commands.verb import Misused, Unusable, Verb
from proxy.config.kinds import split_listen
from proxy.sim.scenarios import HEALTHY, HUGE, Pace, Scenario, behaviours, scenarios
from proxy.sim.server import Simulator
from proxy.web.server import STOP_SIGNALS
from proxy.web.server import run as run_server

LISTEN: Final = "127.0.0.1:8090"
MIB: Final = 1024 * 1024
_KEPT: Final = 8192
"""Calls that an examiner can look back on."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        default=LISTEN,
        help="the address to listen on (default: %(default)s)",
    )
    parser.add_argument(
        "--huge-event",
        metavar="MIB",
        type=int,
        default=HUGE // MIB,
        help="size of the huge event (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop."""
    rows = scenarios(Pace(huge=arguments.huge_event * MIB))
    return run_server(_serve(arguments.listen, rows))


async def _serve(listen: str, rows: Mapping[str, Scenario]) -> int:
    simulator = await started(listen, rows)
    try:
        for line in banner(simulator.base_url, rows):
            print(line, flush=True)
        await _until_stopped()
    finally:
        await simulator.stop()
    return 0


async def started(listen: str, rows: Mapping[str, Scenario], *, keep: bool = False) -> Simulator:
    """Simulated providers that listen.

    Args:
        listen: `HOST:PORT`; port 0 for a free one.
        rows: What they play.
        keep: Whether to remember calls.

    Raises:
        Misused: the address is none.
        Unusable: it cannot be had.
    """
    host, port = address(listen)
    simulator = Simulator(behaviours(rows), keep_calls=_KEPT if keep else 0, host=host, port=port)
    try:
        await simulator.start()
    except OSError as error:
        raise Unusable(
            f"cannot listen on {listen}: {error.strerror or error}; choose another with --listen"
        ) from None
    return simulator


def address(listen: str) -> tuple[str, int]:
    """The host and port of `--listen`.

    Raises:
        Misused: it has none.
    """
    found = split_listen(listen)
    if found is None:
        raise Misused(f"--listen: expected HOST:PORT, got {listen!r}")
    return found


def banner(base: str, rows: Mapping[str, Scenario]) -> Iterator[str]:
    """What there is, and where."""
    yield f"Simulated providers on {base}; any key will do."
    yield f"  OpenAI     base URL {base}/v1"
    yield f"  Anthropic  base URL {base}"
    yield f"Models (put one before `{HEALTHY}` in a cascade, and see what your callers see):"
    for name, row in rows.items():
        yield f"  {name:22} {row.story}"
    yield "Serving until Ctrl-C."


async def _until_stopped() -> None:
    stop = asyncio.Event()
    if sys.platform != "win32":
        for number in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


VERB: Final = Verb(
    "chaos", "serve providers that fail in every known way, for any proxy", configure, run
)
