"""Which of several equals gets a call. Pure: who is fit and how busy comes from the health records, chance is drawn.

A call that names a session (a prompt cache key, a user) goes to the same equal as long as that one is fit, so that the
provider's prompt cache stays warm.

Source: Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001; Thaler and Ravishankar, Using
Name-Based Mappings to Increase Hit Rates (rendezvous hashing), 1998.
"""

import math
from collections.abc import Callable, Sequence
from hashlib import blake2b

from proxy.route.health import Health
from proxy.route.plan import Balance, Candidate


def choose(
    candidates: Sequence[Candidate],
    balance: Balance,
    health: Health,
    draw: Callable[[], float],
    session: str = "",
) -> Candidate:
    """Choose one of those that are fit.

    Args:
        candidates: At least one; earlier ones win where nothing tells them apart.
        balance: How.
        health: Who is busy, and how quick.
        draw: Gives numbers from [0, 1).
        session: What the call belongs to; empty for nothing.
    """
    if len(candidates) == 1:
        return candidates[0]
    if session:
        return max(candidates, key=lambda c: _affinity(session, c))
    if balance == "weighted":
        return _weighted(candidates, draw())
    pair = _two(candidates, draw)
    if balance == "fastest":
        return min(pair, key=lambda c: health.speed(c.target) * (health.in_flight(c.target) + 1))
    return min(pair, key=lambda c: health.in_flight(c.target) / c.weight)


def _two(candidates: Sequence[Candidate], draw: Callable[[], float]) -> list[Candidate]:
    if len(candidates) == 2:
        return list(candidates)
    first = int(draw() * len(candidates))
    second = int(draw() * (len(candidates) - 1))
    second += second >= first
    return [candidates[index] for index in sorted((first, second))]


def _weighted(candidates: Sequence[Candidate], drawn: float) -> Candidate:
    left = drawn * sum(candidate.weight for candidate in candidates)
    for candidate in candidates:
        left -= candidate.weight
        if left < 0:
            return candidate
    return candidates[-1]


def _affinity(session: str, candidate: Candidate) -> float:
    """Rendezvous hashing: who is highest stays so when others come and go. A weight raises the chance in proportion."""
    target = candidate.target
    name = f"{session}\n{target.name}\n{target.credential}".encode(errors="replace")
    drawn = (int.from_bytes(blake2b(name, digest_size=7).digest()) + 1) / 2**56
    return math.pow(drawn, 1.0 / candidate.weight)
