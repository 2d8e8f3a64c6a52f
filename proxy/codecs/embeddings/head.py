"""The head of a call for vectors.

Invariant: each name stands once; no credential of the caller's passes here, because the target's is the one that counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proxy.core.embedding import EmbeddingRequest
from proxy.core.shape import Headers, Target

_CREDENTIALS: Final = frozenset({"authorization", "x-api-key", "api-key", "x-goog-api-key"})
_JSON: Final = "application/json"


def headers(
    request: EmbeddingRequest, target: Target, credential: Mapping[str, str] | None = None
) -> Headers:
    """The caller's that the allow-list let through, then ours, then the target's; the last of a name counts.

    Args:
        request: What the caller wants.
        target: Who is asked.
        credential: The header that holds the key, if any; None for the key as a bearer.
    """
    lines = {name: value for name, value in request.forward if name not in _CREDENTIALS}
    lines |= {"content-type": _JSON, "accept": _JSON}
    lines |= _bearer(target) if credential is None else credential
    return tuple((lines | dict(target.headers)).items())


def _bearer(target: Target) -> dict[str, str]:
    return {"authorization": f"Bearer {target.api_key.reveal()}"} if target.api_key else {}
