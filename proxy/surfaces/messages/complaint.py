"""What a caller is told about a body that is not as the Messages API has it: in that API's words, the path first.

Source: https://platform.claude.com/docs/en/api/errors (read 2026-11-20).
"""

from __future__ import annotations

from proxy.core.errors import Kind, ProxyError


def invalid(path: str, said: str) -> ProxyError:
    """Any complaint about the place at `path`, which reads like `messages.0.content`."""
    return ProxyError(Kind.INVALID_REQUEST, f"{path}: {said}", param=path)


def missing(path: str) -> ProxyError:
    """A field that must be there is not."""
    return invalid(path, "Field required")


def wrong_type(path: str, expected: str) -> ProxyError:
    """A field holds another JSON type than `expected`, which reads like "a valid string"."""
    return invalid(path, f"Input should be {expected}")
