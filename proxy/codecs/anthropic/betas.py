"""Names of beta features: how a header lists them, and which of them only Anthropic's own service has.

Clients are written for that service and announce what they know. Other platforms refuse a call for a name that they do
not have, also where it only says who calls, or wishes for what an answer can do without. Those names are left out there;
a feature that changes the answer is passed on, and the platform says itself whether it has it.

Source: https://platform.claude.com/docs/en/api/beta-headers, and reports of what Bedrock and Vertex AI refuse:
github.com/router-for-me/CLIProxyAPI/issues/4750, github.com/anthropics/claude-code/issues/21625 (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

BETA: Final = "anthropic-beta"
"""The header."""

_DATE: Final = re.compile(r"-\d{4}-?\d{2}-?\d{2}$")
_AT_HOME: Final = frozenset(
    {"claude-code", "fast-mode", "oauth", "prompt-caching-scope", "redact-thinking"}
)
"""Without their dates."""


def listed(values: Iterable[str]) -> list[str]:
    """The names in the values of one or more headers, each once."""
    split = [name.strip() for value in values for name in value.split(",")]
    return list(dict.fromkeys(name for name in split if name))


def abroad(names: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The names for another platform than Anthropic's own, and those that are left out."""
    kept = [name for name in names if stem(name) not in _AT_HOME]
    return kept, tuple(name for name in names if name not in kept)


def stem(name: str) -> str:
    """A name without its date."""
    return _DATE.sub("", name)
