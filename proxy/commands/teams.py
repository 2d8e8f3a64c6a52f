"""`firstbyte teams`: make, list, show, change and delete teams, and give them credits."""

import argparse
from typing import Final

from proxy.commands.actions import Action, add_json, verb_of
from proxy.commands.collection import Collection, show_one
from proxy.commands.settings import BOUNDS, MODELS, Setting, add_settings, body_of, whole, yes
from proxy.commands.table import Column, field, json_text, when
from proxy.core.shape import Json

SETTINGS: Final = (
    Setting("--organization", "organization_id", "whom it belongs to", str, "ID"),
    Setting("--name", "name", "what people call it"),
    Setting("--status", "status", "active or suspended", str, "STATUS"),
    Setting(
        "--mode",
        "budget_mode",
        "what costs credits: job_based, consumption_usd or consumption_tokens",
        str,
        "MODE",
    ),
    MODELS,
    Setting("--jobs-only", "jobs_only", "refuse calls outside jobs: yes or no", yes, "YES|NO"),
    Setting("--default-model", "default_model", "for calls that name none", str, "NAME"),
    Setting("--credits-per-dollar", "credits_per_dollar", "of consumption_usd", int, "N"),
    Setting("--tokens-per-credit", "tokens_per_credit", "of consumption_tokens", int, "N"),
    Setting("--keep-bodies", "keep_bodies", "keep requests and answers: yes or no", yes, "YES|NO"),
    *BOUNDS,
)
COLUMNS: Final[tuple[Column, ...]] = (
    ("ID", field("id")),
    ("NAME", field("name")),
    ("ORGANIZATION", field("organization_id")),
    ("STATUS", field("status")),
    ("MODE", field("budget_mode")),
    ("CREDITS", field("credits.remaining")),
    ("HELD", field("credits.held")),
    ("SPENT", field("credits.spent")),
    ("MODELS", field("allowed_models")),
    ("RPM", field("rpm")),
    ("TPM", field("tpm")),
    ("BUDGET", field("budget_usd")),
    ("PER", field("budget_period")),
)
MORE: Final[tuple[Column, ...]] = (
    *COLUMNS,
    ("ALLOCATED", field("credits.allocated")),
    ("CREDITS PER DOLLAR", field("credits_per_dollar")),
    ("TOKENS PER CREDIT", field("tokens_per_credit")),
    ("JOBS ONLY", field("jobs_only")),
    ("DEFAULT MODEL", field("default_model")),
    ("KEEP BODIES", field("keep_bodies")),
    ("CREATED", when("created_at")),
)
TEAMS: Final = Collection(
    "/admin/teams", COLUMNS, MORE, SETTINGS, owner="organization", known_by="the team's id"
)


def create(arguments: argparse.Namespace) -> int:
    """Make one and print it."""
    body = body_of(arguments, SETTINGS)
    if arguments.id:
        body["id"] = arguments.id
    return show_one(arguments, MORE, TEAMS.make(arguments, body))


def delete(arguments: argparse.Namespace) -> int:
    """Take one away, and its keys."""
    gone = TEAMS.ask(arguments, "DELETE")
    print(json_text(gone) if arguments.json else f"team {arguments.id} and its keys are gone")
    return 0


def give(arguments: argparse.Namespace) -> int:
    """Give credits, and print what there is now."""
    body: Json = {"amount": arguments.amount}
    if arguments.grant:
        body["id"] = arguments.grant
    if arguments.note:
        body["note"] = arguments.note
    return show_one(arguments, _BALANCE, TEAMS.ask(arguments, "POST", "/credits", body))


_BALANCE: Final[tuple[Column, ...]] = (
    ("GRANT", field("id")),
    ("AMOUNT", field("amount")),
    ("ALLOCATED", field("credits.allocated")),
    ("HELD", field("credits.held")),
    ("SPENT", field("credits.spent")),
    ("REMAINING", field("credits.remaining")),
)


def _for_create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", nargs="?", help="its id (default: one is drawn)")
    add_settings(parser, SETTINGS)
    add_json(parser)


def _for_credits(parser: argparse.ArgumentParser) -> None:
    TEAMS.for_one(parser)
    parser.add_argument("amount", metavar="AMOUNT", type=whole, help="credits; below 0: taken away")
    parser.add_argument(
        "--grant", metavar="ID", help="the grant's own id: given again, it changes nothing"
    )
    parser.add_argument("--note", metavar="TEXT", help="for the ledger")


VERB: Final = verb_of(
    "teams",
    "make, list and change teams, and give them credits",
    (
        Action("create", "make a team", _for_create, create),
        Action("list", "list teams", TEAMS.for_list, TEAMS.listing),
        Action("show", "show one", TEAMS.for_one, TEAMS.show),
        Action("update", "change one; `none` takes a bound away", TEAMS.for_update, TEAMS.update),
        Action("delete", "take one away, and its keys", TEAMS.for_one, delete),
        Action("credits", "give a team credits", _for_credits, give),
    ),
)
