"""`firstbyte config show`: the configuration in force, with every default filled in, and without its secrets.

`firstbyte check` says whether it is right, `firstbyte explain` what it means for a model.
"""

import argparse
from typing import Final

from proxy.commands.verb import Verb, add_config_options, load_config
from proxy.config.shown import as_yaml, shown
from proxy.core import jsons

FORMATS: Final = ("yaml", "json")


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    what = parser.add_subparsers(metavar="WHAT", required=True)
    show = what.add_parser(
        "show",
        help="what is in force, defaults included; keys are hidden but for their ends",
        description="What is in force, defaults included; keys are hidden but for their ends.",
    )
    add_config_options(show)
    show.add_argument(
        "--format", choices=FORMATS, default=FORMATS[0], help="how to say it (default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    config = load_config(arguments)
    if arguments.format == "json":
        print(jsons.encode_sorted(shown(config), indent=2))
    else:
        print(as_yaml(config), end="")
    return 0


VERB: Final = Verb("config", "show the configuration in force, without its secrets", configure, run)
