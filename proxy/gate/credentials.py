"""Finds the credentials in a request's headers, under every name that clients have for them.

`authorization: Bearer`, `x-api-key` and `api-key` are one credential under three names. Where keys are in use that
credential is the virtual key, unless `x-firstbyte-key` holds it: then the credential is the caller's own provider key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from proxy.core.record import record
from proxy.gate.virtual_key import digest

HeaderLines: TypeAlias = Iterable[tuple[bytes, bytes]]
"""Header lines as they came: names in lower case, repeated names repeated."""

VIRTUAL: Final = b"x-firstbyte-key"
BEARER: Final = b"authorization"
PLAIN: Final = (b"x-api-key", b"api-key")
_NAMES: Final = frozenset({VIRTUAL, BEARER, *PLAIN})


@record
class Credentials:
    """What came, without what was empty."""

    virtual: tuple[bytes, ...]
    """As a virtual key."""
    own: tuple[bytes, ...]
    """Under the usual names, bearer first."""
    presented: bytes
    """What is asked about; empty where nothing came."""
    mark: str
    """Its digest, by which it is looked up."""
    differ: bool
    """Whether two came that should be one."""


def credentials_in(headers: HeaderLines) -> Credentials:
    """Read header lines."""
    virtual: list[bytes] = []
    bearer: list[bytes] = []
    plain: list[bytes] = []
    for name, value in headers:
        if name not in _NAMES:
            continue
        if name == BEARER:
            scheme, _, token = value.strip().partition(b" ")
            if scheme.lower() == b"bearer":
                bearer.append(token.strip())
        elif name in PLAIN:
            plain.append(value.strip())
        else:
            virtual.append(value.strip())
    theirs = tuple(value for value in virtual if value)
    own = tuple(value for value in bearer + plain if value)
    presented = (theirs or own or (b"",))[0]
    differ = len(set(own)) > 1 or len(set(theirs)) > 1
    return Credentials(theirs, own, presented, digest(presented), differ)
