"""The text of a first configuration: providers that were found, a cascade over them, and the settings that are next.

Invariant: it passes `firstbyte check`, whatever was found; it holds no key.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from proxy.config.schema import Provider

SUGGESTED: Final = {
    "anthropic": "claude-sonnet-5-5",
    "openai": "gpt-5.4-mini",
    "gemini": "gemini-3.8-flash",
    "mistral": "mistral-medium-3-5",
    "xai": "grok-4.7",
    "deepseek": "deepseek-flash",
    "groq": "llama-3.3-70b-versatile",
    "cerebras": "gpt-oss-120b",
    "cohere": "command-a-03-2025",
    "openrouter": "openai/gpt-5.4-mini",
}
"""A model to begin with, where one has a name that is the same for every account."""
LONGEST: Final = 4
"""Steps of the first cascade: a call tries no more than that unless it is told to."""
FALLBACK: Final = "mock/lorem"
"""What answers where nothing was found: simulated, without a key."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@+-]*")
_COMMENT: Final = 32
"""Where comments behind a line begin."""

_HEAD: Final = """\
# yaml-language-server: $schema=./firstbyte.schema.json
#
# Written by `firstbyte init`. Only what differs from the usual needs to stand here; keys stay in the environment.
#
#   firstbyte check           is it right?
#   firstbyte explain chat    what would a call do?
#   firstbyte serve           serve it
"""
_REST: Final = """
default_model: chat             # for calls that name none

# What holds without being written. Take the # away to change it.
#
# server:
#   listen: 127.0.0.1:8080      # beyond loopback, `auth` must be said too
# auth:
#   required: true
#   keys: [{key: "${FIRSTBYTE_KEY}", team: mine}]
# defaults:
#   first_byte_timeout: 60s     # then the next one is tried
#   retries: 0                  # further tries at the same target
#   hedge_after: off            # 2s: by then a second one is tried beside the first
#   commit: first_byte          # complete: nothing goes out before it is whole, so that a cut stream fails over too
"""


def beginning(found: Mapping[str, Provider], local: Sequence[str]) -> str:
    """The file.

    Args:
        found: Providers that the environment speaks for.
        local: Models of the Ollama server among them.
    """
    lines = [*_providers(found), *_models(found, local)]
    return _HEAD + "".join(f"{line}\n" for line in lines) + _REST


def _providers(found: Mapping[str, Provider]) -> Iterator[str]:
    yield ""
    yield "providers:"
    for name, provider in found.items():
        if provider.off:
            yield _noted(f"  # {name}: {{}}", provider.off)
        else:
            yield _noted(f"  {name}: {{}}", _whence(provider))
    for name, variable in (("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY")):
        if name not in found:
            yield _noted(f"  # {name}: {{}}", f"with {variable} set")
    yield "  # local: {base_url: http://127.0.0.1:8000/v1}    # whatever speaks OpenAI's protocol"


def _whence(provider: Provider) -> str:
    if provider.api_keys:
        return f"the key comes from {provider.key_variable}"
    return f"at {provider.base_url}" if provider.auth is None else "by its usual login"


def _models(found: Mapping[str, Provider], local: Sequence[str]) -> Iterator[str]:
    targets = list(_targets(found, local))
    yield ""
    yield "models:"
    yield "  # A name of your own for targets, tried in this order until one speaks."
    yield "  chat:"
    for target in targets[:LONGEST] or [FALLBACK]:
        yield f"    - {target}"
    for target in targets[LONGEST:]:
        yield f"    # - {target}"
    if not targets:
        yield "    # - openai/gpt-5.4-mini"
    named = {target.split("/")[0] for target in targets}
    for name, provider in found.items():
        if not provider.off and name not in named:
            yield _noted(f"    # - {name}/…", "a model of yours there")


def _targets(found: Mapping[str, Provider], local: Sequence[str]) -> Iterator[str]:
    for name, model in SUGGESTED.items():
        if name in found and not found[name].off:
            yield f"{name}/{model}"
    for model in local:
        if _PLAIN.fullmatch(model) and "embed" not in model:
            yield f"ollama/{model}"


def _noted(line: str, comment: str) -> str:
    return f"{line:{_COMMENT}}# {comment}"
