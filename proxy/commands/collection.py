"""What the desk keeps many of, as the verbs of the command line reach it: listed, shown, changed and printed alike."""

import argparse
from dataclasses import dataclass

from proxy.commands.actions import add_json
from proxy.commands.pages import whole
from proxy.commands.settings import Setting, add_settings, body_of
from proxy.commands.table import Column, card, json_text, table
from proxy.commands.way import at_desk
from proxy.core.shape import Json


@dataclass(frozen=True, slots=True)
class Collection:
    """Things of one kind."""

    path: str
    """Of the list, at the desk."""
    columns: tuple[Column, ...]
    """What a table shows of each."""
    rows: tuple[Column, ...]
    """What is shown of one alone."""
    settings: tuple[Setting, ...] = ()
    """What may be said of one when it is made, and changed later."""
    owner: str = ""
    """Whose things may be listed alone; empty where they are nobody's."""
    known_by: str = ""
    """What the argument is that names one."""

    def make(self, arguments: argparse.Namespace, body: Json) -> Json:
        """A new one."""
        return at_desk(arguments, lambda ask: ask("POST", self.path, body=body))

    def ask(
        self, arguments: argparse.Namespace, method: str, below: str = "", body: Json | None = None
    ) -> Json:
        """What the desk answers about the one that was named.

        Args:
            arguments: Of the command line.
            method: Of the request.
            below: What follows its own path.
            body: Of the request, if it has one.
        """
        path = f"{self.path}/{arguments.id}{below}"
        return at_desk(arguments, lambda ask: ask(method, path, body=body))

    def listing(self, arguments: argparse.Namespace) -> int:
        """Print them all, or those of an owner."""
        query = {f"{self.owner}_id": getattr(arguments, self.owner) or ""} if self.owner else {}
        found = at_desk(arguments, lambda ask: whole(ask, self.path, query))
        if arguments.json:
            print(json_text(found))
        else:
            print(*table(self.columns, found), sep="\n")
        return 0

    def show(self, arguments: argparse.Namespace) -> int:
        """Print one."""
        return show_one(arguments, self.rows, self.ask(arguments, "GET"))

    def update(self, arguments: argparse.Namespace) -> int:
        """Change one and print it."""
        body = body_of(arguments, self.settings)
        return show_one(arguments, self.rows, self.ask(arguments, "PATCH", body=body))

    def for_list(self, parser: argparse.ArgumentParser) -> None:
        """The options of `listing`."""
        if self.owner:
            parser.add_argument(f"--{self.owner}", metavar="ID", help=f"of this {self.owner} only")
        add_json(parser)

    def for_one(self, parser: argparse.ArgumentParser) -> None:
        """The options of what is done to one."""
        parser.add_argument("id", metavar="ID", help=self.known_by)
        add_json(parser)

    def for_update(self, parser: argparse.ArgumentParser) -> None:
        """The options of `update`."""
        self.for_one(parser)
        add_settings(parser, self.settings)


def show_one(arguments: argparse.Namespace, rows: tuple[Column, ...], value: Json) -> int:
    """Print one object: a line for each of these, or JSON for a program."""
    if arguments.json:
        print(json_text(value))
    else:
        print(*card(rows, value), sep="\n")
    return 0
