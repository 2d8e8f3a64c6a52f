"""`firstbyte keys`: make, list, show, change and revoke virtual keys.

Invariant: a key is printed once, alone, on standard output, when it is made; what else there is to say goes beside it.
"""

import argparse
import sys
from typing import Final

from proxy.commands.actions import Action, add_json, verb_of
from proxy.commands.collection import Collection, show_one
from proxy.commands.settings import BOUNDS, MODELS, Setting, add_settings, body_of
from proxy.commands.table import Column, field, json_text, when

SETTINGS: Final = (
    Setting("--name", "name", "what people call it"),
    MODELS,
    *BOUNDS,
    Setting("--expires", "expires_at", "when it ends: 2026-12-31, or with a time", str, "WHEN"),
)
COLUMNS: Final[tuple[Column, ...]] = (
    ("ID", field("id")),
    ("TEAM", field("team_id")),
    ("NAME", field("name")),
    ("STATUS", field("status")),
    ("KEY", field("hint")),
    ("MODELS", field("allowed_models")),
    ("RPM", field("rpm")),
    ("TPM", field("tpm")),
    ("BUDGET", field("budget_usd")),
    ("PER", field("budget_period")),
    ("EXPIRES", when("expires_at")),
    ("CREATED", when("created_at")),
)
KEYS: Final = Collection(
    "/admin/keys", COLUMNS, COLUMNS, SETTINGS, owner="team", known_by="the key's id, not the key"
)


def create(arguments: argparse.Namespace) -> int:
    """Make one; the key alone goes to standard output."""
    body = {"team_id": arguments.team, **body_of(arguments, SETTINGS)}
    made = KEYS.make(arguments, body)
    if arguments.json:
        print(json_text(made))
        return 0
    print(made.pop("key"))
    print(
        f"{made['id']} of team {made['team_id']}: keep the key now, it is not shown again",
        file=sys.stderr,
    )
    return 0


def revoke(arguments: argparse.Namespace) -> int:
    """Revoke one and print it."""
    return show_one(arguments, COLUMNS, KEYS.ask(arguments, "DELETE"))


def _for_create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--team", metavar="ID", required=True, help="whose it is")
    add_settings(parser, SETTINGS)
    add_json(parser)


VERB: Final = verb_of(
    "keys",
    "make, list, change and revoke virtual keys",
    (
        Action("create", "make a key; it is shown this once", _for_create, create),
        Action("list", "list keys", KEYS.for_list, KEYS.listing),
        Action("show", "show one", KEYS.for_one, KEYS.show),
        Action("update", "change one; `none` takes a bound away", KEYS.for_update, KEYS.update),
        Action("revoke", "let it open nothing any more, for good", KEYS.for_one, revoke),
    ),
)
