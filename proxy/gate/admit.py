"""The gate: decides who a caller is, takes what its call needs, and has the store told what became of it.

Keys of the configuration and keys of the store open it alike. What is asked at every call is answered from memory; the
store is asked for a key that is not known yet, for the limits and accounts that bind a caller, and for nothing else.

Invariant: a virtual key never becomes a `Caller.credential`, so it cannot travel to a provider; a missing key, an
unknown, a revoked, an expired and a malformed one get the same words and cost about the same time.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Final

from proxy.config.schema import Auth
from proxy.core.clock import Clock, SystemClock
from proxy.core.errors import Kind, ProxyError
from proxy.core.names import new_name
from proxy.core.secret import Secret
from proxy.gate.answers import Answers
from proxy.gate.caller import Caller, caller_of
from proxy.gate.charge import Charge, Cost, Counters
from proxy.gate.credentials import Credentials, HeaderLines, credentials_in
from proxy.gate.journal import Journal
from proxy.gate.known import Known
from proxy.gate.link import REST, Link
from proxy.gate.notes import LinkedNotes
from proxy.gate.periodic import Periodic
from proxy.gate.settle import Settler
from proxy.gate.shares import Shares
from proxy.gate.virtual_key import digest, is_key
from proxy.store.memory import MemoryStore
from proxy.store.patience import PATIENCE
from proxy.store.store import Store

DRAIN: Final = 5.0
"""Seconds that a stop leaves for telling the store what became of the last calls."""
SWEEP: Final = 30.0
"""Seconds between two rounds that release what nobody settled: of killed processes, and of calls that outlived holds."""

_NOBODY: Final = Caller()


class Gate:
    """Who may come in.

    Args:
        auth: What is required, and the keys of the configuration.
        store: The keys and accounts beside them; by default one in memory that is empty. Open, before `start`.
        clock: Time.
        cost: Prices an answer; by default nothing has a price.
        replicas: How many processes share the limits, as far as is known.
        journal: Where is kept what the store cannot be told.
        patience: Seconds that a call waits for the store.
    """

    def __init__(
        self,
        auth: Auth,
        store: Store | None = None,
        clock: Clock | None = None,
        *,
        cost: Cost = lambda *_: None,
        replicas: Callable[[], int] = lambda: 1,
        journal: Journal | None = None,
        patience: float = PATIENCE,
    ) -> None:
        clock = clock or SystemClock()
        store = store or MemoryStore(clock)
        self._clock = clock
        self._named_at, self._prefix = -1, ""
        """The last millisecond in which a call was named, and how its name began."""
        self._table = _Table(auth)
        self._link = Link(store, clock, patience)
        self.notes = LinkedNotes(self._link)
        """What callers left in the store for later."""
        self.answers = Answers(self.notes)
        """What is given again."""
        self._known = Known(self._link, clock)
        self._sweeper = Periodic(
            partial(_sweep, store), SWEEP, clock, "holds are not swept for now"
        )
        self._lookout = Periodic(
            self._link.look, REST, clock, "nobody sees whether the store is back"
        )
        self.settler = Settler(store, clock, journal)
        """Tells the store how calls ended."""
        self._counters = Counters(
            self._link, Shares(clock, replicas), self.settler, clock, cost, self.new_id
        )

    def adopt(self, auth: Auth) -> None:
        """Admit by these keys of the configuration from the next call on."""
        self._table = _Table(auth)

    def open_to_all(self) -> Gate:
        """A gate to the same books that asks nobody for a key: for people who were let in elsewhere."""
        other = copy(self)
        other.adopt(Auth())
        return other

    def start(self) -> None:
        """Begin what is done aside, on the running loop."""
        self.settler.start()
        self._sweeper.start()
        if self._link.instant is None:
            self._lookout.start()

    async def close(self) -> None:
        """End it; what the store was not told yet is told, or kept."""
        await self._sweeper.close()
        await self._lookout.close()
        await self._known.close()
        await self.answers.close()
        await self.settler.close(DRAIN)

    def forget(self) -> None:
        """Learn every key anew: somebody changed one, or a team. Other processes notice within a minute."""
        self._known.clear()

    @property
    def degraded(self) -> Mapping[str, bool]:
        """By part, whether it does without the store at the moment."""
        away = self._link.is_down
        return {
            "keys": away,
            "limits": away,
            "credits": away,
            "ledger": self.settler.is_behind,
        }

    @property
    def charges_at_once(self) -> bool:
        """Whether what binds a call is taken without a wait."""
        return self._link.instant is not None

    def new_id(self) -> str:
        """A call's name for the books: nobody has had it, and later ones sort behind."""
        now = int(self._clock.wall() * 1000)
        if now != self._named_at:
            # To write a number out takes longer than all else of a name.
            self._named_at, self._prefix = now, f"call_{now:012x}"
        return f"{self._prefix}{new_name()[:20]}"

    async def admit(self, headers: HeaderLines) -> Caller:
        """Find out who calls; at once, where the key is known.

        Args:
            headers: The request's header lines, names in lower case.

        Raises:
            ProxyError: as `admit_with`.
        """
        return await self.admit_with(credentials_in(headers))

    async def admit_with(self, sent: Credentials) -> Caller:
        """Find out who calls with these.

        Raises:
            ProxyError: UNAUTHENTICATED where a key is required and none that is good came; FORBIDDEN where its team is
                suspended; INVALID_REQUEST where two credentials came that differ and a key is required; SATURATED where
                the store would have to be asked and does not answer.
        """
        table = self._table
        if table.required and sent.differ:
            raise ProxyError(
                Kind.INVALID_REQUEST,
                "Two different API keys came in one request. Send one key, in one of the headers "
                "'authorization', 'x-api-key' and 'api-key'.",
                code="conflicting_credentials",
            )
        presented = sent.presented
        caller = table.find(sent.mark)
        if caller is None and presented and (table.required or is_key(presented)):
            caller = await self._stored(sent.mark)
        if caller is None:
            if table.required:
                raise ProxyError(
                    Kind.UNAUTHENTICATED,
                    "Incorrect API key provided, or none. Send a key that this server issued as "
                    "'Authorization: Bearer <key>'.",
                )
            caller = _NOBODY
            key = b""
        else:
            key = presented
        own = self._provider_key(sent, key)
        return replace(caller, credential=Secret(own.decode("latin-1"))) if own else caller

    def at_hand(self, visitor: Visitor) -> Caller | None:
        """Who calls, where that is known and nothing more is to be said of it; None: ask `admit_with`."""
        table, sent = self._table, visitor.sent
        if visitor.table is table:
            return visitor.caller
        caller, presented = table.find(sent.mark), sent.presented
        if caller is None and presented and (table.required or is_key(presented)):
            # What the store says of a key holds for a while only.
            found = self._learned(sent.mark)
            return None if sent.differ or self._provider_key(sent, presented) else found
        if table.required and (caller is None or sent.differ):
            return None
        own = self._provider_key(sent, presented if caller is not None else b"")
        known = caller or _NOBODY
        visitor.caller = replace(known, credential=Secret(own.decode("latin-1"))) if own else known
        visitor.table = table
        return visitor.caller

    def _learned(self, mark: str) -> Caller | None:
        """Who calls with a key of the store that was learned of lately and is good."""
        standing, is_sure = self._known.find(mark)
        if standing is None or not is_sure or standing.is_suspended:
            return None
        is_over = standing.expires_at is not None and standing.expires_at <= self._clock.wall()
        return None if is_over else standing.caller

    def open(self, caller: Caller, job: str = "") -> Charge:
        """A call begins; whoever opens its charge ends it.

        Args:
            caller: From `admit`.
            job: The job that it is a part of; empty for a direct call.
        """
        return Charge(self._counters, caller, job, self._counters.draw())

    async def _stored(self, mark: str) -> Caller | None:
        """Who calls with a key of the store; None where it opens nothing.

        Raises:
            ProxyError: FORBIDDEN, SATURATED.
        """
        standing, is_sure = self._known.find(mark)
        if not is_sure:
            standing = await self._known.learn(mark)
        if standing is None:
            return None
        if standing.expires_at is not None and standing.expires_at <= self._clock.wall():
            return None
        if standing.is_suspended:
            raise ProxyError(
                Kind.FORBIDDEN, "The team of this key is suspended.", code="team_suspended"
            )
        return standing.caller

    def _provider_key(self, sent: Credentials, key: bytes) -> bytes:
        """The caller's own provider key; empty where there is none. What may be a virtual key is none."""
        for value in sent.own:
            if value != key and not is_key(value) and self._table.find(digest(value)) is None:
                return value
        return b""


async def _sweep(store: Store) -> None:
    while await store.sweep():
        pass


class _Table:
    """What is required, and the keys of the configuration; never changed, so that one call sees one state of them."""

    def __init__(self, auth: Auth) -> None:
        self.required = auth.required
        self._keys: dict[str, tuple[str, Caller]] = {}
        for key in auth.keys:
            if key.key:
                mark = digest(key.key.reveal().encode())
                self._keys[mark] = (mark, caller_of(key))

    def find(self, mark: str) -> Caller | None:
        """Who calls with a key of this digest. Always one look-up and one comparison, whatever came."""
        known, caller = self._keys.get(mark, _UNKNOWN)
        return caller if hmac.compare_digest(mark, known) else None


class Visitor:
    """Somebody who comes again and again with the same credentials.

    Args:
        sent: The credentials.
    """

    __slots__ = ("caller", "sent", "table")

    def __init__(self, sent: Credentials) -> None:
        self.sent = sent
        self.table: _Table | None = None
        """The keys of the configuration by which `caller` was found."""
        self.caller: Caller | None = None
        """Who it is by them; None where that is to be asked each time."""


_UNKNOWN: Final = ("0" * 64, _NOBODY)
