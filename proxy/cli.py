"""The command `firstbyte`: parses the line, runs one verb, and turns what an operator can mend into a sentence.

Exit status: 0 well, 1 it could not be done, 2 the command line is wrong, 78 the configuration is wrong (EX_CONFIG of
sysexits.h), 130 interrupted.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import Final

from proxy import __version__
from proxy.commands.verb import EX_CONFIG as EX_CONFIG
from proxy.commands.verb import Verb, attempt
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; the exit status."""
    line = sys.argv[1:] if argv is None else argv
    name = line[0] if line else ""
    # A verb that is named is all that its line needs.
    verbs = [VERBS[name]] if name in VERBS and name != WHOLE else VERBS.values()
    arguments = parser(verbs).parse_args(line)
    verb: Verb = arguments.verb
    try:
        return attempt(verb.name, lambda: verb.run(arguments))
    except BrokenPipeError:
        # The reader of our output went away (`firstbyte models | head`): nothing to say, nobody to say it to.
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        return 130


def parser(chosen: Iterable[Verb] = VERBS.values()) -> argparse.ArgumentParser:
    """The command line, as far as these verbs are concerned; by default all of it."""
    top = argparse.ArgumentParser(
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
