"""What a call comes to when it has ended: tokens, dollars and credits.

Invariant: pure. A call that nobody served comes to nothing, whatever was tried, and one whose answer was kept costs
nothing; one that was cut or left comes to what was used, guessed where the provider had not said it yet. So does the part
of an answer that was cut and that another target went on from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import reduce
from operator import add

from proxy.core.facts import CallEnded, Run
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
        # Nearly every call: one target has served all, and told what that used.
        return Bill(told, bool(runs) and runs[0].is_guess, ended.cost_usd)
    runs = runs or (Run(ended.target, None, None),)
    silent = [run for run in runs if run.usage is None]
    if told is not None and not silent:
        return Bill(told, any(run.is_guess for run in runs), ended.cost_usd)
    guessed = _guessed(silent, used(estimate(), ended), told)
    usage = reduce(add, guessed if told is None else (told, *guessed))
    # Of the last part alone is known what its provider calls its model.
    costs = [
        cost(run.target, ended.served if run is runs[-1] else "", part, "")
        for run, part in zip(silent, guessed, strict=True)
    ]
    if told is not None:
        costs.append(ended.cost_usd)
    known = [each for each in costs if each is not None]
    spent = sum(known, start=Decimal(0)) if len(known) == len(costs) else None
    return Bill(usage, is_guess=True, cost=spent)


def _guessed(silent: Sequence[Run], guess: Usage, told: Usage | None) -> list[Usage]:
    """What parts used that told nothing: each the prompt, and together what went out beyond what others told."""
    left = max(0, guess.completion - (told.completion if told is not None else 0))
    each, odd = divmod(left, len(silent))
    return [replace(guess, completion=each + (odd if run is silent[-1] else 0)) for run in silent]
