"""Decides who a caller is, from the headers alone.

`authorization: Bearer`, `x-api-key` and `api-key` are one credential under three names. Where keys are in use that
credential is the virtual key, unless `x-firstbyte-key` holds it: then the credential is the caller's own provider key.

Invariant: a virtual key never becomes a `Caller.credential`, so it cannot travel to a provider; and a missing key,
an unknown key and a malformed one get the same words and cost about the same time.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeAlias

from proxy.config.schema import Auth, StaticKey
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret

HeaderLines: TypeAlias = Iterable[tuple[bytes, bytes]]
"""Header lines as they came: names in lower case, repeated names repeated."""

VIRTUAL: Final = b"x-firstbyte-key"
BEARER: Final = b"authorization"
PLAIN: Final = (b"x-api-key", b"api-key")

_UNKNOWN: Final = StaticKey(Secret(""))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what follows from it."""

    team: str = ""
    """Empty where no key told it."""
    allowed_models: frozenset[str] = frozenset()
    """Aliases and targets by name; empty: every one."""
    credential: Secret | None = None
    """The caller's own provider key, for `passthrough` providers."""

    def may_use(self, name: str) -> bool:
        """Whether this caller may ask for an alias or target of this name."""
        return not self.allowed_models or name in self.allowed_models


class Gate:
    """Admits callers by static keys.

    Args:
        auth: What is required, and the keys.
    """

    def __init__(self, auth: Auth) -> None:
        self._table = _Table(auth)

    def adopt(self, auth: Auth) -> None:
        """Admit by these keys from the next call on."""
        self._table = _Table(auth)

    def admit(self, headers: HeaderLines) -> Caller:
        """Find out who calls.

        Args:
            headers: The request's header lines, names in lower case.

        Raises:
            ProxyError: UNAUTHENTICATED where a key is required and none that we know came;
                INVALID_REQUEST where two credentials came that differ and a key is required.
        """
        table = self._table
        virtual, own = _credentials(headers)
        if table.required and (len(set(own)) > 1 or len(set(virtual)) > 1):
            raise ProxyError(
                Kind.INVALID_REQUEST,
                "Two different API keys came in one request. Send one key, in one of the headers "
                "'authorization', 'x-api-key' and 'api-key'.",
                code="conflicting_credentials",
            )
        presented = virtual or own
        key = table.find(presented[0] if presented else b"")
        if key is None and table.required:
            raise ProxyError(
                Kind.UNAUTHENTICATED,
                "The API key is missing or not valid. Send a key that this server issued as "
                "'Authorization: Bearer <key>'.",
            )
        provider_key = next((value for value in own if table.find(value) is None), None)
        return Caller(
            team=key.team if key else "",
            allowed_models=frozenset(key.allowed_models) if key else frozenset(),
            credential=Secret(provider_key.decode("latin-1")) if provider_key else None,
        )


class _Table:
    """What is required, and the keys; never changed, so that one call sees one state of them."""

    def __init__(self, auth: Auth) -> None:
        self.required = auth.required
        self._keys = {_digest(key.key.reveal().encode()): key for key in auth.keys if key.key}

    def find(self, presented: bytes) -> StaticKey | None:
        """The key of this value. Always one digest, one look-up and one comparison, whatever came."""
        digest = _digest(presented)
        key = self._keys.get(digest, _UNKNOWN)
        known = hmac.compare_digest(digest, _digest(key.key.reveal().encode()))
        return key if known and key.key else None


def _credentials(headers: HeaderLines) -> tuple[list[bytes], list[bytes]]:
    """What came as a virtual key, and what came under the usual names, bearer first."""
    virtual: list[bytes] = []
    bearer: list[bytes] = []
    plain: list[bytes] = []
    for name, value in headers:
        if name == BEARER:
            scheme, _, token = value.strip().partition(b" ")
            if scheme.lower() == b"bearer":
                bearer.append(token.strip())
        elif name in PLAIN:
            plain.append(value.strip())
        elif name == VIRTUAL:
            virtual.append(value.strip())
    return [value for value in virtual if value], [value for value in bearer + plain if value]


def _digest(value: bytes) -> bytes:
    return sha256(value).digest()
