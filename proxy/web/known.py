"""Heads that were read before: one that comes again with another length of body need not be parsed again.

A client sends the same head with each of its calls, but for the digits of `content-length`. The first goes through the
parser and the rules; what they made of it is remembered under the head's own bytes, and the same bytes get the same again.

Invariant: a head is known only once the parser has read these very bytes, but for the digits of their length, as the head
of one request; a body is never longer than one that this head was let in with. What is kept is bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias, cast

from starlette.types import Scope
from uvicorn._types import HTTPScope

from proxy.core.record import record
from proxy.gate.credentials import Credentials, credentials_in
from proxy.web.announced import Announced, announced
from proxy.web.cycle import Cycle
from proxy.wire.head_cut import MAX_DIGITS, head_cut

KNOWN: Final = "firstbyte.known"
"""Where a scope has its `Known`; missing where the head may not be remembered."""
MAX_HEADS: Final = 256
"""That are kept; of callers who never say the same twice, all go at once."""
MAX_HEAD: Final = 4096
"""Bytes of a head that is kept."""
MAX_AWAITED: Final = 64 * 1024
"""Bytes of a body that are waited for behind a known head: as many as an application that does not read may be sent."""
_OWN: Final = frozenset(
    {"type", "asgi", "http_version", "root_path", "method", "path", "raw_path", "query_string"}
)
"""What of a scope comes from the head alone."""

HeaderList = list[tuple[bytes, bytes]]
Serve: TypeAlias = Callable[["Again", Cycle, dict[str, Any]], None]


@dataclass(slots=True)
class Known:
    """What was made of one head."""

    before: bytes
    """The head up to the digits of its length."""
    after: bytes
    """The rest of it, with its end."""
    scope: HTTPScope
    """What the head alone says."""
    headers: HeaderList
    at: int
    """Where among the headers `content-length` stands."""
    longest: int
    """Bytes of the longest body that it came with."""
    is_let_in: bool = False
    """Whether the rules have let it in, with that body."""
    _announced: Announced | None = None
    _credentials: Credentials | None = None
    shortcut: Shortcut | None = None
    """Serves calls with this head that are plain; None until one came to an endpoint that has such."""

    def again(self, data: bytes) -> Again | None:
        """The request with this head that these bytes are, no more and no less; None where they are not."""
        start, after = len(self.before), self.after
        if not data.startswith(self.before):
            return None
        # Nothing is looked for in a body: it may be long, and its head new each time.
        stop = data.find(b"\r", start, start + MAX_DIGITS + 1)
        if stop < 0 or not data.startswith(after, stop):
            return None
        digits, body = data[start:stop], data[stop + len(after) :]
        if len(body) > self.longest or not digits.isdigit() or int(digits) != len(body):
            return None
        return Again(self, digits, body)

    @property
    def announced(self) -> Announced:
        """What its headers say beyond who calls."""
        if self._announced is None:
            self._announced = announced(self.headers)
        return self._announced

    @property
    def credentials(self) -> Credentials:
        """Who calls, as they say."""
        if self._credentials is None:
            self._credentials = credentials_in(self.headers)
        return self._credentials


class Shortcut(Protocol):
    """Serves plain calls with one head at once."""

    def take(self, again: Again, cycle: Cycle, serve: Serve) -> bool:
        """Take a call; False where it is none that can be served so, and nothing has been done.

        Args:
            again: The request.
            cycle: Its answer.
            serve: Serves a request as any other, with these members added to its scope; if need be, later.
        """
        ...


@record
class Again:
    """A whole request with a known head."""

    known: Known
    length: bytes
    """Digits."""
    body: bytes

    def scope(self) -> Scope:
        """What its head says, and who knows it."""
        return {**self.known.scope, "headers": self.headers, KNOWN: self.known}

    def without_body(self) -> Again:
        """The request where its body has been read."""
        return Again(self.known, self.length, b"")

    @property
    def headers(self) -> HeaderList:
        """Its own."""
        headers, at = self.known.headers.copy(), self.known.at
        headers[at] = (headers[at][0], self.length)
        return headers


@dataclass(slots=True)
class KnownHeads:
    """Those of one listener."""

    _heads: dict[bytes, Known] = field(default_factory=dict)

    def find(self, data: bytes) -> Again | None:
        """The request that these bytes are, no more and no less; None where they are not, or its head is new."""
        cut = head_cut(data, len(data), MAX_HEAD)
        known = self._heads.get(cut.rest) if cut is not None else None
        return None if known is None else known.again(data)

    def is_arriving(self, data: bytes) -> bool:
        """Whether these bytes begin such a request that the rules let in, whose rest is to come and is not much."""
        cut = head_cut(data, len(data), MAX_HEAD)
        known = self._heads.get(cut.rest) if cut is not None else None
        if cut is None or known is None or not known.is_let_in:
            # Whoever is refused need not send its body first.
            return False
        size = int(cut.digits)
        return len(data) - cut.begin < size <= min(known.longest, MAX_AWAITED)

    def learn(self, data: bytes, scope: Scope) -> None:
        """Remember what the parser made of bytes that one request in HTTP/1.1 began with, and tell the scope."""
        cut = head_cut(data, len(data), MAX_HEAD)
        headers: HeaderList = scope["headers"]
        lengths = [at for at, (name, _) in enumerate(headers) if name == b"content-length"]
        if cut is None or len(lengths) != 1 or not cut.is_sure:
            return
        if len(self._heads) >= MAX_HEADS:
            self._heads.clear()
        own = {name: value for name, value in scope.items() if name in _OWN}
        at, digits = cut.at, cut.digits
        after = data[at + len(digits) : cut.begin]
        known = Known(data[:at], after, cast(HTTPScope, own), headers, lengths[0], int(digits))
        self._heads[cut.rest] = scope[KNOWN] = known


def announced_in(scope: Scope) -> Announced:
    """What a call's headers say beyond who calls."""
    known: Known | None = scope.get(KNOWN)
    return announced(scope["headers"]) if known is None else known.announced


def credentials_of(scope: Scope) -> Credentials:
    """Who a call's headers say that it is."""
    known: Known | None = scope.get(KNOWN)
    return credentials_in(scope["headers"]) if known is None else known.credentials
