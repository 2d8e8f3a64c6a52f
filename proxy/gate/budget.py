"""Budgets: how much may be spent in US dollars in a calendar period, held by an estimate and settled by the cost.

Each period is an account of its own that nobody grants anything: the budget is the ceiling of every hold on it. Amounts
are millionths of a dollar.

Invariant: pure; periods are in UTC, and every moment is in exactly one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from math import ceil
from typing import Final

from proxy.core.errors import Kind, ProxyError
from proxy.core.price import Usd
from proxy.gate.caller import Caller
from proxy.gate.tenants import Period
from proxy.store.records import MOST, Hold, Short

PREFIX: Final = "budget:"
MICROS: Final = Decimal(1_000_000)


def micros_of(cost: Usd | None) -> int:
    """A cost in millionths of a dollar, rounded up; 0 where it is not known."""
    return 0 if cost is None else max(0, min(MOST, ceil(cost * MICROS)))


def holds_of(
    caller: Caller, call: str, cost: Usd | None, now: float, seconds: float
) -> Iterator[Hold]:
    """What a call holds of its key's and its team's budgets: at least a millionth, so that a spent one refuses.

    Args:
        caller: Who calls.
        call: The call's own id.
        cost: What it may cost; None where no price is known.
        now: Seconds since 1970.
        seconds: How long the hold lasts.
    """
    for owner, name, allowance in (
        ("key", caller.key, caller.key_allowance),
        ("team", caller.team, caller.team_allowance),
    ):
        if allowance.budget_micros is not None:
            account = f"{PREFIX}{owner}:{name}:{period_name(allowance.budget_period, now)}"
            amount = max(1, micros_of(cost))
            yield Hold(f"{call}:{owner}-budget", account, amount, seconds, allowance.budget_micros)


def refusal_of(short: Short) -> ProxyError:
    """What a caller is told whose budget does not reach for a call."""
    _, owner, rest = short.account.split(":", 2)
    period = rest.rpartition(":")[2]
    left = Decimal(short.remaining) / MICROS
    message = (
        f"The budget of this {owner} for {period} does not reach for this call: {left:f} USD are left. "
        "Ask for a larger one, or wait for the next period (UTC)."
    )
    return ProxyError(Kind.UNPAID, message)


def period_name(period: Period, now: float) -> str:
    """The period that a moment is in: `2026-11-21`, `2026-W47` or `2026-11`."""
    moment = datetime.fromtimestamp(now, UTC)
    if period is Period.DAY:
        return f"{moment:%Y-%m-%d}"
    if period is Period.WEEK:
        year, week, _ = moment.isocalendar()
        return f"{year}-W{week:02}"
    return f"{moment:%Y-%m}"
