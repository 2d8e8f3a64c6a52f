"""What a caller is told about a body that is not as the Messages API has it: in that API's words, the path first.

Source: https://platform.claude.com/docs/en/api/errors (read 2026-11-20).
"""

from __future__ import annotations

from typing import Final

from proxy.core.errors import Kind, ProxyError

UNTHREADED: Final = "thread_unsupported_request"
"""What Anthropic's own clients know: they drop the field, and send the whole conversation with every turn."""


def invalid(path: str, said: str) -> ProxyError:
    """Any complaint about the place at `path`, which reads like `messages.0.content`."""
    return ProxyError(Kind.INVALID_REQUEST, f"{path}: {said}", param=path)


def missing(path: str) -> ProxyError:
    """A field that must be there is not."""
    return invalid(path, "Field required")


def wrong_type(path: str, expected: str) -> ProxyError:
    """A field holds another JSON type than `expected`, which reads like "a valid string"."""
    return invalid(path, f"Input should be {expected}")


def no_thread() -> ProxyError:
    """A conversation that the server should hold: each turn of it may be answered by somebody else here."""
    return ProxyError(
        Kind.INVALID_REQUEST,
        "thread: Conversations are not held here, because their turns may be answered by different providers. "
        "Leave 'thread' out, and send all messages.",
        param="thread",
        code=UNTHREADED,
    )
