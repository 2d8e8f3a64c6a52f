"""`firstbyte schema`: the JSON Schema of the configuration, for editors and checkers."""

import argparse
from typing import Final

from proxy.commands.verb import Verb
from proxy.config.json_schema import schema
from proxy.core import jsons


def configure(_: argparse.ArgumentParser) -> None:
    """No options."""


def run(_: argparse.Namespace) -> int:
    """Print it."""
    print(jsons.encode_sorted(schema(), indent=2))
    return 0


VERB: Final = Verb("schema", "print the JSON Schema of the configuration", configure, run)
