"""In whose words an answer is that no surface gives: OpenAI's, or Anthropic's towards Anthropic's clients.

The path decides where it names a surface. Where it does not (models, what is not served at all), whoever sends
`anthropic-version` is one of Anthropic's clients, which all send it and nobody else does.

Source: https://platform.claude.com/docs/en/api/versioning (read 2026-11-21).
"""

from __future__ import annotations

from typing import Final

from starlette.types import Scope

VERSION_PREFIX: Final = "/v1"
CURSOR_PREFIX: Final = "/cursor"
"""Where Cursor may be pointed: the same routes once more."""
VERSION_HEADER: Final = b"anthropic-version"

_ANTHROPIC: Final = frozenset({"messages"})
_OPENAI: Final = frozenset({"chat", "completions", "embeddings", "responses"})


def is_anthropic(scope: Scope) -> bool:
    """Whether the caller of this request reads Anthropic's shapes."""
    surface = _bare(scope["path"]).partition("/")[0]
    if surface in _ANTHROPIC:
        return True
    return surface not in _OPENAI and any(name == VERSION_HEADER for name, _ in scope["headers"])


def _bare(path: str) -> str:
    """A path without what may stand before a route, and without its first slash."""
    bare = path.replace("//", "/").removeprefix(CURSOR_PREFIX).removeprefix(VERSION_PREFIX)
    return bare.removeprefix(VERSION_PREFIX).removeprefix("/")
