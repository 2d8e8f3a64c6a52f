"""`firstbyte init`: a configuration to begin with, made from what can be found out here. It asks nothing.

It looks at the variables that hold keys and addresses, and, only where OLLAMA_HOST is set, asks that server which
models it has. Keys stay where they are: the file names none.
"""

import argparse
import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from proxy.commands.beginning import beginning
from proxy.commands.verb import Unusable, Verb
from proxy.config import environment, json_schema
from proxy.config.catalog import catalog
from proxy.config.load import SEARCHED
from proxy.config.problems import Findings
from proxy.config.schema import Provider, Server
from proxy.core import jsons
from proxy.core.clock import SystemClock
from proxy.core.errors import ProxyError
from proxy.core.shape import HttpCall
from proxy.upstream.client import Upstream
from proxy.upstream.transport import Transport

SCHEMA: Final = "firstbyte.schema.json"
OLLAMA: Final = "ollama"
OLLAMA_SECONDS: Final = 2.0
MAX_ANSWER: Final = 1024 * 1024


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        default=SEARCHED[0],
        help="the file to write (default: %(default)s)",
    )
    parser.add_argument("--force", action="store_true", help="overwrite what is there")
    parser.add_argument("--print", action="store_true", help="print it instead, and write nothing")


def run(arguments: argparse.Namespace) -> int:
    """Write it.

    Raises:
        Unusable: it is there already, or cannot be written.
    """
    file = Path(arguments.file)
    if file.exists() and not (arguments.force or arguments.print):
        raise Unusable(f"{file} is there already; --force overwrites it, --print shows a new one")
    found = providers(os.environ)
    local = asyncio.run(local_models(found)) if OLLAMA in found else ()
    text = beginning(found, local)
    if arguments.print:
        print(text, end="")
        return 0
    try:
        file.write_text(text, "utf-8")
        file.with_name(SCHEMA).write_text(json_schema.text(), "utf-8")
    except OSError as error:
        raise Unusable(f"{file} cannot be written: {error.strerror or error}") from None
    for line in told(file, found):
        print(line)
    return 0


def told(file: Path, found: Mapping[str, Provider]) -> list[str]:
    """What was done, and what comes next."""
    on = [name for name, provider in found.items() if not provider.off]
    named = "" if str(file) in SEARCHED else f" --config {file}"
    return [
        f"Wrote {file}, and {file.with_name(SCHEMA)} for editors.",
        f"Providers: {', '.join(on)}."
        if on
        else "No key variable is set: it begins with simulated models.",
        f"Next: firstbyte check{named} && firstbyte serve{named}",
    ]


def providers(environ: Mapping[str, str]) -> dict[str, Provider]:
    """Every provider that variables speak for, in the catalogue's order."""
    return environment.providers(catalog(), environ, Server(), Findings())


async def local_models(found: Mapping[str, Provider]) -> tuple[str, ...]:
    """The models that the Ollama server of OLLAMA_HOST has; none where it does not answer."""
    clock, upstream = SystemClock(), Upstream(Transport())
    by = clock.now() + OLLAMA_SECONDS
    call = HttpCall(f"{found[OLLAMA].base_url}/api/tags", (), b"", "GET")
    try:
        reply = await upstream.send(call, connect_timeout=OLLAMA_SECONDS, by=by)
        said = jsons.decode_object(await reply.read(MAX_ANSWER, by))
        return tuple(str(each["name"]) for each in said["models"])
    except (ProxyError, TimeoutError, jsons.JsonError, LookupError, TypeError):
        return ()
    finally:
        await upstream.aclose()


VERB: Final = Verb(
    "init", "write a configuration to begin with, from the keys that are set", configure, run
)
