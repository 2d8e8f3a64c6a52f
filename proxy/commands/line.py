"""The parser of the command line: a word that is nearly one of ours is told with the one that was meant.

Invariant: whatever is wrong with a line, what is said of it ends with where to look, and the exit status is 2.
"""

import argparse
import sys
from typing import Any, Final, NoReturn

from proxy.config.problems import quoted, suggestion

_MISSING: Final = "the following arguments are required"
_LONG: Final = "--"
_MEANT: Final = {
    **dict.fromkeys(("--address", "--bind", "--host", "--port"), "--listen"),
    **dict.fromkeys(("--hot-reload", "--watch"), "--reload"),
    **dict.fromkeys(("--description", "--reason"), "--note"),
}
"""What other servers call an option, and what it is called here, where the command has it."""
_COMMANDS: Final = {
    **dict.fromkeys(("run", "start", "up"), "serve"),
    **dict.fromkeys(("lint", "validate"), "check"),
}
"""The same of commands."""


class Line(argparse.ArgumentParser):
    """A parser for the program, or for one of its commands: argparse makes those of commands by the same class."""

    _words: tuple[str, ...] = ()
    """What this parser was given to read."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, where, and who knows more."""
        strange = self._strange() if message.startswith(_MISSING) else ""
        if strange:
            # Most likely it was to be what is missing, and it is what can be seen on the line.
            message = self._unknown(strange)
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: error: {message}\n`{self.prog} --help` says more\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse has it, but that every command refuses what it does not know by its own name.

        Args:
            args: The words.
            namespace: What is known by now.
        """
        # Left to argparse, the program would refuse them all at the end, and show its own usage: not a word of the
        # options that the command has.
        self._words = tuple(sys.argv[1:] if args is None else args)
        known, rest = super().parse_known_args(args, namespace)
        if rest:
            # What stands behind a strange option may have been its value.
            self.error(self._unknown(str(rest[0])))
        return known, rest

    def _strange(self) -> str:
        """The first option that is none of ours, not even shortened; empty where there is none."""
        return self._first_strange(self._words)

    def _first_strange(self, words: tuple[str, ...]) -> str:
        ours = tuple(self._option_string_actions)
        names = (word.partition("=")[0] for word in words if word.startswith(_LONG))
        return next((name for name in names if not any(each.startswith(name) for each in ours)), "")

    def _unknown(self, word: str) -> str:
        name = word.partition("=")[0]
        meant = self._option_string_actions.get(_MEANT.get(name, ""))
        if meant is not None:
            value = f" {meant.metavar}" if meant.metavar else ""
            return f"unknown: {quoted(name)}; did you mean '{_MEANT[name]}{value}'?"
        return f"unknown: {quoted(name)}{self._near(word, name)}"

    def _near(self, word: str, name: str) -> str:
        if not name.startswith("-"):
            is_file = word.endswith((".yaml", ".yml")) and "--config" in self._option_string_actions
            return f"; did you mean '--config' before {quoted(word)}?" if is_file else ""
        # What it is elsewhere is known, so that one of ours that only looks like it is not meant.
        near = "" if name in _MEANT else suggestion(name, self._option_string_actions)
        if not near and self._subparsers is not None:
            near = f"; options stand behind a command: `{self.prog} COMMAND --option`"
        return near

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        before = self._words[: self._words.index(value)] if value in self._words else ()
        strange = "" if action.option_strings else self._first_strange(before)
        if strange:
            # Taken for a command, it was that option's value.
            raise argparse.ArgumentError(None, self._unknown(strange))
        known = [str(each) for each in action.choices]
        meant = _COMMANDS.get(str(value))
        near = f"; did you mean '{meant}'?" if meant in known else suggestion(str(value), known)
        near = near or f"; it is one of {', '.join(known)}"
        raise argparse.ArgumentError(action, f"there is no {quoted(str(value))}{near}")
