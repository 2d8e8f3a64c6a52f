"""`firstbyte usage`: what calls came to, in groups or one by one, as a table, JSON lines or CSV."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from proxy.commands.pages import pages
from proxy.commands.table import Column, csv_line, field, json_line, table, when
from proxy.commands.verb import Verb
from proxy.commands.way import Ask, add_way_options, at_desk
from proxy.core.shape import Json
from proxy.store.records import By

CALLS: Final = "/admin/calls"
SUMS: Final = "/admin/usage"
GROUPS: Final[tuple[Column, ...]] = tuple(
    (name.upper().replace("_", " "), field(name))
    for name in (
        "group",
        "calls",
        "served",
        "failed",
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "cost_usd",
        "avg_duration_ms",
    )
)
ROWS: Final[tuple[Column, ...]] = (
    ("AT", when("at")),
    ("ID", field("id")),
    ("TEAM", field("team_id")),
    ("KEY", field("key_id")),
    ("JOB", field("job_id")),
    ("ALIAS", field("alias")),
    ("TARGET", field("target")),
    ("OUTCOME", field("outcome")),
    ("STATUS", field("status")),
    ("PROMPT", field("prompt_tokens")),
    ("COMPLETION", field("completion_tokens")),
    ("COST USD", field("cost_usd")),
    ("MS", field("duration_ms")),
)

Form = Callable[[Sequence[Column], Sequence[Json], bool], Iterator[str]]
"""Columns, objects, and whether they are the first; lines."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    parser.add_argument("--from", dest="since", metavar="WHEN", help="from this moment on (UTC)")
    parser.add_argument("--to", dest="until", metavar="WHEN", help="before this moment (UTC)")
    parser.add_argument(
        "--by", choices=[by.value for by in By], default=By.TEAM.value, help="in these groups"
    )
    parser.add_argument("--rows", action="store_true", help="every call by itself instead")
    parser.add_argument("--team", metavar="ID", help="of this team only")
    parser.add_argument("--key", metavar="ID", help="of this key only")
    parser.add_argument("--job", metavar="ID", help="of this job only")
    parser.add_argument(
        "--format", choices=list(FORMS), default="table", help="how (default: table)"
    )
    add_way_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print."""
    at_desk(
        arguments, lambda ask: _calls(arguments, ask) if arguments.rows else _sums(arguments, ask)
    )
    return 0


async def _sums(arguments: argparse.Namespace, ask: Ask) -> None:
    found = await ask("GET", SUMS, {"by": arguments.by, **_meant(arguments)})
    for line in FORMS[arguments.format](GROUPS, found["data"], True):
        print(line)


async def _calls(arguments: argparse.Namespace, ask: Ask) -> None:
    """A page at a time: there may be millions."""
    first = True
    async for page in pages(ask, CALLS, _meant(arguments)):
        for line in FORMS[arguments.format](ROWS, page, first):
            print(line)
        first = False


def _meant(arguments: argparse.Namespace) -> dict[str, str]:
    said = {
        "from": arguments.since,
        "to": arguments.until,
        "team_id": arguments.team,
        "key_id": arguments.key,
        "job_id": arguments.job,
    }
    return {name: value for name, value in said.items() if value}


def _table(columns: Sequence[Column], objects: Sequence[Json], first: bool) -> Iterator[str]:  # noqa: FBT001 (a `Form`)
    lines = table(columns, objects)
    if not first:
        next(lines)
    yield from lines


def _jsonl(_columns: Sequence[Column], objects: Sequence[Json], _first: bool) -> Iterator[str]:  # noqa: FBT001
    yield from map(json_line, objects)


def _csv(_columns: Sequence[Column], objects: Sequence[Json], first: bool) -> Iterator[str]:  # noqa: FBT001
    if objects and first:
        yield csv_line(objects[0])
    yield from (csv_line(each.values()) for each in objects)


FORMS: Final[dict[str, Form]] = {"table": _table, "jsonl": _jsonl, "csv": _csv}

VERB: Final = Verb("usage", "what calls came to, by team, key, model or target", configure, run)
