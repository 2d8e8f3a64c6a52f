"""`firstbyte doctor`: is everything there that serving needs? A line for each thing, with what to do about it.

It changes nothing, and asks providers nothing that costs.
"""

import argparse
import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from proxy.commands import machine
from proxy.commands.check import unusable
from proxy.commands.finding import Finding, fail, failed, lines, ok, record, warn
from proxy.commands.reach import Reach
from proxy.commands.verb import Verb, add_config_options, load_config, status_of
from proxy.config.problems import ConfigError
from proxy.config.schema import Config
from proxy.core import jsons
from proxy.core.clock import SystemClock
from proxy.store.address import AddressError, store_at
from proxy.store.patience import PATIENCE
from proxy.store.store import StoreError
from proxy.upstream.client import Upstream
from proxy.upstream.transport import Transport

STORE_SECONDS: Final = 10.0
"""For a store to be opened and looked over."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    add_config_options(parser)
    parser.add_argument(
        "--keys",
        action="store_true",
        help="try each provider's keys too, by asking for its list of models",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Look, and tell; 0 where nothing fails, 1 where something does, 78 where the configuration is wrong."""
    try:
        config = load_config(arguments)
    except ConfigError as error:
        _tell(misconfigured(error), as_json=arguments.json)
        return status_of(error)
    findings = [*configured(config), *machine.examine(config.server)]
    findings += asyncio.run(abroad(config, keys=arguments.keys))
    _tell(findings, as_json=arguments.json)
    return 1 if failed(findings) else 0


def _tell(findings: Sequence[Finding], *, as_json: bool) -> None:
    if as_json:
        print(jsons.encode_sorted(record(findings), indent=2))
        return
    for line in lines(findings):
        print(line)


def misconfigured(error: ConfigError) -> list[Finding]:
    """Every problem; what hangs on the configuration cannot be looked at then."""
    found = [fail("config", str(problem)) for problem in error.problems]
    return [*found, warn("doctor", "the rest was not looked at", "correct the configuration first")]


def configured(config: Config) -> list[Finding]:
    """What the configuration by itself says."""
    where = config.source or "no file: providers are found by their key variables"
    found = [ok("config", where)]
    found += [warn("config", warning) for warning in config.warnings]
    for name in unusable(config):
        hint = "set the key of one of them"
        found.append(fail("config", f"models.{name}: no target of it can be used now", hint))
    return found


async def abroad(config: Config, *, keys: bool) -> list[Finding]:
    """What stands elsewhere: the store, and the providers.

    Args:
        config: What is in force.
        keys: Whether each provider's keys are tried.
    """
    address = config.store.reveal()
    found = missing_file(address) or await store(address, config.store_timeout)
    upstream = Upstream(Transport())
    try:
        reach = Reach(config, upstream, SystemClock())
        return [*found, *await reach.examine(keys=keys)]
    finally:
        await upstream.aclose()


async def store(address: str, patience: float = PATIENCE) -> list[Finding]:
    """Whether a store can be opened, and what it says of itself.

    Args:
        address: As `store:` has it.
        patience: Seconds that a call waits for it.
    """
    try:
        opened = store_at(address, patience=patience)
    except AddressError as error:
        return [fail("store", str(error))]
    try:
        async with asyncio.timeout(STORE_SECONDS):
            await opened.open()
            wrong = await opened.check()
    except (StoreError, TimeoutError) as error:
        said = str(error) or f"no answer within {STORE_SECONDS:g} s"
        return [fail("store", said, "look at `store:`, and at the server that it names")]
    finally:
        await opened.close()
    return [warn("store", sentence) for sentence in wrong] or [
        ok("store", f"{opened.name} is well")
    ]


def missing_file(address: str) -> list[Finding]:
    """Whether a store's file that is not there yet can be made, since opening it would make it; else nothing."""
    kind, _, path = address.partition(":")
    file = Path(path)
    if kind != "sqlite" or not path or os.access(file, os.F_OK):
        return []
    # The folders on the way to it are made at the start too.
    there = next(folder for folder in file.absolute().parents if os.access(folder, os.F_OK))
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return [ok("store", f"{file} will be made at the first start")]
    hint = f"make the folder, and let this user write into it: {file.parent}"
    return [fail("store", f"{file} cannot be made", hint)]


VERB: Final = Verb(
    "doctor", "look at everything that serving needs: machine, network, providers", configure, run
)
