"""The head of a request whose credential is a bearer token, if there is any.

Invariant: each name stands once; the credential is the target's, whatever the caller sent, unless the caller's own is
what passes through.
"""

from __future__ import annotations

from proxy.core.shape import ChatRequest, Headers, Target


def headers(request: ChatRequest, target: Target, accept: str) -> Headers:
    """The caller's that the allow-list let through, then ours, then the target's; the last of a name counts."""
    lines = dict(request.forward)
    lines["content-type"] = "application/json"
    lines["accept"] = accept
    if target.api_key:
        lines["authorization"] = f"Bearer {target.api_key.reveal()}"
    lines.update(target.headers)
    return tuple(lines.items())
