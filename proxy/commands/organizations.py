"""`firstbyte organizations`: make and list whom teams belong to."""

import argparse
from typing import Final

from proxy.commands.actions import Action, add_json, verb_of
from proxy.commands.pages import whole
from proxy.commands.table import Column, card, field, json_text, table, when
from proxy.commands.way import at_desk

PATH: Final = "/admin/organizations"
COLUMNS: Final[tuple[Column, ...]] = (
    ("ID", field("id")),
    ("NAME", field("name")),
    ("CREATED", when("created_at")),
)


def create(arguments: argparse.Namespace) -> int:
    """Make one and print it."""
    body = {"id": arguments.id, "name": arguments.name}
    made = at_desk(arguments, lambda ask: ask("POST", PATH, body=body))
    if arguments.json:
        print(json_text(made))
    else:
        print(*card(COLUMNS, made), sep="\n")
    return 0


def listing(arguments: argparse.Namespace) -> int:
    """Print them."""
    found = at_desk(arguments, lambda ask: whole(ask, PATH, {}))
    if arguments.json:
        print(json_text(found))
    else:
        print(*table(COLUMNS, found), sep="\n")
    return 0


def _for_create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", nargs="?", help="its id (default: one is drawn)")
    parser.add_argument("--name", metavar="TEXT", help="what people call it")
    add_json(parser)


VERB: Final = verb_of(
    "organizations",
    "make and list whom teams belong to",
    (
        Action("create", "make an organization", _for_create, create),
        Action("list", "list organizations", add_json, listing),
    ),
)
