"""What Ollama's failures mean: they are sentences, `{"error": "text"}`, and the status says little more.

Source: https://docs.ollama.com/api/errors, https://github.com/ollama/ollama/blob/main/server/routes.go (both read
2026-11-20).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from proxy.codecs import faults
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json

_SENTENCES: Final = (
    (Kind.UNSUPPORTED, re.compile(r"does not support (tools|thinking|\w+)")),
    (
        Kind.CONTEXT_LENGTH,
        re.compile(
            r"input length exceeds|exceeds? (the |maximum |available |the available )*context"
        ),
    ),
    (Kind.NOT_FOUND, re.compile(r"model .{1,200} not found")),
    (Kind.OVERLOADED, re.compile(r"server busy|maximum pending requests exceeded")),
    (Kind.AUTH, re.compile(r"unauthorized")),
)
_VAGUE: Final = frozenset({Kind.INVALID_REQUEST, Kind.SERVER_ERROR})
"""Kinds that a sentence may make exact."""


def fault(status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
    """Name the failure that a response is.

    Args:
        status: The HTTP status.
        headers: Names in lower case.
        body: Any bytes at all.
    """
    return _sharpened(faults.fault(status, headers, body))


def event_fault(value: Json) -> ProxyError | None:
    """Name the failure that an object inside a 200 is; None where it is a part of an answer."""
    if "error" not in value and isinstance(value.get("message"), dict):
        return None
    error = faults.event_fault(value)
    return _sharpened(error) if error else None


def _sharpened(error: ProxyError) -> ProxyError:
    if error.kind in _VAGUE:
        text = error.message.lower()
        told = (kind for kind, sentence in _SENTENCES if sentence.search(text))
        error.kind = next(told, error.kind)
    return error
