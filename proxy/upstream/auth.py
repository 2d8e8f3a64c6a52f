"""Makes a call with its scheme: finds the credential once, keeps it while it is fresh, and puts it on each call.

Callers that need the same credential at the same time wait for one fetch. A fetch that failed is not tried again for
a moment, so that a cascade moves on at once, and an older credential serves as long as it is valid.

Invariant: a credential is held under the very record that asked for it; targets with other records never see it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from proxy.core.clock import SystemClock
from proxy.core.credential import Auth, AwsAuth, GoogleAuth
from proxy.core.errors import Kind, ProxyError
from proxy.core.lazy import LazyMap, imported
from proxy.core.shape import HttpCall
from proxy.upstream.flow import Flow, Held, Scheme

CONNECT_TIMEOUT: Final = 2.0
FETCH_TIMEOUT: Final = 10.0
"""Seconds for one call of a flow, answer included."""
MAX_ANSWER: Final = 256 * 1024
RETRY_AFTER: Final = 5.0
"""Seconds in which a failed fetch is not repeated."""

_CLOCK: Final = SystemClock()


class Answer(Protocol):
    """What comes back: as much of `Reply` as is needed here."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    async def read(self, limit: int) -> bytes:
        """The whole body, of at most `limit` bytes."""
        ...

    async def aclose(self) -> None:
        """Let go of the connection, however much was read."""
        ...


class Sender(Protocol):
    """Who makes the calls of a flow; `Upstream` does."""

    async def send(self, call: HttpCall, *, connect_timeout: float) -> Answer:
        """Send a call that needs no further credential."""
        ...


@dataclass(slots=True)
class _Wallet:
    """What is held for one record."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    held: Held | None = None
    failure: ProxyError | None = None
    again_at: float = 0.0
    """Seconds since 1970 until which `failure` stands for another try."""


class Authorizer:
    """Applies `HttpCall.auth`.

    Args:
        sender: Makes the calls of flows.
        schemes: By the type of record; all that we have by default.
        wall: Seconds since 1970.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        schemes: Mapping[type, Scheme] | None = None,
        wall: Callable[[], float] = _CLOCK.wall,
    ) -> None:
        self._sender = sender
        self._schemes = SCHEMES if schemes is None else schemes
        self._wall = wall
        self._wallets: dict[Auth, _Wallet] = {}

    async def authorize(self, call: HttpCall) -> HttpCall:
        """The call, ready to be sent as it is; itself where it needs nothing.

        Raises:
            ProxyError: AUTH where there is no credential, or what hindered the fetch.
        """
        auth = call.auth
        if auth is None:
            return call
        scheme = self._schemes[type(auth)]
        held = await self._held(scheme, auth)
        return _applied(scheme, call, auth, held, self._wall())

    def at_hand(self, call: HttpCall) -> HttpCall | None:
        """As `authorize`, without a wait; None where its credential has to be fetched first.

        Args:
            call: What will be sent.
        """
        auth = call.auth
        if auth is None:
            return call
        wallet, now = self._wallets.get(auth), self._wall()
        held = wallet.held if wallet is not None else None
        if held is None or now >= held.fresh_until:
            return None
        return _applied(self._schemes[type(auth)], call, auth, held, now)

    async def _held(self, scheme: Scheme, auth: Auth) -> Held:
        wallet = self._wallets.get(auth)
        if wallet is None:
            wallet = self._wallets[auth] = _Wallet()
        if wallet.held and self._wall() < wallet.held.fresh_until:
            return wallet.held
        async with wallet.lock:
            now = self._wall()
            if wallet.held and now < wallet.held.fresh_until:
                return wallet.held
            if now < wallet.again_at:
                return _still_good(wallet, now)
            return await self._renewed(wallet, scheme.credentials(auth, now))

    async def _renewed(self, wallet: _Wallet, flow: Flow) -> Held:
        try:
            wallet.held = await self._run(flow)
        except ProxyError as error:
            now = self._wall()
            wallet.failure, wallet.again_at = error, now + RETRY_AFTER
            return _still_good(wallet, now)
        return wallet.held

    async def _run(self, flow: Flow) -> Held:
        try:
            call = next(flow)
            while True:
                try:
                    answer = await self._fetch(call)
                except ProxyError as error:
                    call = flow.throw(error)
                else:
                    call = flow.send(answer)
        except StopIteration as done:
            held: Held = done.value
            return held
        finally:
            flow.close()

    async def _fetch(self, call: HttpCall) -> tuple[int, bytes]:
        try:
            async with asyncio.timeout(FETCH_TIMEOUT):
                answer = await self._sender.send(call, connect_timeout=CONNECT_TIMEOUT)
                try:
                    return answer.status, await answer.read(MAX_ANSWER)
                finally:
                    await answer.aclose()
        except TimeoutError:
            raise ProxyError(
                Kind.UPSTREAM_TIMEOUT, f"no credential within {FETCH_TIMEOUT:g} s"
            ) from None


def _applied(scheme: Scheme, call: HttpCall, auth: Auth, held: Held, now: float) -> HttpCall:
    return replace(call, headers=scheme.headers(call, auth, held.credential, now), auth=None)


def _still_good(wallet: _Wallet, now: float) -> Held:
    """What is held from before a fetch failed, where it is still valid."""
    if wallet.held and now < wallet.held.expires:
        return wallet.held
    assert wallet.failure, "only a failed fetch leads here"
    # The same failure is told to many: none of them shall see where the others raised it.
    raise wallet.failure.with_traceback(None)


_PLACES: Final[Mapping[type, str]] = {
    AwsAuth: "proxy.upstream.aws:Aws",
    GoogleAuth: "proxy.upstream.google:Google",
}


def _scheme(kind: type) -> Scheme:
    scheme: Scheme = imported(_PLACES[kind])()
    return scheme


SCHEMES: Final = LazyMap(_PLACES, _scheme)
"""By the type of record that asks for them, each loaded for the first that does; a further scheme is a further row."""
