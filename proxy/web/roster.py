"""Who is there to answer: the models that may be asked for, the targets behind them, and how those are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from proxy.config.schema import CATCH_ALL, Config
from proxy.core.clock import Clock
from proxy.core.errors import Kind
from proxy.route.circuit import State
from proxy.route.health import Health, Rest
from proxy.web.admin import RestCard, TargetCard
from proxy.web.models import ModelCard


class Roster:
    """Models and targets by the configuration in force.

    Args:
        config: Asked at every call, so that a reload shows at the next.
        simulated: The targets that are there whatever the configuration says.
        health: How targets are.
        clock: Time.
    """

    def __init__(
        self, config: Callable[[], Config], simulated: Sequence[str], health: Health, clock: Clock
    ) -> None:
        self._config = config
        self._simulated = simulated
        self._health = health
        self._clock = clock

    def models(self) -> Sequence[ModelCard]:
        """Aliases first, then the targets that cascades name, then the simulated models."""
        return list({card.id: card for card in self._cards()}.values())

    def targets(self) -> Sequence[TargetCard]:
        """Those that were called, then those that aliases name and nobody has called yet."""
        now = self._clock.now()
        called = [
            TargetCard(name, state.value, in_flight, _word(kind), _resting(rest, now))
            for name, state, in_flight, kind, rest in self._health.states(now)
        ]
        seen = {card.target for card in called}
        rest = dict.fromkeys(name for name in self._in_cascades() if name not in seen)
        return called + [TargetCard(name, State.CLOSED.value, 0, None) for name in rest]

    def named(self) -> Iterator[str]:
        """Every target that the configuration names, in a cascade or by a price, and the simulated ones."""
        yield from self._in_cascades()
        yield from self._config().prices
        yield from self._simulated

    def _cards(self) -> Iterator[ModelCard]:
        for alias in self._config().models.values():
            if alias.name != CATCH_ALL:
                yield ModelCard(alias.name, "firstbyte", alias.description)
        for target in (*self._in_cascades(), *self._simulated):
            yield ModelCard(target, target.partition("/")[0])

    def _in_cascades(self) -> Iterator[str]:
        for alias in self._config().models.values():
            for ref in alias.refs:
                if ref.model != CATCH_ALL:
                    yield f"{ref.provider}/{ref.model}"


def _word(kind: Kind | None) -> str | None:
    return kind.value if kind is not None else None


def _resting(rest: Rest | None, now: float) -> RestCard | None:
    return RestCard(rest.part, rest.until - now, _word(rest.kind)) if rest is not None else None
