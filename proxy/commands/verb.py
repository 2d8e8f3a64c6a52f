"""What a verb of the command line is, and the options that several share."""

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from proxy.config.load import load, read_file
from proxy.config.problems import ConfigError
from proxy.config.references import Read
from proxy.config.schema import Config
from proxy.core.lazy import imported

_OUTSIDE: Final = "proxy.commands.outside:outside"
EX_CONFIG: Final = 78
"""The exit status where the configuration is wrong (sysexits.h)."""


EX_LINE: Final = 2
"""The exit status where the command line is wrong, as argparse has it."""


class Unusable(Exception):  # noqa: N818 (not an error of the program: a sentence for the operator)
    """It cannot be done; the message says why and what to do."""

    status = 1


class Misused(Unusable):
    """What the command line says is of no form that it could have; the message says what was expected."""

    status = EX_LINE


def no_store(error: Exception) -> Unusable:
    """What is said where the store fails a command, with where to look.

    Args:
        error: What the store said.
    """
    return Unusable(f"{str(error).rstrip('.')}; look at `store:`, and at what it names")


@dataclass(frozen=True, slots=True)
class Verb:
    """One command."""

    name: str
    help: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def show(text: str) -> None:
    """Print lines to standard error, and wait for who reads it: a command has nothing else to do."""
    sys.stderr.write(text)


def attempt(name: str, work: Callable[[], int], tell: Callable[[str], object] = show) -> int:
    """Do it; what an operator can mend becomes a sentence.

    Args:
        name: The command's.
        work: Gives the exit status.
        tell: Takes the lines that say what that is.
    """
    try:
        return work()
    except ConfigError as error:
        tell("".join(f"{problem}\n" for problem in error.problems))
        return status_of(error)
    except Unusable as error:
        tell(f"firstbyte {name}: {error}\n")
        return error.status


def status_of(error: ConfigError) -> int:
    """The exit status of a configuration that cannot be used: whether the file is to be mended, or the command line."""
    # What an option makes wrong in the file has a path there; what is wrong with the option itself has none.
    is_line = all(each.file.startswith("--") and not each.path for each in error.problems)
    return EX_LINE if is_line else EX_CONFIG


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """`--config` and `--profile`."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="the configuration (default: $FIRSTBYTE_CONFIG, ./firstbyte.yaml, ./config/firstbyte.yaml, else none)",
    )
    parser.add_argument(
        "--profile",
        metavar="NAME",
        help="a profile to merge over the configuration (default: $FIRSTBYTE_PROFILE)",
    )


def load_config(
    arguments: argparse.Namespace,
    *,
    read: Read = read_file,
    again: str = "",
    listens: bool = False,
) -> Config:
    """The configuration that the options name.

    Args:
        arguments: With what `add_config_options` added.
        read: Reads a file, raising `OSError`.
        again: The file that a running process goes by: no other is looked for. Empty at a start.
        listens: Whether a listener is about to begin by it, or its beginning is judged.

    Raises:
        ConfigError: every problem in it at once.
    """
    return load(
        again or arguments.config,
        environ=os.environ,
        profile=arguments.profile,
        read=read,
        listen=getattr(arguments, "listen", None) or "",
        ops_listen=getattr(arguments, "ops_listen", None) or "",
        workers=getattr(arguments, "workers", None) or 0,
        outside=imported(_OUTSIDE)(listens=listens, again=bool(again)),
    )
