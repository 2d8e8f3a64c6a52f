"""`firstbyte organizations`: make and list whom teams belong to."""

import argparse
from typing import Final

from proxy.commands.actions import Action, add_json, verb_of
from proxy.commands.collection import Collection, show_one
from proxy.commands.table import Column, field, when

COLUMNS: Final[tuple[Column, ...]] = (
    ("ID", field("id")),
    ("NAME", field("name")),
    ("CREATED", when("created_at")),
)
ORGANIZATIONS: Final = Collection("/admin/organizations", COLUMNS, COLUMNS)


def create(arguments: argparse.Namespace) -> int:
    """Make one and print it."""
    body = {"id": arguments.id, "name": arguments.name}
    return show_one(arguments, COLUMNS, ORGANIZATIONS.make(arguments, body))


def _for_create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", nargs="?", help="its id (default: one is drawn)")
    parser.add_argument("--name", metavar="TEXT", help="what people call it")
    add_json(parser)


VERB: Final = verb_of(
    "organizations",
    "make and list whom teams belong to",
    (
        Action("create", "make an organization", _for_create, create),
        Action("list", "list organizations", ORGANIZATIONS.for_list, ORGANIZATIONS.listing),
    ),
)
