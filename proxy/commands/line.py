"""The parser of the command line: a word that is nearly one of ours is told with the one that was meant.

Invariant: whatever is wrong with a line, what is said of it ends with where to look, and the exit status is 2.
"""

import argparse
import sys
from typing import Any, Final, NoReturn

from proxy.config.problems import quoted, suggestion

_MISSING: Final = "the following arguments are required"
"""How argparse begins to say that something is missing."""


class Line(argparse.ArgumentParser):
    """A parser for the program, or for one of its commands: argparse makes those of commands by the same class."""

    _strange = ""
    """An option among the words that it does not know."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, where, and who knows more."""
        if self._strange and message.startswith(_MISSING):
            # What is missing may be what was mistyped.
            message = self._unknown(self._strange)
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
        words = sys.argv[1:] if args is None else list(args)
        self._strange = next(filter(self._is_strange, words), "")
        known, rest = super().parse_known_args(words, namespace)
        if rest:
            self.error(self._unknown(str(rest[0])))
        return known, rest

    def _is_strange(self, word: str) -> bool:
        """Whether it is an option, and not one of ours or its beginning."""
        name = word.partition("=")[0]
        own = self._option_string_actions
        return name.startswith("--") and not any(each.startswith(name) for each in own)

    def _unknown(self, word: str) -> str:
        # What stands behind a strange option may have been its value.
        name = word.partition("=")[0]
        near = suggestion(name, self._option_string_actions) if name.startswith("-") else ""
        return f"unknown: {quoted(name)}{near}"

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        known = [str(each) for each in action.choices]
        near = suggestion(str(value), known) or f"; it is one of {', '.join(known)}"
        raise argparse.ArgumentError(action, f"there is no {quoted(str(value))}{near}")
