"""`firstbyte store`: is it well, release what a crash left held, and where it is."""

import argparse
from pathlib import Path
from typing import Final

from proxy.commands.actions import Action, add_json, verb_of
from proxy.commands.table import json_text
from proxy.commands.verb import Unusable, load_config
from proxy.commands.way import MEMORY, at_desk
from proxy.store.address import AddressError, shown

PATH: Final = "/admin/store"


def check(arguments: argparse.Namespace) -> int:
    """0: it is well; 1: it is not, and what is wrong."""
    found = at_desk(arguments, lambda ask: ask("GET", PATH))
    if arguments.json:
        print(json_text(found))
    else:
        print(*(found["problems"] or [f"{found['kind']}: all is well"]), sep="\n")
    return 1 if found["problems"] else 0


def sweep(arguments: argparse.Namespace) -> int:
    """Release holds whose time has passed."""
    swept = at_desk(arguments, lambda ask: ask("POST", f"{PATH}/sweep"))
    print(json_text(swept) if arguments.json else f"{swept['released']} released")
    return 0


def path(arguments: argparse.Namespace) -> int:
    """Print where it is, without a password."""
    address = load_config(arguments).store.reveal()
    try:
        where = shown(address)
    except AddressError as error:
        raise Unusable(f"store: {error}") from None
    if where.startswith("sqlite:"):
        where = str(Path(where.removeprefix("sqlite:")).resolve())
    print(where if where != MEMORY else f"{MEMORY} in the server that runs, and nowhere else")
    return 0


def _nothing(_parser: argparse.ArgumentParser) -> None:
    pass


VERB: Final = verb_of(
    "store",
    "check the store, sweep it, or say where it is",
    (
        Action("check", "is it well: exit 0 yes, 1 no", add_json, check),
        Action("sweep", "release what was held and never settled", add_json, sweep),
        Action("path", "say where it is", _nothing, path),
    ),
)
