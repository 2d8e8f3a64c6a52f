"""What a call comes to when it has ended: tokens, dollars and credits.

Invariant: pure. A call that nobody served comes to nothing, whatever was tried, and one whose answer was kept costs
nothing; one that was cut or left comes to what was used, guessed where the provider had not said it yet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from proxy.core.facts import CallEnded
from proxy.core.price import Usd
from proxy.core.record import record
from proxy.core.usage import Usage
from proxy.gate.estimate import Estimate, used


@record
class Bill:
    """What one call comes to."""

    usage: Usage | None = None
    """None where nobody served it."""
    is_guess: bool = False
    """Whether the usage is one."""
    cost: Usd | None = None
    """None where no price is known."""

    @property
    def tokens(self) -> int:
        """Prompt and completion together."""
        return self.usage.total if self.usage is not None else 0


def bill_of(
    ended: CallEnded,
    estimate: Callable[[], Estimate],
    cost: Callable[[str, str, Usage, str], Usd | None],
) -> Bill:
    """The bill.

    Args:
        ended: How the call ended.
        estimate: What it was guessed to use; asked where nobody said what it used.
        cost: Prices an answer by target, model, usage and tier.
    """
    if ended.target is None:
        return Bill(cost=ended.cost_usd)
    told, runs = ended.usage, ended.runs
    if told is not None and len(runs) < 2:
        return Bill(told, bool(runs) and runs[0].is_guess, ended.cost_usd)
    if told is not None and runs[-1].usage is not None:
        return Bill(told, any(run.is_guess for run in runs), ended.cost_usd)
    guess = used(estimate(), ended)
    if told is None:
        return Bill(guess, is_guess=True, cost=cost(ended.target, ended.served, guess, ""))
    # The last run told nothing: those before it say how much of what went out was theirs.
    guess = replace(guess, completion=max(0, guess.completion - told.completion))
    rest, known = cost(ended.target, ended.served, guess, ""), ended.cost_usd
    spent = None if rest is None or known is None else known + rest
    return Bill(told + guess, is_guess=True, cost=spent)
