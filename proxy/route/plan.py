"""What a call may do: the targets that will be tried, in order, and how long and how often.

Invariant: a plan hangs on the configuration and on what the call says, and is never changed; where a call makes a
difference it gets a plan of its own.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from proxy.config.schema import Limits, Live
from proxy.core.errors import Kind
from proxy.core.shape import ChatRequest, Target
from proxy.route.fit import unfit

Balance: TypeAlias = Literal["least_busy", "weighted", "fastest"]
"""How a step chooses among its equals."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One target that may be tried, and the limits in force for it."""

    target: Target
    limits: Limits
    weight: float = 1.0
    """Its share among the equals of its step."""


@dataclass(frozen=True, slots=True)
class Step:
    """Equals, of which each call tries one first; most steps have one."""

    candidates: tuple[Candidate, ...]
    balance: Balance = "least_busy"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a call may do: the targets in order, and how long and how often."""

    alias: str
    """The alias, or the name itself where there is none: the label of logs and metrics."""
    asked: str
    """The name that the caller sent."""
    steps: tuple[Step, ...]
    total_timeout: float
    """Seconds for the whole answer; of a stream, for the time to the commit."""
    max_attempts: int
    fallback_on: frozenset[Kind]
    model_in_answer: str
    live: Live = field(default_factory=Live)
    off: tuple[tuple[str, str], ...] = ()
    """Targets that are switched off, each with the reason."""
    is_rated: bool = False
    """Whether a target of it has a limit of requests or tokens a minute."""
    over: frozenset[str] = frozenset()
    """Targets that have no more of theirs for this call."""
    cache: float = 0.0
    """Seconds for which the answer may be given again; 0: not at all."""
    holds_streams: bool = False
    """Whether a target of it gives streams only once they are whole."""
    is_settled: bool = False
    """Whether a call of nothing but texts finds nothing in it to choose: no equals, and no other API for it."""
    room: int = 0
    """Bytes that a call of nothing but texts may have without asking its targets whether it fits."""

    def is_plain(self, *, stream: bool) -> bool:
        """Whether a call of nothing but texts only has to be sent: nothing is chosen or kept for it."""
        if not self.is_settled or self.cache:
            return False
        return not stream or (self.live.recover == "off" and not self.holds_streams)

    def suits(self, request: ChatRequest) -> bool:
        """Whether each step can serve a call; one that cannot is told of, be it the last or the first."""
        return all(unfit(request, step.candidates[0].target) is None for step in self.steps)


def model_of(plan: Plan) -> str | None:
    """The name that an answer gives the model, in the place of the provider's."""
    return plan.asked if plan.model_in_answer == "asked" else None
