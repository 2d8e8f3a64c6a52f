"""What an operator sees at start: what was found, where we are, a line to paste."""

from collections.abc import Iterator
from typing import Final

from proxy import __version__
from proxy.commands.origin import origin
from proxy.commands.steps import steps
from proxy.config.schema import Config
from proxy.web.descriptors import shortage
from proxy.web.rules import is_loopback

BRAND: Final = f"firstbyte {__version__}"
PLACEHOLDER: Final = "your-firstbyte-key"
"""Where a key belongs; the same as in the lines of `firstbyte snippets`, which are not loaded for the sake of a word."""


def banner(
    config: Config, host: str, port: int, ops: tuple[str, int] | None = None
) -> Iterator[str]:
    """What an operator wants to see at start: what was found, where we are, a line to paste.

    Args:
        config: What is in force.
        host: Of the listener for calls.
        port: Of the listener for calls.
        ops: Host and port of the ops listener; None where there is none.
    """
    base = f"{_origin(config, host, port)}/v1"
    yield f"{BRAND}, listening on {base}"
    if ops is not None:
        yield f"  operations     {_origin(config, *ops, local_tls=False)}"
    if config.server.workers > 1:
        yield f"  workers        {config.server.workers}"
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
        yield f"  model          {alias.name}: {steps(alias)}"
    yield "  model          mock/echo and other mock/* models, without a key"
    short = shortage(config.server.max_in_flight)
    for warning in (*config.warnings, *([short] if short else ())):
        yield f"  warning        {warning}"
    model = next(iter(config.models), "mock/echo")
    here = f"{origin(host, port, tls=bool(config.server.tls.cert))}/v1"
    yield "  try it         " + curl_line(here, model, needs_key=config.auth.required)


def _origin(config: Config, host: str, port: int, *, local_tls: bool = True) -> str:
    tls = config.server.tls.cert and (local_tls or not is_loopback(host))
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def curl_line(base: str, model: str, *, needs_key: bool = False) -> str:
    """A line to paste.

    Args:
        base: Where this machine reaches the listener, with `/v1`.
        model: To ask for.
        needs_key: Whether a place for a key stands in it; a key itself never does.
    """
    key = f"-H 'authorization: Bearer {PLACEHOLDER}' " if needs_key else ""
    return (
        f"curl -N {base}/chat/completions {key}-H 'content-type: application/json' "
        f"""-d '{{"model": "{model}", "stream": true, "messages": [{{"role": "user", "content": "Hello"}}]}}'"""
    )
