"""`firstbyte completion SHELL`: a script that lets a shell complete our commands, options and known values."""

import argparse
from typing import Final

from proxy.commands import tree
from proxy.commands.shells import SHELLS
from proxy.commands.verb import Verb

HOW: Final = """\
to use it now and from now on:
  bash  firstbyte completion bash > ~/.local/share/bash-completion/completions/firstbyte
  zsh   firstbyte completion zsh > "${fpath[1]}/_firstbyte"
  fish  firstbyte completion fish > ~/.config/fish/completions/firstbyte.fish
or, in this shell alone: source <(firstbyte completion bash)
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = HOW
    parser.add_argument("shell", metavar="|".join(SHELLS), choices=SHELLS, help="the shell")


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    program: argparse.ArgumentParser = arguments.program
    print(SHELLS[arguments.shell](tree.read(program)), end="")
    return 0


VERB: Final = Verb("completion", "print a completion script for bash, zsh or fish", configure, run)
