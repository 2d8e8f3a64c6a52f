"""The command `firstbyte`: parses the line, runs one verb, and turns what an operator can mend into a sentence.

Exit status: 0 well, 1 it could not be done, 2 the command line is wrong, 78 the configuration is wrong (EX_CONFIG of
sysexits.h), 130 interrupted.
"""

import argparse
import errno
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Final

from proxy import __version__
from proxy.commands.line import Line
from proxy.commands.streams import open_missing
from proxy.commands.verb import EX_CONFIG as EX_CONFIG
from proxy.commands.verb import EX_LINE, Unusable, Verb, attempt
from proxy.core.lazy import LazyMap, imported

_PLACES: Final = {
    "serve": "proxy.commands.serve:VERB",
    "demo": "proxy.commands.demo:VERB",
    "init": "proxy.commands.init:VERB",
    "check": "proxy.commands.check:VERB",
    "doctor": "proxy.commands.doctor:VERB",
    "config": "proxy.commands.configuration:VERB",
    "models": "proxy.commands.models:VERB",
    "teams": "proxy.commands.teams:VERB",
    "keys": "proxy.commands.keys:VERB",
    "organizations": "proxy.commands.organizations:VERB",
    "usage": "proxy.commands.usage:VERB",
    "store": "proxy.commands.store:VERB",
    "explain": "proxy.commands.explain:VERB",
    "schema": "proxy.commands.schema:VERB",
    "snippets": "proxy.commands.snippets:VERB",
    "probe": "proxy.commands.probe:VERB",
    "chaos": "proxy.commands.chaos:VERB",
    "conformance": "proxy.commands.conformance:VERB",
    "completion": "proxy.commands.completion:VERB",
}


def _verb(name: str) -> Verb:
    verb: Verb = imported(_PLACES[name])
    return verb


VERBS: Final = LazyMap(_PLACES, _verb)
"""By name, in the order of the help, each loaded when it is first asked for."""
WHOLE: Final = "completion"
"""The verb that looks at all others."""
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""What a write fails with where there is no more room."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; the exit status."""
    open_missing()
    line = sys.argv[1:] if argv is None else argv
    name = line[0] if line else ""
    # A verb that is named is all that its line needs.
    verbs = [VERBS[name]] if name in VERBS and name != WHOLE else VERBS.values()
    if not line:
        # Who says nothing does not know yet what there is to say.
        parser(verbs).print_help(sys.stderr)
        return EX_LINE
    arguments = parser(verbs).parse_args(line)
    verb: Verb = arguments.verb
    try:
        return attempt(verb.name, lambda: _said(verb, arguments))
    except BrokenPipeError:
        # The reader of our output went away (`firstbyte models | head`): nothing to say, nobody to say it to.
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        return 130


def _said(verb: Verb, arguments: argparse.Namespace) -> int:
    """Run it, and see that what it said has arrived.

    Raises:
        Unusable: standard output takes nothing more, or there is no room for something else.
    """
    try:
        status = verb.run(arguments)
        sys.stdout.flush()
    except OSError as error:
        if error.errno not in _FULL:
            raise
        if error.filename is None:
            # What is left in its buffer would fail once more at the end, with a traceback.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        place = error.filename or "standard output"
        reason = (error.strerror or "").lower()
        raise Unusable(f"{place} cannot be written to: {reason}") from None
    return status


def parser(chosen: Iterable[Verb] = VERBS.values()) -> argparse.ArgumentParser:
    """The command line, as far as these verbs are concerned; by default all of it."""
    top = Line(
        prog="firstbyte",
        description="An OpenAI-compatible reverse proxy that fails over before the first byte.",
    )
    top.add_argument("--version", action="version", version=f"firstbyte {__version__}")
    # Completion is made from the whole tree.
    top.set_defaults(program=top)
    verbs = top.add_subparsers(metavar="COMMAND", required=True)
    for verb in chosen:
        sub = verbs.add_parser(verb.name, help=verb.help, description=verb.help)
        verb.configure(sub)
        sub.set_defaults(verb=verb)
    return top
