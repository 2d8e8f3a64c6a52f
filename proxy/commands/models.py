"""`firstbyte models`: the names that a caller may use, and the vendors that are known."""

import argparse
from typing import Final

from proxy.commands.steps import steps
from proxy.commands.verb import Verb, add_config_options, load_config
from proxy.config.catalog import Vendor, catalog
from proxy.sim.script import BEHAVIOURS


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    add_config_options(parser)
    parser.add_argument(
        "--vendors", action="store_true", help="list the vendors of the catalogue instead"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print one name at the start of each line."""
    if arguments.vendors:
        for vendor in catalog().vendors:
            print(f"{vendor.id:16} {vendor.protocol:10} {_key(vendor):28} {vendor.base_url}")
        return 0
    config = load_config(arguments)
    for alias in config.models.values():
        print(f"{alias.name:24} {steps(alias)}")
    for provider in config.providers.values():
        state = f"off: {provider.off}" if provider.off else provider.base_url
        bare = ", ".join(f"{family}*" for family in provider.families)
        print(f"{provider.name + '/*':24} {state}{f' (also {bare})' if bare else ''}")
    for name in BEHAVIOURS:
        print(f"{'mock/' + name:24} simulated, needs no key")
    return 0


def _key(vendor: Vendor) -> str:
    """Where its key comes from."""
    if vendor.env:
        return vendor.env[0]
    return "no key" if vendor.keyless else vendor.login_env[0][-1]


VERB: Final = Verb("models", "list the model names that callers may use", configure, run)
