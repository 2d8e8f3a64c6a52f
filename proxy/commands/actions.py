"""A verb that has verbs of its own: `firstbyte keys create`."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from proxy.commands.verb import Verb
from proxy.commands.way import add_way_options


@dataclass(frozen=True, slots=True)
class Action:
    """One of them."""

    name: str
    help: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def verb_of(name: str, help: str, actions: Sequence[Action]) -> Verb:  # noqa: A002 (as in `Verb`)
    """The verb that has these."""

    def configure(parser: argparse.ArgumentParser) -> None:
        choices = parser.add_subparsers(metavar="ACTION", required=True)
        for action in actions:
            sub = choices.add_parser(action.name, help=action.help, description=action.help)
            action.configure(sub)
            add_way_options(sub)
            sub.set_defaults(action=action)

    def run(arguments: argparse.Namespace) -> int:
        action: Action = arguments.action
        return action.run(arguments)

    return Verb(name, help, configure, run)


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
