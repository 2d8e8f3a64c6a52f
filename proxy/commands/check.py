"""`firstbyte check`: is the configuration right, and can everything in it serve?"""

import argparse
from typing import Final

from proxy.commands.verb import Verb, add_config_options, load_config
from proxy.config.schema import Alias, Config


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """0: right and every alias can serve; 1: right, but an alias has no usable target; 78: wrong."""
    config = load_config(arguments)
    for warning in config.warnings:
        print(f"warning: {warning}")
    dead = [alias for alias in config.models.values() if not _usable(config, alias)]
    for alias in dead:
        print(f"models.{alias.name}: no target of it can be used now")
    where = config.source or "no configuration file; providers by their key variables"
    usable = sum(not provider.off for provider in config.providers.values())
    print(
        f"{where}: {usable} of {_count(len(config.providers), 'provider')} usable, "
        f"{_count(len(config.models), 'model')}"
    )
    return 1 if dead else 0


def _usable(config: Config, alias: Alias) -> bool:
    return any(
        ref.provider not in config.providers or not config.providers[ref.provider].off
        for ref in alias.refs
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


VERB: Final = Verb(
    "check",
    "check the configuration: exit 0 well, 1 something cannot serve, 78 wrong",
    configure,
    run,
)
