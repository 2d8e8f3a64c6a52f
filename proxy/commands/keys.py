"""`firstbyte keys`: make, list, show, change and revoke virtual keys.

Invariant: a key is printed once, alone, on standard output, when it is made; what else there is to say goes beside it.
"""

import argparse
import sys
from typing import Final

from proxy.commands.actions import Action, add_json, verb_of
from proxy.commands.pages import whole
from proxy.commands.settings import BOUNDS, MODELS, Setting, add_settings, body_of
from proxy.commands.table import Column, card, field, json_text, table, when
from proxy.commands.way import at_desk
from proxy.core.shape import Json

PATH: Final = "/admin/keys"
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


def create(arguments: argparse.Namespace) -> int:
    """Make one; the key alone goes to standard output."""
    body = {"team_id": arguments.team, **body_of(arguments, SETTINGS)}
    made = at_desk(arguments, lambda ask: ask("POST", PATH, body=body))
    if arguments.json:
        print(json_text(made))
        return 0
    print(made.pop("key"))
    print(
        f"{made['id']} of team {made['team_id']}: keep the key now, it is not shown again",
        file=sys.stderr,
    )
    return 0


def listing(arguments: argparse.Namespace) -> int:
    """Print them."""
    found = at_desk(arguments, lambda ask: whole(ask, PATH, {"team_id": arguments.team or ""}))
    if arguments.json:
        print(json_text(found))
    else:
        print(*table(COLUMNS, found), sep="\n")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Print one."""
    return _print(arguments, at_desk(arguments, lambda ask: ask("GET", _path(arguments))))


def update(arguments: argparse.Namespace) -> int:
    """Change one and print it."""
    body = body_of(arguments, SETTINGS)
    changed = at_desk(arguments, lambda ask: ask("PATCH", _path(arguments), body=body))
    return _print(arguments, changed)


def revoke(arguments: argparse.Namespace) -> int:
    """Revoke one and print it."""
    return _print(arguments, at_desk(arguments, lambda ask: ask("DELETE", _path(arguments))))


def _path(arguments: argparse.Namespace) -> str:
    return f"{PATH}/{arguments.id}"


def _print(arguments: argparse.Namespace, key: Json) -> int:
    if arguments.json:
        print(json_text(key))
    else:
        print(*card(COLUMNS, key), sep="\n")
    return 0


def _for_create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--team", metavar="ID", required=True, help="whose it is")
    add_settings(parser, SETTINGS)
    add_json(parser)


def _for_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--team", metavar="ID", help="of this team only")
    add_json(parser)


def _for_one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the key's id, not the key")
    add_json(parser)


def _for_update(parser: argparse.ArgumentParser) -> None:
    _for_one(parser)
    add_settings(parser, SETTINGS)


VERB: Final = verb_of(
    "keys",
    "make, list, change and revoke virtual keys",
    (
        Action("create", "make a key; it is shown this once", _for_create, create),
        Action("list", "list keys", _for_list, listing),
        Action("show", "show one", _for_one, show),
        Action("update", "change one; `none` takes a bound away", _for_update, update),
        Action("revoke", "let it open nothing any more, for good", _for_one, revoke),
    ),
)
