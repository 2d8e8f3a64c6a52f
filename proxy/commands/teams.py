"""`firstbyte teams`: make, list, show, change and delete teams, and give them credits."""

import argparse
from typing import Final

from proxy.commands.actions import Action, add_json, verb_of
from proxy.commands.pages import whole
from proxy.commands.settings import BOUNDS, MODELS, Setting, add_settings, body_of, yes
from proxy.commands.table import Column, card, field, json_text, table, when
from proxy.commands.way import at_desk
from proxy.core.shape import Json

PATH: Final = "/admin/teams"
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


def create(arguments: argparse.Namespace) -> int:
    """Make one and print it."""
    body = body_of(arguments, SETTINGS)
    if arguments.id:
        body["id"] = arguments.id
    return _print(arguments, at_desk(arguments, lambda ask: ask("POST", PATH, body=body)))


def listing(arguments: argparse.Namespace) -> int:
    """Print them."""
    query = {"organization_id": arguments.organization or ""}
    found = at_desk(arguments, lambda ask: whole(ask, PATH, query))
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


def delete(arguments: argparse.Namespace) -> int:
    """Take one away, and its keys."""
    gone = at_desk(arguments, lambda ask: ask("DELETE", _path(arguments)))
    print(json_text(gone) if arguments.json else f"team {arguments.id} and its keys are gone")
    return 0


def give(arguments: argparse.Namespace) -> int:
    """Give credits, and print what there is now."""
    body: Json = {"amount": arguments.amount}
    if arguments.grant:
        body["id"] = arguments.grant
    if arguments.note:
        body["note"] = arguments.note
    given = at_desk(arguments, lambda ask: ask("POST", f"{_path(arguments)}/credits", body=body))
    if arguments.json:
        print(json_text(given))
        return 0
    print(*card(_BALANCE, given), sep="\n")
    return 0


_BALANCE: Final[tuple[Column, ...]] = (
    ("GRANT", field("id")),
    ("AMOUNT", field("amount")),
    ("ALLOCATED", field("credits.allocated")),
    ("HELD", field("credits.held")),
    ("SPENT", field("credits.spent")),
    ("REMAINING", field("credits.remaining")),
)


def _path(arguments: argparse.Namespace) -> str:
    return f"{PATH}/{arguments.id}"


def _print(arguments: argparse.Namespace, team: Json) -> int:
    if arguments.json:
        print(json_text(team))
    else:
        print(*card(MORE, team), sep="\n")
    return 0


def _for_create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", nargs="?", help="its id (default: one is drawn)")
    add_settings(parser, SETTINGS)
    add_json(parser)


def _for_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--organization", metavar="ID", help="of this organization only")
    add_json(parser)


def _for_one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the team's id")
    add_json(parser)


def _for_update(parser: argparse.ArgumentParser) -> None:
    _for_one(parser)
    add_settings(parser, SETTINGS)


def _for_credits(parser: argparse.ArgumentParser) -> None:
    _for_one(parser)
    parser.add_argument("amount", metavar="AMOUNT", type=int, help="credits; below 0: taken away")
    parser.add_argument(
        "--grant", metavar="ID", help="the grant's own id: given again, it changes nothing"
    )
    parser.add_argument("--note", metavar="TEXT", help="for the ledger")


VERB: Final = verb_of(
    "teams",
    "make, list and change teams, and give them credits",
    (
        Action("create", "make a team", _for_create, create),
        Action("list", "list teams", _for_list, listing),
        Action("show", "show one", _for_one, show),
        Action("update", "change one; `none` takes a bound away", _for_update, update),
        Action("delete", "take one away, and its keys", _for_one, delete),
        Action("credits", "give a team credits", _for_credits, give),
    ),
)
