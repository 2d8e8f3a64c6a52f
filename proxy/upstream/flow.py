"""What a scheme of authentication is: where its credential comes from, and how a call is made with it.

A scheme that must ask somebody (a metadata server, a token endpoint) does so as a generator: it yields the calls that
it wants made, gets each one's status and body back, and returns what it found. So it can be tested without a network,
and the waiting, the limits and the keeping stand in one place, `auth.py`.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from proxy.core.shape import Headers, HttpCall


@dataclass(frozen=True, slots=True)
class Held:
    """A credential that may be kept. Times are seconds since 1970."""

    credential: Any = field(repr=False)
    """Of the scheme's own kind; only the scheme looks into it."""
    fresh_until: float = math.inf
    """From then on a new one is fetched."""
    expires: float = math.inf
    """Until then it serves where no new one can be had."""


Flow: TypeAlias = Generator[HttpCall, tuple[int, bytes], Held]
"""Yields calls, receives (status, body) of each. A call that got no answer raises its `ProxyError` at the `yield`."""


class Scheme(Protocol):
    """One scheme; it serves any number of credentials and calls, and keeps nothing."""

    def credentials(self, auth: Any, now: float) -> Flow:
        """Find the credential.

        Args:
            auth: What the target says of it: the record of `core/credential.py` that this scheme is for.
            now: Seconds since 1970.

        Raises:
            ProxyError: AUTH where there is none, in a sentence that says where it was looked for.
        """
        ...

    def headers(self, call: HttpCall, auth: Any, credential: Any, now: float) -> Headers:
        """The headers of a call, with those that the credential gives it.

        Args:
            call: As the codec wrote it; not changed.
            auth: What the target says.
            credential: What `credentials` found.
            now: Seconds since 1970.
        """
        ...
