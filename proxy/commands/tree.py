"""The command line as a tree of words: what may be typed where, read from the parser itself.

Invariant: nothing is listed here that the parser does not take.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from proxy.config.snippets import snippets
from proxy.sim.scenarios import Pace, scenarios

FILES: Final = frozenset({"FILE", "PATH"})
"""Names of values that are files."""
_WORDS: Final[Mapping[tuple[str, str], Callable[[], Iterator[str]]]] = {
    ("snippets", "TOOL"): lambda: iter(snippets()),
    ("conformance", "--only"): lambda: iter(scenarios(Pace())),
}
"""Values that are known without being choices of the parser, by command and by the option's or the value's name."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option, or one value that stands by itself."""

    names: tuple[str, ...]
    """`--config` and its like; none for a value by itself."""
    help: str
    takes: bool
    """Whether a value follows."""
    value: str = ""
    """What messages call the value."""
    required: bool = False
    """Whether the command is wrong without it."""
    words: tuple[str, ...] = ()
    """What the value may be; empty where that is not known."""
    files: bool = False
    """Whether the value is a file."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command, with what may follow it."""

    path: tuple[str, ...]
    """Its words, from the first: empty for the program itself."""
    help: str
    options: tuple[Option, ...]
    commands: tuple["Command", ...] = field(default=())

    def walk(self) -> Iterator["Command"]:
        """This and everything below."""
        yield self
        for each in self.commands:
            yield from each.walk()


def read(parser: argparse.ArgumentParser, path: tuple[str, ...] = (), said: str = "") -> Command:
    """The tree below a parser.

    Args:
        parser: The program's, or a command's.
        path: The command's words.
        said: Its help.
    """
    options: list[Option] = []
    commands: list[Command] = []
    for action in parser._actions:  # noqa: SLF001 (argparse has no public way to ask)
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 (as above)
            commands += _below(action, path)
        else:
            options.append(_option(action, path))
    return Command(path, said, tuple(options), tuple(commands))


def _below(
    action: "argparse._SubParsersAction[argparse.ArgumentParser]", path: tuple[str, ...]
) -> Iterator[Command]:
    said = {each.dest: each.help or "" for each in action._choices_actions}  # noqa: SLF001 (as above)
    for name, parser in action.choices.items():
        yield read(parser, (*path, name), said.get(name, ""))


def _option(action: argparse.Action, path: tuple[str, ...]) -> Option:
    words = tuple(map(str, action.choices or ()))
    takes = action.nargs != 0
    name = action.metavar if isinstance(action.metavar, str) else "|".join(words)
    known = _WORDS.get((path[0] if path else "", (*action.option_strings, name)[0]))
    return Option(
        names=tuple(action.option_strings),
        # As argparse fills it in.
        help=(action.help or "") % vars(action),
        takes=takes,
        value=(name or action.dest.upper()) if takes else "",
        required=action.required,
        words=words or tuple(known() if known else ()),
        files=name in FILES,
    )
