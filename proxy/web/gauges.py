"""Numbers that are states and no events, as whoever reads the metrics asks for them: summed, with their labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from proxy.route.circuit import State
from proxy.watch.families import Labels
from proxy.web.admin import TargetCard
from proxy.web.inference import Inference

LEVELS: Final = {State.CLOSED.value: 0.0, State.HALF_OPEN.value: 1.0, State.OPEN.value: 2.0}
"""Circuits as numbers, the worst the largest."""


def in_flight(endpoints: Iterable[object]) -> dict[Labels, float]:
    """Calls under way by surface; endpoints that run none are passed over."""
    counts: dict[Labels, float] = {}
    for each in endpoints:
        if isinstance(each, Inference):
            counts[(each.name,)] = counts.get((each.name,), 0.0) + each.in_flight
    return counts


def circuits(cards: Iterable[TargetCard], label: Callable[[str], str]) -> dict[Labels, float]:
    """The worst circuit by target.

    Args:
        cards: How targets are; one may be there several times, once for each credential.
        label: A target's label by its name.
    """
    return _most((label(card.target), LEVELS[card.circuit]) for card in cards)


def rests(cards: Iterable[TargetCard], label: Callable[[str], str]) -> dict[Labels, float]:
    """Seconds that something of a target is left alone for longest, by target; 0 where nothing is. Arguments as above."""
    return _most((label(card.target), _rest(card)) for card in cards)


def _rest(card: TargetCard) -> float:
    return card.resting.seconds if card.resting is not None else 0.0


def _most(values: Iterable[tuple[str, float]]) -> dict[Labels, float]:
    """The largest of those that go by the same label."""
    most: dict[Labels, float] = {}
    for name, value in values:
        most[name,] = max(most.get((name,), 0.0), value)
    return most


def refusals(
    refused: Iterable[tuple[str, int]], label: Callable[[str], str]
) -> dict[Labels, float]:
    """Tries that budgets refused, by target; none where there were none.

    Args:
        refused: Targets and how many; a target may be there several times.
        label: A target's label by its name.
    """
    counts: dict[Labels, float] = {}
    for name, count in refused:
        if count:
            labels = (label(name),)
            counts[labels] = counts.get(labels, 0.0) + count
    return counts
