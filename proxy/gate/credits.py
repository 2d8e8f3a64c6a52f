"""What a call costs in credits, by its team's mode, and what is held for it before it begins.

In the consumption modes every call that was served costs its price, rounded up, and at least one credit. In the job mode
a call costs nothing: jobs do.

Invariant: pure; a price is a whole number from 1 to `MOST`, and never falls where cost or tokens rise.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Final

from proxy.core.errors import Kind, ProxyError
from proxy.core.price import Usd
from proxy.gate.caller import Tariff
from proxy.gate.tenants import Mode
from proxy.store.records import MOST, Hold, Short

PREFIX: Final = "credits:"
"""Of accounts."""
HOLD: Final = ":credits"
"""How the ids of holds end."""


def price_of(tariff: Tariff, cost: Usd | None, tokens: int) -> int:
    """What one call costs in credits.

    Args:
        tariff: The team's; of a mode in which calls cost.
        cost: In US dollars; None where no price is known, which costs one credit.
        tokens: Prompt and completion together.
    """
    if tariff.mode is Mode.CONSUMPTION_TOKENS:
        price = -(-tokens // max(1, tariff.tokens_per_credit))
    else:
        exact = (cost or Decimal(0)) * tariff.credits_per_dollar
        price = int(exact.to_integral_value(ROUND_CEILING))
    return max(1, min(price, MOST))


def account_of(team: str) -> str:
    """The account of a team's credits."""
    return PREFIX + team


def hold_of(team: str, call: str, amount: int, seconds: float) -> Hold:
    """What a call holds of its team's credits.

    Args:
        team: Its id.
        call: The call's own id.
        amount: From `price_of`, of the estimate.
        seconds: How long the hold lasts.
    """
    return Hold(call + HOLD, account_of(team), amount, seconds)


def refusal_of(short: Short) -> ProxyError:
    """What a caller is told whose team has too few credits for a call."""
    message = (
        f"This team has {short.remaining} credits left, and this may cost more. "
        "Have some added; a call with a lower max_tokens asks for less."
    )
    return ProxyError(Kind.UNPAID, message)
