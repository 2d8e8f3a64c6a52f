"""The head of a Messages request: credential, API version, and betas from all who need one.

An API key goes as `x-api-key`, which every host of this protocol knows; a token of OAuth only as a bearer. The version
is the newest, except where the request samples: the newest refuses that.

Invariant: each name stands once; the credential is the target's, whatever the caller sent.
Source: https://platform.claude.com/docs/en/api/versioning and .../api/beta-headers (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from proxy.codecs.anthropic.betas import BETA, listed, stem
from proxy.codecs.anthropic.sampling import SAMPLERS
from proxy.core.secret import Secret
from proxy.core.shape import Headers, Target

NEWEST: Final = "2026-10-21"
CLASSIC: Final = "2023-06-01"

VERSION: Final = "anthropic-version"

_OAUTH: Final = "sk-ant-oat"
_OAUTH_BETA: Final = "oauth-2025-04-20"
_SAMPLERS: Final = frozenset(SAMPLERS)
_CREDENTIALS: Final = frozenset({"authorization", "x-api-key", "api-key"})


def headers(
    target: Target, forward: Headers, body: Mapping[str, object], betas: list[str]
) -> Headers:
    """The headers, in lower case.

    Args:
        target: Where to; its own headers replace ours.
        forward: The caller's, which fill in what nobody else says.
        body: The native request.
        betas: What the body needs.
    """
    samples = not _SAMPLERS.isdisjoint(body)
    lines = _credential(target.api_key)
    lines |= {
        VERSION: CLASSIC if samples else NEWEST,
        "content-type": "application/json",
    }
    if lines.get("authorization"):
        betas = [*betas, _OAUTH_BETA]
    lines |= {name: value for name, value in target.headers if name != BETA}
    for name, value in forward:
        if name not in _CREDENTIALS and name != BETA:
            lines.setdefault(name, value)
    given = [value for name, value in (*target.headers, *forward) if name == BETA]
    if given or betas:
        all_betas = _merged(given, betas)
        if all_betas:
            lines[BETA] = ",".join(all_betas)
    return tuple(lines.items())


def relayed(
    target: Target, forward: Headers, body: Mapping[str, object], betas: list[str]
) -> Headers:
    """The headers for a body that the caller wrote: its version and its betas as it wrote them.

    What the target's own headers say replaces the version, and comes to the betas, as elsewhere.
    """
    lines = dict(headers(target, forward, body, betas))
    own = {name for name, _ in target.headers}
    given = [value for name, value in forward if name == BETA]
    for name, value in forward:
        if name == VERSION and VERSION not in own:
            lines[VERSION] = value
    if BETA in lines and listed(given) == listed([lines[BETA]]):
        lines[BETA] = ",".join(given)
    return tuple(lines.items())


def _credential(key: Secret | None) -> dict[str, str]:
    if not key:
        return {}
    if key.reveal().startswith(_OAUTH):
        return {"authorization": f"Bearer {key.reveal()}"}
    return {"x-api-key": key.reveal()}


def _merged(given: Iterable[str], needed: list[str]) -> list[str]:
    """All betas once, the given first; one of ours is not needed where another revision of it was given."""
    betas = listed(given)
    stems = {stem(beta) for beta in betas}
    return betas + [beta for beta in dict.fromkeys(needed) if stem(beta) not in stems]
