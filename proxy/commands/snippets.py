"""`firstbyte snippets`: the lines to paste into a client, so that it calls this proxy.

Invariant: no key is ever printed; where one belongs stands a word in its place.
"""

import argparse
import re
from typing import Final

from proxy.commands.origin import origin
from proxy.commands.verb import Misused, Verb, add_config_options, load_config
from proxy.config.problems import quoted, suggestion
from proxy.config.schema import Config
from proxy.config.snippets import PLAIN, model_for, snippets

_URL: Final = re.compile(rf"https?://{PLAIN}|https?://\[[0-9A-Fa-f:.]+\]{PLAIN}")


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    parser.add_argument(
        "tool", nargs="?", metavar="TOOL", help="a tool; without it they are listed"
    )
    parser.add_argument(
        "--base-url",
        metavar="URL",
        help="where clients reach the proxy, with or without /v1 (default: from server.listen)",
    )
    parser.add_argument(
        "--model", metavar="NAME", help="the model to ask for (default: from the configuration)"
    )
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the lines of one tool, or the tools."""
    if arguments.tool is None:
        for snippet in snippets().values():
            print(f"{snippet.tool:18} {snippet.title}")
        return 0
    chosen = snippets().get(arguments.tool)
    if chosen is None:
        near = suggestion(arguments.tool, snippets())
        raise Misused(
            f"there are no lines for {quoted(arguments.tool)}"
            f"{near or '; `firstbyte snippets` lists the tools'}"
        )
    config = load_config(arguments)
    server = config.server
    host = (
        _given(arguments.base_url)
        if arguments.base_url
        else origin(server.host, server.port, tls=bool(server.tls.cert))
    )
    print(chosen.filled(host, _model(config, arguments.model)).strip("\n"))
    return 0


def _given(base_url: str) -> str:
    """The address that the command line names, without `/v1`.

    Raises:
        Misused: it is none.
    """
    if not _URL.fullmatch(base_url):
        raise Misused(f"expected --base-url like http://127.0.0.1:8080/v1, got {quoted(base_url)}")
    return base_url.rstrip("/").removesuffix("/v1").rstrip("/")


def _model(config: Config, asked: str | None) -> str:
    """The model to ask for: the one that was named, else the first that callers would take.

    Raises:
        Misused: the one that was named cannot stand in the lines.
    """
    if asked is None:
        return model_for(config)
    if not re.fullmatch(PLAIN, asked):
        raise Misused(f"expected a model's name without spaces and quotes, got {quoted(asked)}")
    return asked


VERB: Final = Verb("snippets", "print the lines to paste into a client or tool", configure, run)
