"""`firstbyte serve`: run the proxy until SIGTERM or SIGINT."""

import argparse
import sys
from collections.abc import Iterator
from typing import Final

from proxy import __version__
from proxy.app import App
from proxy.commands.verb import Unusable, Verb, add_config_options, load_config
from proxy.config.schema import Config
from proxy.web.server import run as run_server

BRAND: Final = f"firstbyte {__version__}"


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    add_config_options(parser)
    parser.add_argument(
        "--listen", metavar="HOST:PORT", help="the address to listen on (default: server.listen)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve; the exit status."""
    run_server(_serve(load_config(arguments)))
    return 0


async def _serve(config: Config) -> None:
    app = App(config)
    try:
        host, port = bind(app)
        await app.start()
        for line in banner(config, host, port):
            print(line, file=sys.stderr)
        await app.server.serve()
    finally:
        await app.aclose()


def bind(app: App) -> tuple[str, int]:
    """Take the listening address.

    Raises:
        Unusable: it cannot be had; says why and what to do.
    """
    try:
        return app.server.bind()
    except OSError as error:
        raise Unusable(str(error)) from None


def banner(config: Config, host: str, port: int) -> Iterator[str]:
    """What an operator wants to see at start: what was found, where we are, a line to paste."""
    shown = f"[{host}]" if ":" in host else host
    base = f"{'https' if config.server.tls.cert else 'http'}://{shown}:{port}/v1"
    yield f"{BRAND}, listening on {base}"
    yield f"  configuration  {config.source or 'none: providers are found by their key variables'}"
    for provider in config.providers.values():
        if provider.off:
            yield f"  provider       {provider.name}: off, {provider.off}"
            continue
        keys = ", ".join(key.hint for key in provider.api_keys)
        how = (
            "the caller's own key" if provider.passthrough else (keys and f"key {keys}") or "no key"
        )
        yield f"  provider       {provider.name} ({provider.protocol}, {how})"
    for alias in config.models.values():
        steps = " > ".join(f"{ref.provider}/{ref.model}" for ref in alias.refs)
        yield f"  model          {alias.name}: {steps}"
    yield "  model          mock/echo and other mock/* models, without a key"
    for warning in config.warnings:
        yield f"  warning        {warning}"
    model = next(iter(config.models), "mock/echo")
    yield "  try it         " + curl_line(base, model)


def curl_line(base: str, model: str) -> str:
    """A line to paste."""
    return (
        f"curl -N {base}/chat/completions -H 'content-type: application/json' "
        f"""-d '{{"model": "{model}", "stream": true, "messages": [{{"role": "user", "content": "Hello"}}]}}'"""
    )


VERB: Final = Verb("serve", "run the proxy", configure, run)
