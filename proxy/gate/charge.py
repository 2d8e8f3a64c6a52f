"""What one call takes before it begins, and what it comes to when it has ended.

`take` is the one question to the store that a call waits for, and is none where nothing binds its caller; `end` waits
for nothing. While the store is away, limits and budgets are this process's shares of them, and what is spent is told
later; credits are paid in advance, so that without the store nobody can say that there are any.

Invariant: whoever opens a charge ends it, once, however the call went; what was taken is settled, corrected or released.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.core.facts import CallEnded
from proxy.core.price import Usd
from proxy.core.record import Part, record
from proxy.core.shape import ChatRequest
from proxy.core.usage import Usage
from proxy.gate import budget, limits
from proxy.gate import credits as prepaid
from proxy.gate.bill import Bill, bill_of
from proxy.gate.budget import micros_of
from proxy.gate.caller import Caller
from proxy.gate.ending import Ending
from proxy.gate.estimate import Estimate, estimate_of, so_far
from proxy.gate.limits import HeaderPairs, Rated
from proxy.gate.link import Link
from proxy.gate.row import Booked, row_of
from proxy.gate.settle import Settler
from proxy.gate.shares import Shares
from proxy.store.records import (
    MOST,
    Ask,
    CallRow,
    Conclusion,
    Correction,
    Granted,
    Hold,
    Limited,
    Settlement,
    Short,
)
from proxy.store.store import StoreError

Cost: TypeAlias = Callable[[str, str, Usage, str], Usd | None]
"""What an answer costs: target, the model that it names, its usage, its service tier; names may be empty."""

RETRY_AFTER: Final = 2.0
"""Seconds that a caller is told to wait whose credits cannot be looked up now."""
SETTLED_WITHIN: Final = 60.0
"""Seconds that a hold outlasts what it is for."""
STREAM: Final = 3600.0
"""Seconds that a stream is given: what speaks may speak for long."""
MOST_BODY: Final = 64 * 1024
"""Bytes of a request, and of an answer, that are kept where a team wants them kept."""

_log: Final = logging.getLogger(__name__)
_NONE: Final[frozenset[str]] = frozenset()
_NO_HEADERS: Final[HeaderPairs] = []
_NO_DETAIL: Final[Mapping[str, Any]] = MappingProxyType({})
_NO_ESTIMATE: Final = Estimate(0, 0)


@dataclass(frozen=True, slots=True)
class Counters:
    """What charges of one process share."""

    link: Link
    shares: Shares
    settler: Settler
    clock: Clock
    cost: Cost
    draw: Callable[[], str]
    """Gives names that nobody has had."""


@record
class _Taken:
    """What was taken of the store, or of this process's shares."""

    ask: Ask = field(default_factory=Ask)
    short: frozenset[str] = frozenset()
    """Limits of targets of which nothing was taken."""
    locally: bool = False
    """Of the shares: the store was away."""
    unsure: tuple[Hold, ...] = ()
    """Holds that the store may have made without our hearing of it; the call did not begin."""


_NOTHING: Final = _Taken()


class Charge(Part):
    """One call's."""

    _counters: Counters
    """Where it takes and settles."""
    caller: Caller
    """Who calls."""
    job: str
    """The job that the call is a part of; empty for a direct call."""
    id: str
    """The call's own, unique for ever: under it its record is found."""
    headers: HeaderPairs = _NO_HEADERS
    """`x-ratelimit-*`, for the answer, whatever it is."""
    over: frozenset[str] = _NONE
    """Targets that are over their own limit: not to be asked."""
    detail: Mapping[str, Any] = _NO_DETAIL
    """What is kept with the call's record beside what is always kept."""
    _estimate: Estimate | None = None
    _request: ChatRequest | None = None
    _taken: _Taken = _NOTHING
    _bodies: dict[str, bytearray] | None = None
    _ended: CallEnded | None = None

    def __repr__(self) -> str:
        """Its name alone: it holds what was asked, and may hold what was answered."""
        return f"Charge({self.id!r})"

    async def take(self, request: ChatRequest, targets: Sequence[Rated], seconds: float) -> None:
        """Take what the call needs, or nothing.

        Args:
            request: What is asked.
            targets: Who may be asked.
            seconds: How long the call may last; of a stream, until it speaks.

        Raises:
            ProxyError: FORBIDDEN, where the team's calls belong to jobs; RATE_LIMIT, where a limit has too little left; UNPAID, where a budget or the credits have;
                SATURATED, where credits are needed and the store does not answer.
        """
        caller = self.caller
        if caller.jobs_only and not self.job:
            message = "This team makes its calls as parts of jobs. Create one at /api/jobs/create."
            raise ProxyError(Kind.FORBIDDEN, message, code="jobs_only")
        self._request = request
        if caller.is_unbound and not any(rated.rpm or rated.tpm for rated in targets):
            return
        ask = self._ask(targets, seconds)
        if not ask.wants and not ask.holds and not ask.spare:
            return
        try:
            answer = await self._counters.link.ask(lambda store: store.admit(ask))
        except StoreError as error:
            answer = self._share(ask, error)
        except asyncio.CancelledError:
            # The caller left; what it asked for may be granted all the same.
            self._taken = _Taken(unsure=ask.holds)
            raise
        else:
            if isinstance(answer, Granted):
                self._granted(answer, ask)
        if isinstance(answer, Limited):
            self.headers = limits.headers_of(answer.levels)
            raise limits.refusal_of(answer)
        if isinstance(answer, Short):
            is_credit = answer.account.startswith(prepaid.PREFIX)
            raise (prepaid if is_credit else budget).refusal_of(answer)

    def free(self, request: ChatRequest) -> None:
        """Take nothing: neither the caller nor a target has a limit.

        Args:
            request: What is asked.
        """
        assert self.caller.is_unbound, "what is bound takes"
        self._request = request

    def take_at_once(self, request: ChatRequest, targets: Sequence[Rated], seconds: float) -> bool:
        """Take what a plain caller's call needs, if that is at hand; the arguments are those of `take`.

        Returns:
            False, and nothing is taken, where that is to be waited for, or there is too little of something.
        """
        assert self.caller.is_plain, "others may be refused"
        self._request = request
        ask, instant = self._ask(targets, seconds), self._counters.link.instant
        if instant is None:
            return False
        # Of its targets' limits a call may have less than it wants; which of them then serves is for the cascade to see.
        answer = instant.admit_at_once(Ask((*ask.wants, *ask.spare), ask.holds))
        if not isinstance(answer, Granted):
            return False
        self._granted(Granted(answer.levels[: len(ask.wants)]), ask)
        return True

    def let_go(self) -> bool:
        """Keep of the request what may have to be estimated at the end; whether nothing else of it is needed."""
        try:
            self._estimated()
        except Exception:  # noqa: BLE001 (no answer is cut for this; it is met again, and told of, at the end)
            return False
        self._request = None
        return True

    def so_far(self, told: Usage, sent: int, before: int = 0) -> Usage:
        """What an answer used that ended before its provider had told all of it; the arguments are those of `so_far`."""
        return so_far(self._estimated(), told, sent, before)

    @property
    def has_taken(self) -> bool:
        """Whether it has what its call needs, and that is anything."""
        return self._taken is not _NOTHING

    def give_back(self) -> None:
        """Give back what was taken, soon: its call is nobody's."""
        taken, self._taken = self._taken, _NOTHING
        if taken is not _NOTHING:
            released = tuple(Settlement(hold.id, 0) for hold in (*taken.ask.holds, *taken.unsure))
            back = tuple(limits.given_back((*taken.ask.wants, *taken.ask.spare)))
            self._counters.settler.put(lambda: Ending(Conclusion(released, back)))

    def keep(self, part: str, data: bytes) -> None:
        """Keep more of a body with the call's record, where its team wants that.

        Args:
            part: `request` or `response`.
            data: The next bytes of it; what is beyond `MOST_BODY` is left out.
        """
        if self.caller.keeps_bodies:
            if self._bodies is None:
                self._bodies = {}
            kept = self._bodies.setdefault(part, bytearray())
            kept += data[: max(0, MOST_BODY - len(kept))]

    def end(self, ended: CallEnded) -> None:
        """The call has ended; said once, and what is said again is not heard."""
        if self._ended is None:
            self._ended = ended
            try:
                is_open = ended.usage is None or len(ended.runs) > 1
                if is_open and ended.target is not None:
                    # Of several parts the last may have told nothing.
                    self._estimated()
            finally:
                # The store may be away for long, and a request is large.
                self._request = None
                self._counters.settler.put(self._ending)

    def _ask(self, targets: Sequence[Rated], seconds: float) -> Ask:
        caller, spends = self.caller, self._spends
        tokens = 0
        if spends or limits.counts_tokens(caller, targets):
            tokens = self._estimated().total
        wants, spare = limits.wants_of(caller, tokens), limits.spare_of(targets, tokens)
        if not spends:
            return Ask(wants, (), spare)
        cost = self._dearest(targets)
        lasts = seconds + SETTLED_WITHIN + (STREAM if self._is_stream else 0.0)
        holds = [*budget.holds_of(caller, self.id, cost, self._counters.clock.wall(), lasts)]
        if self._pays and caller.tariff is not None:
            price = prepaid.price_of(caller.tariff, cost, tokens)
            holds.append(prepaid.hold_of(caller.team, self.id, price, lasts))
        return Ask(wants, tuple(holds), spare)

    @property
    def _is_stream(self) -> bool:
        return self._request is not None and self._request.stream

    @property
    def _pays(self) -> bool:
        """Whether this call costs credits by itself: what is a part of a job, the job pays."""
        return not self.job and self.caller.pays

    @property
    def _spends(self) -> bool:
        """Whether anything is held for it."""
        caller = self.caller
        return (
            self._pays
            or caller.key_allowance.budget_micros is not None
            or caller.team_allowance.budget_micros is not None
        )

    def _estimated(self) -> Estimate:
        if self._estimate is None:
            request = self._request
            self._estimate = _NO_ESTIMATE if request is None else estimate_of(request)
        return self._estimate

    def _dearest(self, targets: Sequence[Rated]) -> Usd | None:
        """What the call may cost at the most."""
        usage = self._estimated().usage
        names = {rated.target for rated in targets}
        costs = (self._counters.cost(name, "", usage, "") for name in names)
        return max((cost for cost in costs if cost is not None), default=None)

    def _share(self, ask: Ask, error: StoreError) -> Granted | Limited | Short:
        """The store is away: this process's share of what is asked.

        Raises:
            ProxyError: SATURATED, where credits are needed.
        """
        if any(hold.account.startswith(prepaid.PREFIX) for hold in ask.holds):
            self._taken = _Taken(unsure=ask.holds)
            message = "Credits cannot be looked up at the moment. Try again in a moment."
            raise ProxyError(Kind.SATURATED, message, retry_after=RETRY_AFTER) from error
        shared = self._counters.shares.of(ask)
        answer = self._counters.shares.admit(shared)
        if isinstance(answer, Granted):
            self._granted(answer, shared, locally=True)
        else:
            # The store may have heard all the same, and its answer been lost.
            self._taken = _Taken(unsure=ask.holds)
        return answer

    def _granted(self, granted: Granted, ask: Ask, *, locally: bool = False) -> None:
        self._taken = _Taken(ask, frozenset(granted.short), locally)
        self.headers = limits.headers_of(granted.levels)
        self.over = limits.targets_of(granted.short)

    def _ending(self) -> Ending:
        """What is to be told of the call, which has ended."""
        ended, taken = self._ended, self._taken
        assert ended is not None, "a call that goes on has no ending"
        try:
            bill = bill_of(ended, self._estimated, self._counters.cost)
            if taken is _NOTHING:
                return Ending(Conclusion((), (), self._row(ended, bill)))
            return self._settled(ended, bill)
        except Exception:  # noqa: BLE001 (logged: what is held must not stay so, and the call be known)
            _log.exception("%s: what the call comes to is not known", ended.call)
            holds = (*taken.ask.holds, *taken.unsure)
            released = tuple(Settlement(hold.id, 0) for hold in holds)
            return Ending(Conclusion(released, (), self._row(ended, Bill(ended.usage))))

    def _settled(self, ended: CallEnded, bill: Bill) -> Ending:
        """As `_ending`, where something was taken."""
        taken = self._taken
        settlements = tuple(self._settlements(bill))
        corrections = tuple(self._corrections(ended, bill.tokens))
        late: tuple[Hold, ...] = ()
        if taken.locally:
            self._counters.shares.conclude(corrections, settlements)
            late, corrections = tuple(_late(taken.ask.holds, settlements)), ()
        paid = sum(each.actual for each in settlements if each.hold.endswith(prepaid.HOLD))
        row = self._row(ended, bill, paid)
        released = tuple(Settlement(hold.id, 0) for hold in taken.unsure)
        return Ending(Conclusion(settlements + released, corrections, row), late)

    def _row(self, ended: CallEnded, bill: Bill, paid: int = 0) -> CallRow:
        """What is kept of it; `paid` are credits."""
        bodies, detail = self._bodies, self.detail
        kept = {**detail, **_texts(bodies)} if bodies else detail
        return row_of(ended, Booked(self.id, self.caller, self.job, bill, paid, kept))

    def _corrections(self, ended: CallEnded, tokens: int) -> Iterator[Correction]:
        ask, short = self._taken.ask, self._taken.short
        yield from limits.corrections_of(ask.wants, tokens)
        yield from limits.spare_corrections(ask.spare, short, ended.attempts, ended.target, tokens)

    def _settlements(self, bill: Bill) -> Iterator[Settlement]:
        tariff = self.caller.tariff
        for hold in self._taken.ask.holds:
            if bill.usage is None:
                yield Settlement(hold.id, 0)
            elif tariff is not None and hold.account.startswith(prepaid.PREFIX):
                yield Settlement(hold.id, prepaid.price_of(tariff, bill.cost, bill.tokens))
            else:
                yield Settlement(hold.id, micros_of(bill.cost))


def _texts(bodies: Mapping[str, bytearray]) -> dict[str, str]:
    """Bodies, as text: what was cut in the middle of a character loses that one."""
    return {part: kept.decode(errors="ignore") for part, kept in bodies.items()}


def _late(holds: Iterable[Hold], settlements: Iterable[Settlement]) -> Iterator[Hold]:
    """Holds of what was spent, whatever the budget says: it is spent."""
    spent = {settlement.hold: settlement.actual for settlement in settlements}
    for hold in holds:
        if spent[hold.id]:
            yield replace(hold, amount=spent[hold.id], seconds=SETTLED_WITHIN, ceiling=MOST)
