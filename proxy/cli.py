"""The command `firstbyte`: parses the line, runs one verb, and turns what an operator can mend into a sentence.

Exit status: 0 well, 1 it could not be done, 2 the command line is wrong, 78 the configuration is wrong (EX_CONFIG of
sysexits.h), 130 interrupted.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from proxy import __version__
from proxy.commands import (
    chaos,
    check,
    completion,
    configuration,
    conformance,
    demo,
    doctor,
    explain,
    init,
    keys,
    models,
    organizations,
    probe,
    schema,
    serve,
    snippets,
    store,
    teams,
    usage,
)
from proxy.commands.verb import EX_CONFIG as EX_CONFIG
from proxy.commands.verb import Verb, attempt

VERBS: Final[tuple[Verb, ...]] = (
    serve.VERB,
    demo.VERB,
    init.VERB,
    check.VERB,
    doctor.VERB,
    configuration.VERB,
    models.VERB,
    teams.VERB,
    keys.VERB,
    organizations.VERB,
    usage.VERB,
    store.VERB,
    explain.VERB,
    schema.VERB,
    snippets.VERB,
    probe.VERB,
    chaos.VERB,
    conformance.VERB,
    completion.VERB,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; the exit status."""
    arguments = parser().parse_args(argv)
    verb: Verb = arguments.verb
    try:
        return attempt(verb.name, lambda: verb.run(arguments))
    except BrokenPipeError:
        # The reader of our output went away (`firstbyte models | head`): nothing to say, nobody to say it to.
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """The command line, from the table of verbs."""
    top = argparse.ArgumentParser(
        prog="firstbyte",
        description="An OpenAI-compatible reverse proxy that fails over before the first byte.",
    )
    top.add_argument("--version", action="version", version=f"firstbyte {__version__}")
    # Completion is made from the whole tree.
    top.set_defaults(program=top)
    verbs = top.add_subparsers(metavar="COMMAND", required=True)
    for verb in VERBS:
        sub = verbs.add_parser(verb.name, help=verb.help, description=verb.help)
        verb.configure(sub)
        sub.set_defaults(verb=verb)
    return top
