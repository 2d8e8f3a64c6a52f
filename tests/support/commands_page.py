"""Writes docs/commands.md from the command line itself: what each command says of itself, and its options.

    python -m tests.support.commands_page

Invariant: nothing on the page is written by hand, so nothing on it can be left behind.
"""

import inspect
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from proxy.cli import VERBS, parser
from proxy.commands.tree import Command, Option, read

PAGE: Final = Path(__file__).parents[2] / "docs/commands.md"
_TABLE: Final = ("| | |", "|---|---|")
_MANY: Final = 4
"""Commands that have an option before it is said once for all."""
_ASIDE: Final = ("Invariant:", "Source:")
"""Paragraphs that are for readers of the code."""

_HEAD: Final = """\
# Commands

`firstbyte` is one command with a verb. `python -m proxy` is the same from a checkout.
`firstbyte VERB --help` says what stands here; `firstbyte completion SHELL` makes a shell complete it.

Exit status: 0 well; 1 it could not be done; 2 the command line is wrong; 78 the configuration is wrong; 130 interrupted.
What is wrong stands on standard error, a sentence a problem, and says what to do.

<!-- Written by `python -m tests.support.commands_page`; a test compares it with the command line. -->
"""


def page() -> str:
    """The page."""
    tree = read(parser())
    shared = _shared(tree)
    lines = [_HEAD, *_TABLE]
    lines += [f"| [`{name}`](#firstbyte-{name}) | {said} |" for name, said in _verbs(tree)]
    lines += ["", "Options that many of them have:", "", *_TABLE, *map(_row, shared)]
    for each in tree.commands:
        lines += ["", *_section(each, _prose(each), shared)]
    return "\n".join(lines) + "\n"


def _verbs(tree: Command) -> Iterator[tuple[str, str]]:
    return ((each.path[0], each.help) for each in tree.commands)


def _shared(tree: Command) -> list[Option]:
    """Options that stand with the same words in many commands, the most frequent first."""
    counts = Counter(option for each in tree.walk() for option in each.options if option.names)
    return [
        option for option, count in counts.most_common() if count >= _MANY and not _is_help(option)
    ]


def _section(command: Command, prose: list[str], shared: list[Option]) -> Iterator[str]:
    yield f"{'#' * (len(command.path) + 1)} firstbyte {' '.join(command.path)}"
    for paragraph in prose:
        yield ""
        yield from paragraph.splitlines()
    yield ""
    yield f"`{_usage(command)}`"
    own = [option for option in command.options if option not in shared and not _is_help(option)]
    if own:
        yield from ("", *_TABLE, *map(_row, own))
    others = ", ".join(f"`{option.names[0]}`" for option in shared if option in command.options)
    if others:
        yield from ("", f"And {others}.")
    for each in command.commands:
        yield from ("", *_section(each, [_sentence(each.help)], shared))


def _is_help(option: Option) -> bool:
    return "--help" in option.names


def _prose(command: Command) -> list[str]:
    """What the command's file says of it, as paragraphs; its line of help where no file is about it alone."""
    name = command.path[0]
    verb = VERBS[name]
    for module in (verb.run.__module__, f"proxy.commands.{name}"):
        said = inspect.getdoc(sys.modules.get(module)) or ""
        if said.startswith(f"`firstbyte {name}"):
            first, *rest = (part for part in said.split("\n\n") if not part.startswith(_ASIDE))
            return [_sentence(first.partition("`: ")[2]), *rest]
    return [_sentence(command.help)]


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _usage(command: Command) -> str:
    values = [
        option.value if option.required else f"[{option.value}]"
        for option in command.options
        if not option.names
    ]
    options = any(each.names and not _is_help(each) for each in command.options)
    more = ["[OPTIONS]"] if options else []
    below = ["|".join(each.path[-1] for each in command.commands)] if command.commands else []
    return " ".join(("firstbyte", *command.path, *below, *values, *more))


def _row(option: Option) -> str:
    names = ", ".join(option.names)
    shown = f"{names} {option.value}".strip()
    return f"| `{shown.replace('|', chr(92) + '|')}` | {option.help.replace('|', chr(92) + '|')} |"


def main() -> None:
    """Write it."""
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
