"""What a call comes to: who began to answer it, what that used and cost, and how it ended.

Invariant: every call that is closed has told exactly one `CallEnded`, and its charge has ended.
"""

import logging
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeAlias

from starlette.types import Scope

from proxy.core.clock import Clock
from proxy.core.content import Content
from proxy.core.facts import AnswerBegan, CallEnded, Fact, Run
from proxy.core.price import Usd
from proxy.core.shape import ChatRequest
from proxy.core.trace import Traces
from proxy.core.usage import Usage
from proxy.engine.resume import Share, total
from proxy.web.authentication import admitted
from proxy.web.call import Call
from proxy.web.dialect import is_anthropic
from proxy.web.outcome import caller_left, last_fact
from proxy.web.refusal import Refusal
from proxy.web.request_id import request_id_of
from proxy.web.transcript import Transcript

Cost: TypeAlias = Callable[[str, str, Usage, str], Usd | None]
"""What an answer cost: target, the model and its usage as the answer names them, its service tier; names may be empty."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Accounts:
    """Where calls are written down."""

    tell: Callable[[Fact], None]
    """Takes facts."""
    cost: Cost
    """Prices an answer."""
    traces: Traces = field(default_factory=lambda: Traces(secrets.randbits))
    """Give each call its place in a trace."""
    curious: Collection[object] = ("somebody",)
    """Who needs to hear that answers begin which are all out; where it is empty, nobody is told."""
    say: Callable[[Content], None] | None = None
    """Takes what was said in a call; None where nobody is to hear it."""


class Books:
    """The calls of one endpoint.

    Args:
        accounts: Take facts and price answers.
        clock: Time.
    """

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self._tell = accounts.tell
        self._cost = accounts.cost
        self._clock = clock
        self._curious = accounts.curious
        self._say = accounts.say

    def listen(self, call: Call, request: ChatRequest) -> None:
        """Take down what is said in a call from now on, where the operator wants to read it."""
        if self._say is not None:
            call.transcript = Transcript(request)

    def began(self, call: Call, alias: str, *, is_out: bool = False) -> None:
        """A target has begun to answer.

        Args:
            call: Whom.
            alias: What it asked for.
            is_out: Whether the answer is a stream that is all out.
        """
        assert call.target is not None, "somebody has spoken"
        call.is_spoken_of = True
        if not self._curious and (is_out or not call.stream):
            call.is_hushed = is_out
            return
        at, ttft = self._clock.wall(), call.ttft_ms or 0.0
        self._tell(AnswerBegan(call.id, alias, call.target, ttft, call.stream, call.trace, at))

    def account(self, call: Call, shares: list[Share], sent: int = 0) -> None:
        """Take down what each target used that served a part, and what that cost; again when more may be known.

        Args:
            call: Of whom.
            shares: What each used, the last serves now.
            sent: Bytes that have gone out.
        """
        *before, last = shares
        if last.is_guess:
            last = self._guessed(call, before, last, sent)
        # Only the last run's names are known: an earlier one is priced by its target.
        earlier = [
            self._run(share, self._price(share.target, share.usage, "", "")) for share in before
        ]
        call.usage = total([*before, last])
        self.account_for(call, last.target, last.usage)
        if earlier or last.is_guess:
            call.runs = (*earlier, self._run(last, call.cost))
            call.cost = _total(call.runs)

    def account_for(self, call: Call, target: str, usage: Usage | None) -> None:
        """As `account`, where one target has served all."""
        cost = call.cost = self._price(target, usage, call.served, call.tier)
        call.runs = (Run(target, usage, cost),)

    def _guessed(self, call: Call, before: list[Share], last: Share, sent: int) -> Share:
        """The part that ended early, with what it is guessed to have said."""
        charge, told = call.charge, last.usage
        if charge is None or told is None:
            return last
        said = sum(share.usage.completion for share in before if share.usage is not None)
        try:
            return replace(last, usage=charge.so_far(told, sent, said))
        except Exception:  # noqa: BLE001 (logged: what is told is to be accounted for all the same)
            _log.exception("%s: what went out of the answer is not estimated", call.id)
            return last

    def _run(self, share: Share, cost: Usd | None) -> Run:
        return Run(share.target, share.usage, cost, share.is_guess)

    def ended(self, call: Call) -> CallEnded:
        """How a call has ended, by now."""
        return last_fact(call, self._clock.now(), self._clock.wall())

    def turned_away(self, scope: Scope, surface: str, refusal: Refusal | None) -> None:
        """A call has ended before anybody could serve it.

        Args:
            scope: The ASGI call's.
            surface: What it came for.
            refusal: What it was told; None where its caller left.
        """
        call = Call(request_id_of(scope), self._clock.now(), surface)
        caller = admitted(scope)
        if caller is not None:
            call.team, call.key_id = caller.team, caller.key
        if refusal is None:
            caller_left(call, scope)
        else:
            call.status, call.kind = refusal.status, refusal.kind
            call.bytes_out = len(refusal.body(call.id, anthropic=is_anthropic(scope)))
        self.close(call)

    def close(self, call: Call) -> None:
        """A call has ended. Its answer may be out: what fails here is logged, and keeps nothing else from being done."""
        ended = self.ended(call)
        try:
            if self._say is not None and call.transcript is not None:
                self._say(call.transcript.content(call.id, call.surface, ended.at))
        except Exception:  # noqa: BLE001 (nobody but the log is left to hear of it)
            _log.exception("%s: what was said in the call is not told", call.id)
        try:
            self._tell(ended)
        except Exception:  # noqa: BLE001 (nobody but the log is left to hear of it)
            _log.exception("%s: the end of the call is not told", call.id)
        try:
            if call.charge is not None:
                call.charge.end(ended)
        except Exception:  # noqa: BLE001 (as above)
            _log.exception("%s: the call is not charged", call.id)
        try:
            if call.errand is not None:
                call.errand.ended(ended)
        except Exception:  # noqa: BLE001 (as above)
            _log.exception("%s: whoever sent the call does not hear of its end", call.id)

    def _price(self, target: str, usage: Usage | None, served: str, tier: str) -> Usd | None:
        return None if usage is None else self._cost(target, served, usage, tier)


def _total(runs: Sequence[Run]) -> Usd | None:
    """What all of an answer cost; None where that of a part that used something is not known."""
    costs = [run.cost for run in runs if run.usage is not None]
    known = [cost for cost in costs if cost is not None]
    return sum(known, start=Decimal(0)) if known and len(known) == len(costs) else None
